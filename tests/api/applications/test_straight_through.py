"""The straight-through route: by data alone, only where nothing is left to judge, under the authority that the data names."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from partner import clock, regulation
from partner.app import create_app
from partner.database import SYSTEM, Database
from partner.licensing import straight_through
from partner.registry import service as register
from partner.registry.service import License
from partner.regulation import Law
from partner.settings import Mode, Settings
from tests.api.applications.conftest import MOVING, TARO, Service

RULE = """    straight_through:
      authority: {ja: 陸上課長（専決）, en: Head of the land mobile division (by delegation)}
      sample_percent: %d
%s    governed_by:"""
NUMBERS = count(700_001)
Serve = Callable[..., Awaitable[Service]]


def amended(place: Path, *, percent: int = 100, more: str = "", doubt: bool = False) -> Law:
    """The law with the rule in the procedure of renewal, as an office would write it."""
    shutil.copytree(Settings().regulation_root, place)
    file = place / "procedures" / "amateur-renewal.yaml"
    text = file.read_text().replace("    governed_by:", RULE % (percent, more), 1)
    file.write_text(text.replace("  value:", "  confirmed: false\n  why: the delegation is not confirmed\n  value:", 1) if doubt else text)
    return regulation.load(place)


@pytest.fixture
async def serve(data_dir: Path, database: Database, tmp_path: Path) -> Any:
    """A service under the amended law, on 1 July 2023, when the license may be renewed."""
    clock.move_to(datetime.fromisoformat("2023-07-03T09:00:00+09:00"))
    clients = []

    async def served(**rule: Any) -> Service:
        app: FastAPI = create_app(Settings(mode=Mode.TEST, data_dir=data_dir), database, amended(tmp_path / "regulation", **rule))
        clients.append(httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8000"))
        return Service(clients[-1])

    yield served
    for client in clients:
        await client.aclose()


@pytest.fixture
async def held(database: Database, law: Law) -> License:
    async with database.transaction(SYSTEM) as session:
        return await register.record(
            session,
            replace(MOVING),
            licensee_id=await register.record_licensee(session, TARO),
            licensed_on=date(2019, 1, 1),
            valid_to=date(2023, 12, 31),
            law=law,
            license_number=f"関Ａ第{next(NUMBERS)}号",
            call_sign="JA1QRZ",
            cause="test",
        )


async def submitted(service: Service, held: License, **form: Any) -> dict[str, Any]:
    filled = {
        "application_kind": "BA",
        "addressee": "A",
        "station_class": "AT",
        "disqualification": "none",
        "license_number": held.license_number,
        "licensed_on": held.licensed_on.isoformat(),
        **form,
    }
    answer = await service.post("taro", "/applications", {"procedure": "amateur-renewal", "form": filled})
    assert answer.status_code == 201, answer.text
    return await service.acted("taro", answer.json(), "submit")


async def test_a_renewal_in_order_is_decided_when_its_fee_is_paid(serve: Serve, held: License) -> None:
    service = await serve(percent=100)
    case = await submitted(service, held)
    assert case["status"] == "fee_due"
    granted = await service.acted("taro", case, "pay", {"comment": "x"})
    assert (granted["status"], granted["license"]["valid_to"]) == ("granted", "2028-12-31")
    assert granted["decision"]["by_name"] == "陸上課長（専決）"
    assert granted["decision"]["straight_through"]["authority"]["en"] == "Head of the land mobile division (by delegation)"
    assert granted["review"] is None  # whether it was drawn is for staff
    events = await service.events("taro", case)
    assert [(event["action"], event["from"], event["to"]) for event in events[-2:]] == [
        ("pay", "fee_due", "examining"),
        ("decide", "examining", "granted"),
    ]
    assert events[-1]["actor"] == {"id": None, "name": "PARTNER", "roles": []}
    notices = (await service.get("taro", f"/applications/{case['id']}/notices")).json()["items"]
    assert [notice["kind"] for notice in notices] == ["granted"]
    public = await service.client.get(f"/api/v1/stations/{granted['license']['station_id']}", params={"as_of": "2024-06-01"})
    assert public.json()["license"]["valid_to"] == "2028-12-31"


async def test_what_was_drawn_is_listed_until_somebody_has_looked(serve: Serve, held: License) -> None:
    service = await serve(percent=100)
    case = await service.acted("taro", await submitted(service, held), "pay", {"comment": "x"})
    path = f"/applications/{case['id']}"
    listed = (await service.get("examiner", "/applications", review="true")).json()["items"]
    assert case["id"] in {one["id"] for one in listed}
    for persona, status in (("taro", 403), ("hanako", 403), ("clerk", 403), ("inspector", 403), ("admin", 403)):
        assert (await service.post(persona, f"{path}/review", {})).status_code == status, persona
    done = (await service.post("examiner", f"{path}/review", {"comment": "支障なし"})).json()
    assert (done["review"], done["status"], done["decision"]) == ("done", "granted", case["decision"])
    assert (await service.post("examiner", f"{path}/review", {})).status_code == 409
    assert case["id"] not in {one["id"] for one in (await service.get("examiner", "/applications", review="true")).json()["items"]}
    assert (await service.events("examiner", case))[-1]["comment"] == "支障なし"
    assert (await service.events("taro", case))[-1]["comment"] == ""


async def test_with_nobody_drawn_nothing_waits_for_review(serve: Serve, held: License) -> None:
    service = await serve(percent=0)
    case = await service.acted("taro", await submitted(service, held), "pay", {"comment": "x"})
    assert case["status"] == "granted"
    assert (await service.get("examiner", f"/applications/{case['id']}")).json()["review"] is None


async def to_an_examiner(service: Service, case: dict[str, Any]) -> None:
    paid = await service.acted("taro", case, "pay", {"comment": "x"})
    assert (paid["status"], paid["license"]) == ("examining", None)
    assert "propose-grant" in (await service.get("examiner", f"/applications/{case['id']}")).json()["available_actions"]


async def test_law_that_is_not_confirmed_lets_nothing_through(serve: Serve, held: License) -> None:
    service = await serve(doubt=True)
    await to_an_examiner(service, await submitted(service, held))


@pytest.mark.parametrize("form", [{"addressee": "C"}, {"licensed_on": None}])
async def test_a_warning_goes_to_an_examiner(serve: Serve, held: License, form: dict[str, Any]) -> None:
    service = await serve()
    case = await submitted(service, held, **form)
    assert "warn" in {finding["outcome"] for finding in case["findings"]}
    await to_an_examiner(service, case)


async def test_who_wrote_a_message_is_answered_by_a_person(serve: Serve, held: License) -> None:
    service = await serve()
    case = await submitted(service, held)
    await service.post("taro", f"/applications/{case['id']}/messages", {"body": "お尋ねします"})
    await to_an_examiner(service, case)


async def test_what_an_examiner_took_in_hand_stays_in_hand(serve: Serve, held: License) -> None:
    service = await serve()
    case = await submitted(service, held)
    asked = {"requests": [{"field": "/addressee", "message": "x"}], "due_in_business_days": 5}
    await service.acted("examiner", case, "request-correction", asked)
    await service.acted("taro", case, "correct", {"form": {"addressee": "A"}})
    await to_an_examiner(service, case)


@pytest.mark.parametrize(("channels", "status"), [("", "examining"), ("      channels: [electronic, paper]\n", "granted")])
async def test_paper_only_where_the_data_says_so(serve: Serve, held: License, channels: str, status: str) -> None:
    service = await serve(more=channels)
    applicant = {"kind": "individual", "name": "総務　太郎", "name_kana": "ソウム　タロウ", "prefecture": "13", "municipality": "13101"}
    form = {
        "application_kind": "BA",
        "addressee": "A",
        "station_class": "AT",
        "disqualification": "none",
        "applicant": {**applicant, "address": "霞が関２－１－２", "birth_date": "1960-04-01"},
        "license_number": held.license_number,
        "licensed_on": "2019-01-01",
    }
    case = (await service.post("clerk", "/applications", {"procedure": "amateur-renewal", "form": form, "channel": "paper"})).json()
    case = await service.acted("clerk", case, "submit")
    assert (await service.acted("clerk", case, "pay", {"comment": "収入印紙"}))["status"] == status


async def test_the_law_as_it_is_lets_nothing_through(service: Service, held: License) -> None:
    clock.move_to(datetime.fromisoformat("2023-07-03T09:00:00+09:00"))
    await to_an_examiner(service, await submitted(service, held))


@pytest.mark.parametrize("percent", [0, 5, 50, 100])
def test_of_many_so_many_in_a_hundred_are_drawn(percent: int) -> None:
    drawn = sum(straight_through.drawn(f"case {number}", percent) for number in range(4000))
    assert abs(drawn / 40 - percent) < 3
