"""The worked case of each procedure as somebody files it over HTTP: with what it speaks of on record, and in a persona's name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from typing import Any

from partner import clock
from partner.auth.standin.personas import personas
from partner.database import SYSTEM, Database
from partner.licensing import spectrum_fees, spectrum_queries, spectrum_years
from partner.licensing.worked_cases import FOLDER, CaseFile
from partner.registry import dispositions, openings, successions
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, License, LicenseeFacts, LicenseFacts
from partner.registry.openings import Opening
from partner.regulation.effects import Effect
from partner.regulation.procedures import Procedure
from partner.regulation.reading import Reader
from partner.settings import Settings
from tests.api.applications.conftest import Service, the_law

REASON = "審査の結果、支障なし"
FORMER = LicenseeFacts(
    "corporation", "見本先代", "ミホンセンダイ", corporate_number="5000000000004", municipality="13101", address="大手町２"
)
"""Whose licenses a successor takes over, but where they are inherited."""
DECEASED = LicenseeFacts("individual", "見本先代", "ミホンセンダイ", municipality="13101", address="大手町２", birth_date=date(1940, 1, 2))


@cache
def cases() -> dict[str, CaseFile]:
    """The worked cases by procedure, each from the file that is called as the procedure is."""
    root = Settings().regulation_root
    reader = Reader(root)
    found = {path.stem: reader.file(path.relative_to(root).as_posix(), CaseFile) for path in sorted((root / FOLDER).glob("*.yaml"))}
    return {code: case for code, case in found.items() if case is not None and case.procedure == code}


def procedure_of(code: str) -> Procedure:
    """The procedure as it stands on the day of its worked case."""
    return the_law().procedure(code, cases()[code].on)


@dataclass(frozen=True)
class Filing:
    """What is filed: `filer` files it, `holder` is whose filing it is (who answers when asked), `files` go with it."""

    code: str
    filer: str
    holder: str
    form: dict[str, Any]
    files: tuple[str, ...] = ()

    def on_paper(self) -> Filing:
        """The same as a clerk types it, with a defect: the station is of a class that the procedure is not for."""
        known = procedure_of(self.code).station_classes
        wrong = next(one for one in ("FX", "ML_H", "ZZ") if one not in known)
        applicant = self.form.get("applicant") or on_form(licensee(self.holder))
        return replace(self, filer="clerk", form={**self.form, "station_class": wrong, "applicant": applicant})

    async def drafted(self, service: Service) -> dict[str, Any]:
        body: dict[str, Any] = {"procedure": self.code, "form": self.form}
        if self.filer == "clerk":
            body |= {"channel": "paper", "received_on": clock.today().isoformat()}
        answer = await service.post(self.filer, "/applications", body)
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()
        for kind in self.files:
            headers = {**await service.headers(self.filer), "Content-Type": "application/pdf"}
            path = f"/api/v1/applications/{case['id']}/attachments?kind={kind}"
            assert (await service.client.post(path, content=b"%PDF-1.7", headers=headers)).status_code == 201
        found: dict[str, Any] = (await service.get(self.filer, f"/applications/{case['id']}")).json()
        return found


def licensee(persona: str) -> LicenseeFacts:
    """A persona as the register describes it."""
    claims = personas()[persona].claims
    born = claims.get("birthdate")
    return LicenseeFacts(
        "corporation" if "corporate_number" in claims else "individual",
        claims["name"],
        claims["name#ja-Kana-JP"],
        corporate_number=claims.get("corporate_number"),
        municipality=claims["address"]["municipality_code"],
        address=claims["address"]["street_address"],
        birth_date=date.fromisoformat(born) if born else None,
    )


def on_form(facts: LicenseeFacts) -> dict[str, Any]:
    """A licensee as a form names its applicant."""
    known = {key: getattr(facts, key) for key in ("kind", "name", "name_kana", "corporate_number", "municipality", "address")}
    born = facts.birth_date and facts.birth_date.isoformat()
    return {key: value for key, value in {**known, "prefecture": "13", "birth_date": born}.items() if value}


async def held_by(holder: LicenseeFacts, found: dict[str, Any], database: Database) -> License:
    """The license that the worked case speaks of, on record for somebody."""
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
        licensee_id = await register.record_licensee(session, holder)
        license_ = await register.record(
            session, facts, licensee_id=licensee_id, licensed_on=licensed_on, valid_to=valid_to, law=the_law(), cause="test"
        )
        if found.get("ended_on"):
            ends_on = date.fromisoformat(str(found["ended_on"]))
            await register.end(session, license_.station_id, ends_on=ends_on, kind="discontinued", cause="test", law=the_law())
    return license_


async def _moved(database: Database, held: License) -> None:
    """The holder is on record with another address than they have now."""
    async with database.transaction(SYSTEM) as session:
        former = replace(held.licensee, address="築地９－９－９")
        await successions.describe(session, held.licensee_id, former, effective_on=clock.today(), cause="test", law=the_law())


async def _suspended(database: Database, held: License) -> None:
    async with database.transaction(SYSTEM) as session:
        await dispositions.suspend(session, held.station_id, first=date(2022, 6, 1), reason="休止", cause="test", law=the_law())


async def _opened(database: Database, held: License) -> None:
    async with database.transaction(SYSTEM) as session:
        opening = Opening(date(2022, 6, 1), municipality="13101", serial_number="S-1")
        await openings.open_stations(session, held.station_id, [opening], cause="test", on=clock.today(), law=the_law())


async def _paid_ahead(database: Database, held: License) -> None:
    async with database.transaction(SYSTEM) as session:
        ahead = [year for year in spectrum_years.years(the_law(), held) if year.first > clock.today() and year.due_yen > 0]
        rows = [spectrum_fees._row(the_law(), held, year, due_on=clock.today()) for year in ahead]
        assert await spectrum_queries.enter(session, [{**row, "paid_at": clock.now()} for row in rows]) > 0


BEFORE: dict[Effect, Callable[[Database, License], Awaitable[None]]] = {
    Effect.DESCRIBE: _moved,
    Effect.RESUME: _suspended,
    Effect.CLOSE_STATION: _opened,
    Effect.REFUND_SPECTRUM_FEE: _paid_ahead,
}
"""What is so before it is undone, by what the procedure brings about."""


def _about(value: Any, names: dict[str, str | None]) -> Any:
    """A form with the names of what is on record in place of those of the worked case."""
    if isinstance(value, dict):
        inner = {key: _about(part, names) for key, part in value.items()}
        return {key: part for key, part in inner.items() if part is not None}
    if isinstance(value, list):
        return [_about(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value


async def _provisional(service: Service, holder: str) -> dict[str, Any]:
    """A fixed station whose equipment is not on the conformity list, with a provisional license."""
    form = {key: part for key, part in cases()["fixed-new-license"].form.items() if key != "applicant"}
    own = {"number": 1, "rated_power_w": [5], "ranges": [{"emissions": [{"emission": "F3E"}], "frequency_hz": 467_000_000}]}
    completion = {"kind": "date", "due_on": date(clock.today().year, 3, 31).isoformat()}
    form = {**form, "station": {**form["station"], "transmitters": [own], "completion": completion}}
    case = await Filing("fixed-new-license", holder, holder, form).drafted(service)
    case = await service.acted(holder, case, "submit")
    await service.acted(holder, case, "pay", {"comment": "ペイジー"})
    await service.acted("examiner", case, "propose-grant", {"reason": REASON})
    given = await service.acted("director", case, "approve")
    assert given["status"] == "provisional"
    return given


def _persona(procedure: Procedure) -> str:
    if procedure.ex_officio or "corporation" in procedure.filers:
        return "taxi"
    if set(procedure.filers) == {"club"}:  # a club has no sign-in of its own: it files on paper
        return "clerk"
    return "hanako" if procedure.effect is Effect.RECORD else "taro"


def _holder(persona: str, case: CaseFile) -> LicenseeFacts:
    """Whose license the worked case speaks of: the persona's, or, on paper, whom it names."""
    if persona != "clerk":
        return licensee(persona)
    said = case.form["applicant"]
    return LicenseeFacts(said["kind"], said["name"], said["name_kana"], municipality=said["municipality"], address=said["address"])


