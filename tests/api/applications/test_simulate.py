"""`partner regulation simulate` against the amendment really in force: the same licenses and cases, through the services of everybody."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import col, select

from partner import clock, regulation
from partner.database import SYSTEM, Database
from partner.licensing import examining, queries, replaying, simulating, simulation_report, spectrum_fees, spectrum_years
from partner.licensing.models import Applicant, Application
from partner.licensing.simulating import Outcome, Question
from partner.registry import seeding, standing_queries
from partner.registry import service as register
from partner.registry.timeline import status_on
from partner.regulation import Law
from partner.settings import Settings
from tests.api.applications.conftest import Service
from tests.licensing import applying, drafts

ON = date(2027, 4, 1)
BEFORE = datetime.fromisoformat("2027-02-01T09:00:00+09:00")
MANY = 400
NAMES = ("purpose_names", "place_name")


class Rows:
    """Keeps what a trial tells."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {"cases": [], "licenses": []}
        self.totals: dict[str, int] = {}
        self.done: dict[str, int] = {"cases": 0, "licenses": 0}

    def total(self, what: str, many: int) -> None:
        self.totals[what] = many

    def tried(self, what: str, many: int) -> None:
        self.done[what] += many

    def changed(self, what: str, row: dict[str, Any]) -> None:
        self.rows[what].append(row)


@pytest.fixture
def draft(tmp_path: Path) -> Law:
    return regulation.load(drafts.drafted(tmp_path / "draft", open_cases="move"))


@pytest.fixture
async def register_of_2027(service: Service, database: Database, law: Law, taros_license: object) -> None:
    """Some hundred stations, and a few cases, on 1 February 2027."""
    if (await counted(database))[0][1] == 0:
        new = await service.imported("hanako", "new-license_one-step.xml")
        await service.acted("hanako", new, "submit")
        clock.move_to(datetime.fromisoformat("2023-08-01T09:00:00+09:00"))
        await service.acted("taro", await service.imported("taro", "renewal_再免許.xml"), "submit")
    clock.move_to(BEFORE)
    await seeding.seed(database, law, stations=MANY, seed=3, told=lambda _: None)


CLOSED = "".join(f"    - {{month: {month}, day: {day}}}\n" for month in range(1, 12) for day in range(10, 20))


async def tried(database: Database, law: Law, draft: Law) -> tuple[Outcome, Rows]:
    rows = Rows()
    question = Question(law, draft, ON, replaying.Period(date(2026, 4, 1), ON))
    return await simulating.simulate(database, question, rows), rows


