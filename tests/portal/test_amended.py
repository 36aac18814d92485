"""Cases that are open when the law is amended: nothing is lost, and the pages say what changed and what it is to the case."""

from __future__ import annotations

from datetime import datetime

import pytest
from fastapi import FastAPI

from partner import clock, regulation
from partner.database import SYSTEM, Database
from partner.demo import people
from partner.registry import service as register
from partner.regulation import Law
from partner.settings import Mode, Settings
from tests.licensing import drafts
from tests.portal.conftest import Visit, Visitor, the_law

EVE, DAY, LATER = "2027-03-30T09:00:00+09:00", "2027-04-01T09:00:00+09:00", "2027-04-02T09:00:00+09:00"
ONE_STEP = "new-license_one-step.xml"


@pytest.fixture(scope="module")
def amended(tmp_path_factory: pytest.TempPathFactory) -> Law:
    """The law with an amendment of 2027-04-01: the form moves open cases, the route and the checks keep them."""
    return regulation.load(drafts.drafted(tmp_path_factory.mktemp("law") / "regulation", DAY[:10]))


@pytest.fixture
async def eve(app: FastAPI, database: Database, amended: Law) -> None:
    """The day before: the amendment is merged and not yet in force."""
    clock._clock = clock.Clock(datetime.fromisoformat(EVE))
    app.state.law = amended
    async with database.transaction(SYSTEM) as session:
        if await register.license_by_number(session, people.TARO_NUMBER) is None:
            await people.settle(session, the_law(), Settings(mode=Mode.TEST))


def the_day_comes(day: str = DAY) -> None:
    clock._clock = clock.Clock(datetime.fromisoformat(day))


@pytest.fixture(scope="module")
def without_new_licenses(tmp_path_factory: pytest.TempPathFactory) -> Law:
    """The amended law, which repeals new licenses of amateurs a day later."""
    root = drafts.drafted(tmp_path_factory.mktemp("law") / "regulation", DAY[:10])
    drafts.version(root, "procedures/amateur-new-license.yaml", LATER[:10], " null\n")
    return regulation.load(root)


@pytest.fixture(scope="module")
def without_phones(tmp_path_factory: pytest.TempPathFactory) -> Law:
    """The amended law, which a day later takes a field out of the form, of open cases too."""
    root = drafts.drafted(tmp_path_factory.mktemp("law") / "regulation", DAY[:10])
    phone = "      - {key: phone, type: phone, label: {ja: 電話番号, en: Telephone}}\n"
    drafts.again(root, "forms/amateur.yaml", LATER[:10], (phone, ""), transition="{open_cases: move}")
    return regulation.load(root)


async def draft(visitor: Visitor) -> str:
    """花子's file as a draft without a failing finding."""
    case = await visitor.upload(ONE_STEP)
    await visitor.get(f"/my/cases/{case}/form")
    fields = {name: "" if name.startswith("/station/assignments/") else value for name, value in visitor.fields()}
    await visitor.send(f"/my/cases/{case}/form", fields | {"/station/assignments/0/bundle": "1AM"})
    assert f'action="/my/cases/{case}/submit"' in visitor.page, visitor.words
    return case


@pytest.mark.usefixtures("eve")
async def test_a_draft_of_a_repealed_procedure_is_read_and_withdrawn_and_hides_nothing_else(visit: Visit) -> None:
    taro = await visit("taro")
    await taro.get("/my/licenses")
    await taro.send("/my/draft", {"procedure": "amateur-discontinuation"})
    assert taro.status == 200, taro.words
    case = taro.path.split("/")[3]
    the_day_comes()
    taro = await visit("taro")
    assert (await taro.get("/my")).status == 200
    assert case in taro.page
    assert (await taro.get(f"/my/cases/{case}")).status == 200
    assert "この手続は廃止されました" in taro.words
    assert "2027-04-01 に廃止された" in taro.words
    assert f'action="/my/cases/{case}/submit"' not in taro.page
    assert (await taro.send(f"/my/cases/{case}/submit")).status == 409
    assert "2027-04-01に廃止されました" in taro.words
    assert (await taro.get(f"/my/cases/{case}/form")).status == 409
    await taro.get(f"/my/cases/{case}")
    await taro.send(f"/my/cases/{case}/withdraw")
    assert "取り下げました" in taro.words


