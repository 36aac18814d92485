"""Every procedure for a new license or registration, from its worked case to each of its ends, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing.worked_cases import FOLDER, CaseFile
from partner.registry import service as register
from partner.regulation.effects import Effect
from partner.regulation.reading import Reader
from partner.settings import Settings
from tests.api.applications.conftest import START, Service, the_law

pytestmark = pytest.mark.slow
REASON = "審査の結果、支障なし"
ON = START.date()
WAYS = {
    "granted": {"examining": "propose-grant"},
    "refused": {"examining": "propose-refusal"},
}
STAFF = {"propose-grant": "examiner", "propose-refusal": "examiner", "approve": "director", "record-inspection": "inspector"}
CONTENT: dict[str, dict[str, Any]] = {
    "pay": {"comment": "ペイジー"},
    "propose-grant": {"reason": REASON},
    "propose-refusal": {"reasons": ["周波数の割当てができない。"]},
    "record-inspection": {"result": "pass", "reason": REASON},
}
USUAL = {
    "draft": "submit",
    "fee_due": "pay",
    "in_approval": "approve",
    "provisional": "notify-completion",
    "completion_notified": "record-inspection",
}


def worked() -> dict[str, CaseFile]:
    """The worked cases by procedure, of those in force on the day that bring a new record about."""
    reader = Reader(Settings().regulation_root)
    found = {}
    for path in sorted((Settings().regulation_root / FOLDER).glob("*.yaml")):
        case = reader.file(path.relative_to(Settings().regulation_root).as_posix(), CaseFile)
        procedure = case and the_law().all_procedures.find(case.procedure, ON)
        if case and case.on <= ON and procedure and procedure.effect is Effect.RECORD:
            found[case.procedure] = case
    return found


CASES = worked()


async def begun(service: Service, code: str) -> tuple[str, dict[str, Any]]:
    """A draft of the worked case, filed by a corporation where one may file, else by an individual, in their own name."""
    persona = "taxi" if "corporation" in the_law().procedure(code, ON).filers else "hanako"
    form = {key: value for key, value in CASES[code].form.items() if key != "applicant"}
    answer = await service.post(persona, "/applications", {"procedure": code, "form": form})
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    assert [one for one in case["findings"] if one["outcome"] == "fail"] == []
    return persona, case


@pytest.mark.parametrize("code", CASES)
@pytest.mark.parametrize("end", WAYS)
async def test_it_comes_to_this_end(service: Service, database: Database, minister: str, code: str, end: str) -> None:
    persona, case = await begun(service, code)
    steps = USUAL | WAYS[end]
    while case["status"] in steps:
        action = steps[case["status"]]
        if action != "pay" and case["fee"]["status"] == "due" and "pay" in case["available_actions"]:  # of the inspection
            await service.acted(persona, case, "pay", CONTENT["pay"])
        answer = await service.act(STAFF.get(action, persona), case, action, CONTENT.get(action))
        if action == "approve" and answer.status_code == 403:  # the Minister decides
            answer = await service.act(minister, case, action)
        assert answer.status_code == 200, answer.text
        case = (await service.get(persona, f"/applications/{case['id']}")).json()
    assert case["status"] == end
    assert case["fee"]["status"] != "due"
    assert [event["to"] for event in await service.events(persona, case)][-1] == end
    if end == "refused":
        assert case["license"] is None
        return
    async with database.transaction(SYSTEM) as session:
        license_ = await register.license_by_number(session, case["license"]["license_number"])
    assert license_ is not None
    assert license_.facts.station_class == CASES[code].form["station_class"]
    assert license_.licensed_on == clock.today()


@pytest.mark.parametrize("code", CASES)
async def test_it_is_withdrawn(service: Service, code: str) -> None:
    persona, case = await begun(service, code)
    await service.acted(persona, case, "submit")
    assert (await service.acted(persona, case, "withdraw"))["status"] == "withdrawn"