async def counted(database: Database) -> list[tuple[str, int]]:
    async with database.transaction(SYSTEM) as session:
        names = ("application", "application_event", "license_version", "register_change", "payment", "notice")
        connection = await session.connection()
        return [(name, (await connection.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one()) for name in names]


@pytest.mark.usefixtures("register_of_2027")
async def test_what_is_foretold_of_licenses_comes_true(database: Database, law: Law, draft: Law) -> None:
    written = await counted(database)
    outcome, rows = await tried(database, law, draft)
    assert await counted(database) == written
    assert rows.totals == rows.done == {what: found.total for what, found in outcome.tried.items()}
    assert outcome.tried["licenses"].total > MANY / 2
    foretold = {row["license_number"]: row["changes"] for row in rows.rows["licenses"]}
    async with database.transaction(SYSTEM) as session:
        numbers = (await (await session.connection()).execute(text("SELECT DISTINCT license_number FROM license_version"))).scalars().all()
        seen: set[str] = set()
        for number in numbers:
            held = await register.license_by_number(session, number, on=ON)
            if held is None or status_on(held, ON) not in ("in_force", "suspended"):
                assert number not in foretold
                continue
            before, after = [await applying.answer(session, one, number, ON) for one in (law, draft)]
            said, came = applying.compared(foretold.get(number, {}), before, after)
            assert said == came
            seen |= came.keys()
    assert seen >= {"fee", "window", "term", "licensee_masked"}


@pytest.mark.usefixtures("register_of_2027")
async def test_what_is_foretold_of_open_cases_comes_true(app: FastAPI, database: Database, law: Law, draft: Law) -> None:
    outcome, rows = await tried(database, law, draft)
    assert outcome.open_cases > 0
    foretold = {row["reception_number"]: row["changes"] for row in rows.rows["cases"] if row["open"]}
    clock.move_to(datetime.fromisoformat("2027-04-01T09:00:00+09:00"))
    outcomes = []
    for one in (law, draft):
        async with database.transaction(SYSTEM) as session:
            outcomes.append(await _examined(session, one))
            session.expunge_all()  # nothing of it is written
    before, after = outcomes
    assert len(before) == outcome.open_cases == 2
    assert before != after
    for number in before:
        changes = foretold.get(number, {})
        for kind in ("findings", "route"):
            came = before[number][kind] != after[number][kind]
            assert (kind in changes) == came, (number, kind, changes)
            if came:
                assert changes[kind]["after"] == after[number][kind]


async def _examined(session: Any, law: Law) -> dict[str, dict[str, Any]]:
    """Every open case, examined as a correction would."""
    found = {}
    for application in (await session.exec(select(Application).where(col(Application.received_on).is_not(None)))).all():
        if replaying.is_open(application):
            applicant = await session.get(Applicant, application.applicant_id)
            kinds = await queries.document_kinds(session, application.id)
            await examining.refresh(session, law, application, applicant, attachments=kinds)
            answers: dict[str, list[str]] = {}
            for one in application.findings:
                answers.setdefault(one["check"], []).append(f"{one['outcome']} {one['field']}".strip())
            found[str(application.reception_number)] = {"findings": answers, "route": application.route}
    return found


@pytest.mark.usefixtures("register_of_2027")
async def test_the_answer_as_json_and_as_a_table(database: Database, law: Law, draft: Law, tmp_path: Path) -> None:
    outcome, rows = await tried(database, law, draft)
    path = tmp_path / "changes.json"
    with simulation_report.json_file(path) as file:
        for what in ("cases", "licenses"):
            for row in rows.rows[what]:
                file.row(what, row)
        file.finish(outcome)
    read = json.loads(path.read_text(encoding="utf-8"))
    assert {what: len(read[what]) for what in ("cases", "licenses")} == {what: len(rows.rows[what]) for what in ("cases", "licenses")}
    assert read["summary"]["licenses"]["changed"] == len(read["licenses"])
    assert {(one["provision"], one["what"]) for one in read["differences"]} >= {
        ("fees/amateur-renewal", "added"),
        ("windows/amateur-renewal", "added"),
        ("disclosure/publication", "added"),
    }
    shown = simulation_report.table(outcome)
    assert "windows/amateur-renewal 2027-04-01: added, open cases keep" in shown
    assert f"licenses in force: {len(read['licenses'])} of {outcome.tried['licenses'].total} change" in shown


@pytest.mark.usefixtures("register_of_2027")
async def test_a_level_of_approval_at_one_bureau_is_foretold_there_alone(database: Database, law: Law, tmp_path: Path) -> None:
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "draft"))
    level = "    - {who: director}\n"
    one_more = f"{level}    levels_by_bureau:\n      A: [{{who: examiner}}, {{who: director}}]\n"
    for route in ("renewal", "simplified"):
        drafts.again(root, f"routes/{route}.yaml", drafts.DAY, (level, one_more), transition="{open_cases: move}")
    outcome, rows = await tried(database, law, regulation.load(root))
    assert rows.rows["licenses"]
    assert {kind for row in rows.rows["licenses"] for kind in row["changes"]} == {"approval"}
    first = rows.rows["licenses"][0]["changes"]["approval"]
    assert first == {"before": {"renewal": ["director"]}, "after": {"renewal": ["examiner", "director"]}}
    async with database.transaction(SYSTEM) as session:
        for row in rows.rows["licenses"]:
            held = await register.license_by_number(session, row["license_number"], on=ON)
            assert held is not None
            assert held.facts.bureau == "A"
    assert {row["changes"]["approval"]["after"][0] for row in rows.rows["cases"]} == {"examiner"}
    assert "renewal director → renewal examiner, director" in simulation_report.table(outcome)


