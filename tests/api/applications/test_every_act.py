"""Every procedure about a license on record, from its worked case to its ends, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import pytest

from partner import clock
from partner.auth.standin.personas import personas
from partner.database import SYSTEM, Database
from partner.licensing.worked_cases import FOLDER, CaseFile
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, License, LicenseeFacts, LicenseFacts
from partner.regulation.procedures import Procedure
from partner.regulation.reading import Reader
from partner.regulation.routes import FINAL, Status
from partner.settings import Settings
from tests.api.applications.conftest import Service, the_law
from tests.api.applications.test_every_new_license import CONTENT, STAFF, USUAL

pytestmark = pytest.mark.slow
PERSONAS = {"corporation": "taxi", "individual": "taro"}
GRANTING = USUAL | {"examining": "propose-grant"}
REFUSING = USUAL | {"examining": "propose-refusal"}
ELSEWHERE = {
    "blanket-closing": "closes a station that was opened: test_blanket",
    "registration-station-closing": "closes a station that was opened: test_blanket",
    "change-completion": "follows a permission: test_acts_about_a_license",
    "record-correction": "corrects what is not so any more: test_acts_about_a_license",
    "registration-holder-change": "corrects what is not so any more, as record-correction does",
    "club-articles-change": "no persona is a club",
    "resumption-of-operation": "ends a suspension: test_effects",
}
"""Procedures whose worked case needs more than a license on record."""


@dataclass(frozen=True)
class Worked:
    """The worked case of a procedure about one license, and the procedure as it stands on its day."""

    case: CaseFile
    procedure: Procedure

    @property
    def ends(self) -> set[Status]:
        """Where its routes can end."""
        routes = [the_law().routes.get(choice.route, self.case.on) for choice in self.procedure.routes]
        return {step.to for route in routes for step in route.rules.transitions if step.to in FINAL}


def worked() -> dict[str, Worked]:
    root = Settings().regulation_root
    reader, found = Reader(root), dict[str, Worked]()
    for path in sorted((root / FOLDER).glob("*.yaml")):
        case = reader.file(path.relative_to(root).as_posix(), CaseFile)
        procedure = case and the_law().all_procedures.find(case.procedure, case.on)
        about_one = case is not None and "license" in case.found and case.procedure not in ELSEWHERE
        if case and about_one and procedure and procedure.license_field and not procedure.ex_officio:
            found[case.procedure] = Worked(case, procedure)
    return found


CASES = worked()


def licensee(persona: str) -> LicenseeFacts:
    """A persona as the register describes it."""
    claims = personas()[persona].claims
    born = claims.get("birthdate")
    return LicenseeFacts(
        "corporation" if persona == "taxi" else "individual",
        claims["name"],
        claims["name#ja-Kana-JP"],
        corporate_number=claims.get("corporate_number"),
        municipality=claims["address"]["municipality_code"],
        address=claims["address"]["street_address"],
        birth_date=date.fromisoformat(born) if born else None,
    )


async def held_by(persona: str, found: dict[str, Any], database: Database) -> License:
    """The license that the worked case speaks of, on record for a persona."""
    facts = LicenseFacts(
        station_class=found["station_class"],
        bureau=found.get("bureau", "A"),
        municipality=found.get("municipality", "13101"),
        site_address="大手町１",
        moves=bool(found.get("moves")),
        station_count=int(found.get("station_count") or 1),
        assignments=(AssignmentFacts(emission="8K50F3E", frequency_hz=467_000_000),),
        registration_standard="001" if found.get("registered") else None,
        details={"transmitters": found.get("transmitters", [])},
    )
    licensed_on, valid_to = (date.fromisoformat(str(found[end])) for end in ("licensed_on", "valid_to"))
    async with database.transaction(SYSTEM) as session:
        licensee_id = await register.record_licensee(session, licensee(persona))
        license_ = await register.record(
            session, facts, licensee_id=licensee_id, licensed_on=licensed_on, valid_to=valid_to, law=the_law(), cause="test"
        )
        if found.get("ended_on"):
            ends_on = date.fromisoformat(str(found["ended_on"]))
            await register.end(session, license_.station_id, ends_on=ends_on, kind="discontinued", cause="test", law=the_law())
    return license_


def about(value: Any, names: dict[str, str | None]) -> Any:
    """A form with other names of the license in place of those of the worked case."""
    if isinstance(value, dict):
        inner = {key: about(part, names) for key, part in value.items()}
        return {key: part for key, part in inner.items() if part is not None}
    if isinstance(value, list):
        return [about(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value


async def begun(service: Service, database: Database, code: str) -> tuple[str, dict[str, Any]]:
    worked_case = CASES[code]
    clock.move_to(datetime.combine(worked_case.case.on, time(9), clock.JAPAN))
    persona = PERSONAS["corporation" if "corporation" in worked_case.procedure.filers else "individual"]
    found = worked_case.case.found["license"]
    license_ = await held_by(persona, found, database)
    names = {found["license_number"]: license_.license_number, found.get("call_sign", ""): license_.call_sign}
    form = about({key: part for key, part in worked_case.case.form.items() if key != "applicant"}, names)
    answer = await service.post(persona, "/applications", {"procedure": code, "form": form})
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    assert [(one["check"], one["field"]) for one in case["findings"] if one["outcome"] == "fail"] == []
    return persona, case


@pytest.mark.parametrize("code", CASES)
async def test_it_brings_about_what_was_asked(service: Service, database: Database, minister: str, code: str) -> None:
    persona, case = await begun(service, database, code)
    case = await driven(service, persona, case, GRANTING)
    assert case["status"] in {"granted", "recorded"}
    assert case["fee"]["status"] != "due"


@pytest.mark.parametrize("code", [code for code, one in CASES.items() if one.ends & {Status.REFUSED}])
async def test_it_is_refused_with_reasons(service: Service, database: Database, minister: str, code: str) -> None:
    persona, case = await begun(service, database, code)
    case = await driven(service, persona, case, REFUSING)
    assert case["status"] == "refused"
    assert [event["to"] for event in await service.events(persona, case)][-1] == "refused"


@pytest.mark.parametrize("code", [code for code, one in CASES.items() if Status.GRANTED in one.ends])
async def test_it_is_withdrawn(service: Service, database: Database, code: str) -> None:
    persona, case = await begun(service, database, code)
    await service.acted(persona, case, "submit")
    assert (await service.acted(persona, case, "withdraw"))["status"] == "withdrawn"


async def driven(service: Service, persona: str, case: dict[str, Any], steps: dict[str, str]) -> dict[str, Any]:
    while case["status"] in steps:
        action = steps[case["status"]]
        answer = await service.act(STAFF.get(action, persona), case, action, CONTENT.get(action))
        if (action, answer.status_code) == ("propose-grant", 409):  # what is completed is inspected, not examined
            answer = await service.act("inspector", case, "record-inspection", CONTENT["record-inspection"])
        if (action, answer.status_code) == ("approve", 403):  # the Minister decides
            answer = await service.act("minister", case, action)
        assert answer.status_code == 200, answer.text
        case = (await service.get(persona, f"/applications/{case['id']}")).json()
    return case