async def _named(service: Service, database: Database, case: CaseFile, procedure: Procedure, persona: str) -> dict[str, str | None]:
    """What the worked case speaks of, put on record: the names there, by those that the worked case has for it."""
    found, names = case.found, dict[str, str | None]()
    for one in found.get("licenses", ()):
        passing = {"station_class": case.form["station_class"], "licensed_on": "2021-06-01", "valid_to": "2026-05-31", **one}
        former = DECEASED if one.get("holder_kind") == "individual" else FORMER
        names[one["license_number"]] = (await held_by(former, passing, database)).license_number
    if "license" in found:
        known = found["license"]
        held = await held_by(_holder(persona, case), known, database)
        names |= {known["license_number"]: held.license_number, known.get("call_sign", ""): held.call_sign}
        if procedure.effect in BEFORE:
            await BEFORE[procedure.effect](database, held)
    if "other_case" in found:
        names[found["other_case"]["reception_number"]] = (await _provisional(service, persona))["reception_number"]
    return names


async def prepared(service: Service, database: Database, code: str) -> Filing:
    """The filing of the worked case, with everything that it speaks of on record, on its day."""
    case, procedure = cases()[code], procedure_of(code)
    clock.move_to(datetime.combine(case.on, time(9), clock.JAPAN))
    persona = _persona(procedure)
    names = await _named(service, database, case, procedure, persona)
    form = _about({key: part for key, part in case.form.items() if key != "applicant"}, names)
    if persona == "clerk":
        form |= {"applicant": case.form["applicant"]}
    filer = "examiner" if procedure.ex_officio else persona
    return Filing(code, filer, persona, form, tuple(case.found.get("attachments", ())))