@pytest.mark.usefixtures("eve")
async def test_a_draft_is_checked_by_the_law_of_the_day_on_which_it_is_read(visit: Visit) -> None:
    hanako = await visit("hanako")
    case = await draft(hanako)
    the_day_comes()
    hanako = await visit("hanako")
    await hanako.get(f"/my/cases/{case}")
    assert "職業が記載されていません。" in hanako.words
    assert "下書きを保存した後に、定めが改正されました" in hanako.words
    assert "2027-04-01 職業の記載" in hanako.words
    assert f'action="/my/cases/{case}/submit"' not in hanako.page
    await hanako.get(f"/my/cases/{case}/form")
    assert 'id="box-applicant-occupation-wrong"' in hanako.page
    await hanako.send(f"/my/cases/{case}/form", dict(hanako.fields()) | {"/applicant/occupation": "会社員"})
    assert "定めが改正されました" not in hanako.words
    assert f'action="/my/cases/{case}/submit"' in hanako.page, hanako.words


@pytest.mark.usefixtures("eve")
async def test_an_open_case_gets_the_form_that_its_clause_moves_it_to(visit: Visit) -> None:
    hanako, examiner = await visit("hanako"), await visit("examiner")
    case = await draft(hanako)
    await hanako.send(f"/my/cases/{case}/submit")
    await hanako.send(f"/my/cases/{case}/pay")
    await examiner.get(f"/desk/cases/{case}")
    asked = {"field-free-0": "/contact/phone", "message-free-0": "番号を確かめてください。", "due_on": "2027-04-09"}
    await examiner.send(f"/desk/cases/{case}/request-correction", asked)
    assert "補正を依頼中" in examiner.words
    await hanako.get(f"/my/cases/{case}/form")
    assert "/applicant/occupation" not in hanako.page
    the_day_comes()
    hanako = await visit("hanako")
    await hanako.get(f"/my/cases/{case}")
    assert "職業が記載されていません。" not in hanako.words
    [moved, kept] = ("この案件にも適用されます。", "この案件には改正前の定めが適用されます。")
    assert f"アマチュア局の申請書・届出書（令和9年改正）— {moved}" in hanako.words, hanako.words
    assert kept in hanako.words
    await hanako.get(f"/my/cases/{case}/form")
    await hanako.send(f"/my/cases/{case}/form", dict(hanako.fields()) | {"/applicant/occupation": "会社員", "/contact/phone": "0312345678"})
    assert "補正を提出しました" in hanako.words
    assert "会社員" in hanako.words


@pytest.mark.usefixtures("eve")
async def test_paper_that_arrived_before_the_repeal_can_be_entered_after_it(visit: Visit) -> None:
    the_day_comes()
    clerk = await visit("clerk")
    await clerk.get("/desk/paper")
    assert '<option value="amateur-discontinuation">' in clerk.page
    assert "（2027-03-31 までに到達したもの）" in clerk.words
    letter = {"procedure": "amateur-discontinuation", "name": "総務 太郎", "name_kana": "ソウム タロウ", "kind": "individual"}
    await clerk.send("/desk/paper/form", letter | {"received_on": "2027-03-31", "license_number": people.TARO_NUMBER})
    assert clerk.status == 200, clerk.words
    assert clerk.path.endswith("/form")
    await clerk.get("/desk/paper")
    await clerk.send("/desk/paper/form", letter | {"received_on": "2027-04-01", "license_number": people.TARO_NUMBER})
    assert clerk.status == 422