@pytest.mark.usefixtures("register_of_2027")
async def test_an_amended_spectrum_fee_is_foretold_of_whose_year_begins_under_it(database: Database, law: Law, tmp_path: Path) -> None:
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "draft"))
    drafts.again(root, "spectrum-fees/annual.yaml", "2027-07-01", ("experimental, yen: 300", "experimental, yen: 400"))
    amended = regulation.load(root)
    outcome, rows = await tried(database, law, amended)
    foretold = {row["license_number"]: row["changes"].pop("spectrum_fee") for row in rows.rows["licenses"]}
    assert not any(row["changes"] for row in rows.rows["licenses"])
    came = 0
    async with database.transaction(SYSTEM) as session:
        numbers = (await (await session.connection()).execute(text("SELECT DISTINCT license_number FROM license_version"))).scalars().all()
        for number in numbers:
            held = await register.license_by_number(session, number, on=ON)
            if held is None or status_on(held, ON) not in ("in_force", "suspended"):
                assert number not in foretold
                continue
            year, now = ([one for one in spectrum_years.years(each, held) if one.first >= ON][:1] for each in (amended, law))
            if year == now or (year[0].amount_yen, year[0].confirmed) == (now[0].amount_yen, now[0].confirmed):
                assert number not in foretold
                continue
            came += 1
            assert year[0].first >= date(2027, 7, 1)
            assert foretold[number]["after"] == {
                "amount_yen": year[0].amount_yen,
                "confirmed": year[0].confirmed,
                "due_on": spectrum_fees.due_on(amended, year[0]).isoformat(),
            }
    assert came == len(foretold) == outcome.tried["licenses"].changed > 0


@pytest.mark.usefixtures("register_of_2027")
async def test_codes_that_are_dropped_are_foretold_of_whoever_has_them(database: Database, law: Law, tmp_path: Path) -> None:
    async with database.transaction(SYSTEM) as session:
        held = [one async for batch in standing_queries.in_force(session, ON) for one in batch]
    place = next(one.municipality for one in held if one.municipality is not None)
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "draft"))
    for name, begins in (("purposes.yaml", '- {code: "ATC"'), ("municipalities.csv", f"{place},")):
        lines = (root / "codes" / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (root / "codes" / name).write_text("".join(line for line in lines if not line.startswith(begins)), encoding="utf-8")
    _, rows = await tried(database, law, regulation.load(root))
    foretold = {kind: {row["license_number"] for row in rows.rows["licenses"] if kind in row["changes"]} for kind in NAMES}
    assert foretold["purpose_names"] == {one.license_number for one in held if "ATC" in one.purposes} != set()
    assert foretold["place_name"] == {one.license_number for one in held if one.municipality == place} != set()


def test_of_a_long_answer_the_table_shows_what_differs() -> None:
    assert simulating.change_words("a, b, c", "a, b, c, d") == "- → d"
    assert simulating.change_words("x 1, y 2", "x 1, y 3") == "y 2 → y 3"
    assert simulating.change_words("a, b", "b, a") == "a, b → b, a"


@pytest.mark.usefixtures("register_of_2027")
async def test_the_law_against_itself_changes_nothing(database: Database, law: Law, tmp_path: Path) -> None:
    outcome, rows = await tried(database, law, law)
    assert not outcome.changes_something
    assert outcome.differences == []
    assert rows.rows == {"cases": [], "licenses": []}
    path = tmp_path / "nothing.json"
    with simulation_report.json_file(path) as file:
        file.finish(outcome)
    assert json.loads(path.read_text(encoding="utf-8"))["cases"] == []


async def test_a_trial_cannot_write(database: Database) -> None:
    async with database.reading(SYSTEM) as session:
        with pytest.raises(Exception, match="read-only transaction"):
            await (await session.connection()).execute(text("UPDATE application SET version = version + 1"))


@pytest.mark.usefixtures("register_of_2027")
@pytest.mark.parametrize("what", ["deadline", "holidays"])
async def test_days_of_payment_that_move_are_foretold(database: Database, law: Law, tmp_path: Path, what: str) -> None:
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "draft"))
    if what == "deadline":
        drafts.append(root, "deadlines/spectrum-fee.yaml", "- from: 2027-04-01\n  cites: 電波法103条の2第1項\n  value: {days: 59}\n")
    else:
        drafts.again(root, "calendar/holidays.yaml", "2027-04-01", ("    office_closed:\n", f"    office_closed:\n{CLOSED}"))
    _, rows = await tried(database, law, regulation.load(root))
    assert rows.rows["licenses"]
    for row in rows.rows["licenses"]:
        fee = row["changes"]["spectrum_fee"]
        assert row["changes"].keys() == {"spectrum_fee"}
        assert {kind for kind in fee["before"] if fee["before"][kind] != fee["after"][kind]} == {"due_on"}
        assert fee["before"]["due_on"] < fee["after"]["due_on"]
