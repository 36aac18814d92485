"""What people do page by page: correct on request, be refused with reasons, begin from a license, act for a client, enter paper."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.demo import people
from partner.registry import service as register
from partner.settings import Mode, Settings
from tests.portal.conftest import SAMPLES, Visit, Visitor, the_law

ONE_STEP = "new-license_one-step.xml"


@pytest.fixture
async def settled(database: Database) -> None:
    """The personas hold what the demonstration says; once for the database of the module."""
    async with database.transaction(SYSTEM) as session:
        if await register.license_by_number(session, people.TARO_NUMBER) is None:
            await people.settle(session, the_law(), Settings(mode=Mode.TEST))


async def submitted(visitor: Visitor) -> str:
    case = await visitor.upload(ONE_STEP)
    await visitor.send(f"/my/cases/{case}/submit")
    assert "提出しました" in visitor.words, visitor.words
    return case


async def test_a_correction_is_asked_for_answered_and_seen_by_both(visit: Visit) -> None:
    hanako, examiner = await visit("hanako"), await visit("examiner")
    case = await submitted(hanako)
    await examiner.get(f"/desk/cases/{case}")
    asked = {"field-free-0": "/contact/phone", "message-free-0": "番号を確かめてください。", "due_on": "2020-06-15"}
    await examiner.send(f"/desk/cases/{case}/request-correction", asked)
    assert "補正を依頼中" in examiner.words
    await hanako.get(f"/my/cases/{case}/form")
    assert 'id="box-contact-phone-asked"' in hanako.page
    assert "番号を確かめてください。" in hanako.words
    await hanako.send(f"/my/cases/{case}/form", dict(hanako.fields()) | {"/contact/phone": "0312345678"})
    assert "補正を提出しました" in hanako.words
    await examiner.get(f"/desk/cases/{case}")
    assert "<del>9999999999</del> → <ins>0312345678</ins>" in examiner.page
    assert "補正を依頼中" not in examiner.words


async def test_a_refusal_carries_its_reasons_and_the_way_to_appeal(visit: Visit) -> None:
    hanako, examiner, director = await visit("hanako"), await visit("examiner"), await visit("director")
    case = await submitted(hanako)
    await examiner.get(f"/desk/cases/{case}")
    await examiner.send(f"/desk/cases/{case}/propose-refusal", {"reasons": "割当てが可能でない\n技術基準に適合しない"})
    assert "技術基準に適合しない" not in (await hanako.get(f"/my/cases/{case}")).words
    await director.get(f"/desk/cases/{case}")
    await director.send(f"/desk/cases/{case}/approve")
    words = (await hanako.get(f"/my/cases/{case}")).words
    assert "割当てが可能でない" in words
    assert "技術基準に適合しない" in words
    assert "審査請求" in words
    assert "拒否処分のお知らせ" in (await hanako.get("/my/notices")).words


async def test_what_is_sent_back_says_so_above_all_and_why(visit: Visit) -> None:
    hanako, examiner, director = await visit("hanako"), await visit("examiner"), await visit("director")
    case = await submitted(hanako)
    await examiner.get(f"/desk/cases/{case}")
    await examiner.send(f"/desk/cases/{case}/propose-refusal", {"reasons": "割当てが可能でない"})
    await director.get(f"/desk/cases/{case}")
    await director.send(f"/desk/cases/{case}/send-back", {"comment": "周波数を確かめること"})
    await examiner.get(f"/desk/cases/{case}")
    assert "差し戻されました" in examiner.words
    assert examiner.words.index("周波数を確かめること") < examiner.words.index("次の手順")
    assert "周波数を確かめること" not in (await hanako.get(f"/my/cases/{case}")).words
    await examiner.get(f"/desk/cases/{case}")
    await examiner.send(f"/desk/cases/{case}/propose-refusal", {"reasons": "割当てが可能でない"})
    assert "差し戻されました" not in examiner.words


async def test_a_withdrawn_case_is_over(visit: Visit) -> None:
    hanako = await visit("hanako")
    case = await submitted(hanako)
    await hanako.send(f"/my/cases/{case}/withdraw")
    assert "取り下げました" in hanako.words
    assert (await hanako.get(f"/my/cases/{case}/form")).status == 409


async def station_of(visitor: Visitor, number: str) -> str:
    await visitor.get("/my/licenses")
    found = re.search(rf'/my/licenses/([0-9a-f-]+)">{number}<', visitor.page)
    assert found, visitor.words
    return found.group(1)


async def test_a_renewal_is_not_offered_before_its_window_and_then_is(visit: Visit, settled: None) -> None:
    taro = await visit("taro")
    station = await station_of(taro, people.TARO_NUMBER)
    await taro.get(f"/my/licenses/{station}")
    assert "まだ始まっていません" in taro.words
    await taro.send("/my/draft", {"procedure": "amateur-renewal", "station": station})
    assert taro.status == 409
    clock.move_to(datetime.fromisoformat("2023-08-01T09:00:00+09:00"))
    taro = await visit("taro")
    await taro.get(f"/my/licenses/{station}")
    await taro.send("/my/draft", {"procedure": "amateur-renewal", "station": station})
    assert taro.status == 200
    boxes = dict(taro.fields())
    assert boxes["/license_number"] == people.TARO_NUMBER
    assert boxes["/licensed_on"] == "2019-01-01"
    await taro.send(taro.path, boxes | {"/disqualification": "none"})
    assert taro.status == 200
    assert 'class="fail"' not in taro.page
    assert "1,950" in taro.words


async def test_a_change_begins_from_what_is_on_record(visit: Visit, settled: None) -> None:
    taro = await visit("taro")
    station = await station_of(taro, people.TARO_NUMBER)
    await taro.get(f"/my/licenses/{station}")
    await taro.send("/my/draft", {"procedure": "amateur-change", "station": station})
    boxes = dict(taro.fields())
    assert boxes["/station/license_number"] == people.TARO_NUMBER
    assert boxes["/station/assignments/4/frequency_hz"] == "145 MHz"
    assert boxes["/station/transmitters/0/conformity_number"] == "002-160008"


async def test_nobody_begins_from_somebody_elses_license(visit: Visit, settled: None) -> None:
    taro, hanako = await visit("taro"), await visit("hanako")
    station = await station_of(taro, people.TARO_NUMBER)
    assert (await hanako.get(f"/my/licenses/{station}")).status == 404
    await hanako.get("/my/file")
    await hanako.send("/my/draft", {"procedure": "amateur-change", "station": station})
    assert hanako.status == 404


async def test_an_agent_chooses_for_whom(visit: Visit, settled: None) -> None:
    agent, hanako = await visit("agent"), await visit("hanako")
    await agent.get("/my/file")
    clients = {name: identity for identity, name in re.findall(r'<option value="([0-9a-f-]{36})">([^<]*)の代理人として', agent.page)}
    assert set(clients) == {"総務　太郎", "関東みらいタクシー株式会社"}
    await agent.send("/my/draft", {"procedure": "amateur-new-license", "client": clients["総務　太郎"]})
    boxes = dict(agent.fields())
    assert boxes["/applicant/name"] == "総務　太郎"
    assert boxes["/agent/name"] == "代理　一郎"
    assert "サインイン情報" not in agent.words
    await hanako.get("/my/file")
    assert "だれの申請ですか" not in hanako.words
    await hanako.send("/my/draft", {"procedure": "amateur-new-license", "client": clients["総務　太郎"]})
    assert hanako.status == 404


async def test_a_document_is_attached_read_back_and_nobody_elses(visit: Visit) -> None:
    hanako, taro = await visit("hanako"), await visit("taro")
    case = await hanako.upload(ONE_STEP)
    await hanako.send(f"/cases/{case}/documents", {"kind": "other"}, files={"file": ("説明.pdf", b"%PDF-1.7", "application/pdf")})
    assert "書類を添付し" in hanako.words
    place = re.findall(rf'href="(/cases/{case}/documents/[0-9a-f-]+)" download>説明.pdf', hanako.page)[0]
    answer = await hanako.http.get(place)
    assert answer.content == b"%PDF-1.7"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert (await taro.get(place)).status == 404


async def test_the_clerk_enters_paper_mends_it_and_takes_it_in(visit: Visit) -> None:
    clerk, examiner = await visit("clerk"), await visit("examiner")
    files = {"file": ("typed.xml", (SAMPLES / ONE_STEP).read_bytes(), "application/xml")}
    assert "書面の申請を入力する" not in (await examiner.get("/desk")).words
    assert (await examiner.get("/desk/paper")).status == 403
    await examiner.send("/desk/paper", {"received_on": "2020-05-28"}, files=files)
    assert examiner.status == 403
    await clerk.get("/desk/paper")
    await clerk.send("/desk/paper", {"received_on": "2020-05-28"}, files=files)
    assert clerk.status == 200, clerk.words
    case = clerk.path.rsplit("/", 1)[1]
    await clerk.get(f"/desk/cases/{case}/form")
    await clerk.send(f"/desk/cases/{case}/form", dict(clerk.fields()) | {"/contact/phone": "0311112222"})
    await clerk.send(f"/desk/cases/{case}/submit")
    assert "SA2020-" in clerk.words
    assert "2020-05-28（書面）" in clerk.words


async def test_an_administrator_sees_the_steps_of_a_case_and_nobodys_name(visit: Visit) -> None:
    hanako, admin, examiner = await visit("hanako"), await visit("admin"), await visit("examiner")
    case = await submitted(hanako)
    await admin.get(f"/admin/cases/{case}")
    assert admin.status == 200
    assert "手数料納付待ち" in admin.words
    assert "花子" not in admin.words
    assert (await examiner.get(f"/admin/cases/{case}")).status == 403