@pytest.mark.usefixtures("eve")
async def test_a_station_of_a_class_without_a_place_is_found_and_shown(visit: Visit) -> None:
    """Its form does not ask where it stands: the public pages that list it show the others too."""
    the_day_comes()
    hanako, examiner = await visit("hanako"), await visit("examiner")
    await hanako.get("/my/file")
    await hanako.send("/my/draft", {"procedure": "trial-new-license"})
    case = hanako.path.split("/")[3]
    filled = {"/addressee": "A", "/station_class": "XT", "/trial_subject": "電波伝搬", "/applicant/kind": "individual"}
    await hanako.send(f"/my/cases/{case}/form", dict(hanako.fields()) | filled)
    await hanako.send(f"/my/cases/{case}/submit")
    await examiner.get(f"/desk/cases/{case}")
    await examiner.send(f"/desk/cases/{case}/propose-grant", {"reason": "手数料の額は決裁で確かめる。"})
    for signer in (await visit("inspector"), await visit("director")):
        await signer.get(f"/desk/cases/{case}")
        await signer.send(f"/desk/cases/{case}/approve")
    public = await visit(None)
    assert (await public.get("/search", station_class="XT")).status == 200
    assert "実証局" in public.words
    found = public.page.partition('href="/stations/')[2].partition('"')[0]
    assert (await public.get(f"/stations/{found}")).status == 200
    assert "設置場所・常置場所 —" in public.words


@pytest.mark.usefixtures("eve")
async def test_a_case_of_a_repealed_procedure_is_finished_under_it(visit: Visit, app: FastAPI, without_new_licenses: Law) -> None:
    hanako = await visit("hanako")
    case = await draft(hanako)
    await hanako.send(f"/my/cases/{case}/submit")
    await hanako.send(f"/my/cases/{case}/pay")
    app.state.law = without_new_licenses
    the_day_comes(LATER)
    hanako, examiner, director, admin = [await visit(who) for who in ("hanako", "examiner", "director", "admin")]
    for visitor, page in ((hanako, "/my"), (hanako, f"/my/cases/{case}"), (examiner, "/desk"), (examiner, "/desk/bulk")):
        assert (await visitor.get(page)).status == 200, page
        assert "アマチュア局の開設の申請" in visitor.words
    assert (await admin.get("/admin", by="procedure")).status == 200
    await examiner.get(f"/desk/cases/{case}")
    await examiner.send(f"/desk/cases/{case}/propose-grant", {"reason": "廃止前に到達したもの"})
    await director.get(f"/desk/cases/{case}")
    await director.send(f"/desk/cases/{case}/approve")
    await hanako.get(f"/my/cases/{case}")
    assert "免許の記録" in hanako.words
    assert (await hanako.get("/my/licenses")).status == 200


@pytest.mark.usefixtures("eve")
async def test_what_an_amendment_takes_out_of_a_form_hinders_nobody(visit: Visit, app: FastAPI, without_phones: Law) -> None:
    """A draft is saved and a case corrected without the field that is no more; what stood in it stays in the history."""
    hanako, examiner = await visit("hanako"), await visit("examiner")
    begun, filed = await draft(hanako), await draft(hanako)
    await hanako.send(f"/my/cases/{filed}/submit")
    await hanako.send(f"/my/cases/{filed}/pay")
    await examiner.get(f"/desk/cases/{filed}")
    asked = {"field-free-0": "/contact/phone", "message-free-0": "番号を確かめてください。", "due_on": "2027-04-09"}
    await examiner.send(f"/desk/cases/{filed}/request-correction", asked)
    app.state.law = without_phones
    the_day_comes(LATER)
    hanako = await visit("hanako")
    for case, told in ((begun, "保存して点検しました"), (filed, "補正を提出しました")):
        await hanako.get(f"/my/cases/{case}/form")
        fields = dict(hanako.fields())
        assert "/applicant/phone" not in fields
        assert "/applicant/occupation" in fields
        await hanako.send(f"/my/cases/{case}/form", fields | {"/applicant/occupation": "会社員", "/contact/phone": "0312345678"})
        assert told in hanako.words, hanako.words
        assert "<del>9999999999</del>" in hanako.page
        assert f'action="/my/cases/{case}/submit"' in hanako.page or case == filed
    await hanako.get(f"/my/cases/{begun}/form")
    await hanako.send(f"/my/cases/{begun}/form", dict(hanako.fields()) | {"/applicant/occupation": "x" * 5000})
    assert hanako.status == 422
