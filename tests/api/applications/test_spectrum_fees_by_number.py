"""The spectrum user fee by the number of open stations: counted at the end of a month, demanded, seen, paid; never on a guess."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from partner import regulation
from partner.auth.models import Account
from partner.database import SYSTEM, Access, Database, Standing
from partner.licensing import spectrum_fees, spectrum_queries
from partner.registry import openings, successions
from partner.registry import service as register
from partner.registry.facts import CountReport, License
from partner.registry.openings import Closing, Opening
from partner.regulation import Law
from partner.settings import Settings
from tests.api.applications.conftest import TARO, Service
from tests.api.applications.test_spectrum_fees import at, demanded, hold, known, notice, years

__all__ = ["known"]
SIMPLE: dict[str, Any] = {"station_class": "CR", "registration_standard": "008", "expected_count": 20}
TERM = (date(2021, 6, 15), date(2026, 6, 14))
Json = dict[str, Any]


async def registration(database: Database, law: Law, number: int, *, term: tuple[date, date] = TERM) -> License:
    """A blanket registration of simplified radio."""
    return await hold(database, law, number, term=term, **SIMPLE)


async def opened(database: Database, held: License, days: Sequence[str], *, first: int = 1) -> None:
    notices = [Opening(date.fromisoformat(day), serial_number=f"S-{first + index}") for index, day in enumerate(days)]
    async with database.transaction(SYSTEM) as session:
        await openings.open_stations(session, held.station_id, notices, cause="test", on=date(2021, 6, 15))


async def closed(database: Database, held: License, number: int, day: str) -> None:
    async with database.transaction(SYSTEM) as session:
        await openings.close_stations(
            session, held.station_id, [Closing(f"S-{number}", date.fromisoformat(day))], cause="test", on=date(2021, 6, 15)
        )


def told(items: Sequence[Json], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one[name] for name in names) for one in items]


async def test_it_is_demanded_for_the_stations_open_at_the_end_of_the_month(known: Service, database: Database, law: Law) -> None:
    at("2021-06-16")
    held = await registration(database, law, 720_001)
    assert told(await years(known, held), "first", "stations", "state", "due_on")[0] == ("2021-06-15", None, "to_come", None)
    await opened(database, held, ["2021-06-15", "2021-06-20", "2021-06-30", "2021-07-01"])
    await closed(database, held, 2, "2021-06-30")  # no longer open on that day
    at("2021-07-01")
    first = (await years(known, held))[0]
    assert (first["stations"], first["counted_on"], first["annual_yen"], first["amount_yen"]) == (2, "2021-06-30", 400, 800)
    assert (first["state"], first["due_on"]) == ("to_come", "2021-08-13")  # the forty-fifth day from 30 June
    assert await demanded(database, law, since="2021-06-14", on="2021-07-15") == 0  # notices may still come in
    await demanded(database, law, since="2021-06-14", on="2021-07-16")
    first = (await years(known, held))[0]
    assert (first["state"], first["amount_yen"], first["due_on"]) == ("due", 800, "2021-08-13")
    await demanded(database, law, since="2021-06-14", on="2021-07-16")
    async with database.transaction(SYSTEM) as session:
        assert [(row.stations, row.amount_yen) for row in await spectrum_queries.of_station(session, held.station_id)] == [(2, 800)]
    path = f"/licenses/{held.license_number}/spectrum-fees/2021-06-15/pay"
    assert (await known.post("hanako", path)).status_code == 404
    assert (await known.post("taro", path)).json()["state"] == "paid"


async def test_what_grew_is_demanded_for_the_months_that_are_left(known: Service, database: Database, law: Law) -> None:
    held = await registration(database, law, 720_002)
    await opened(database, held, ["2021-06-15", "2021-06-20"])
    await opened(database, held, ["2021-08-05", "2021-08-31", "2021-09-01"], first=3)
    at("2021-09-16")
    await demanded(database, law, since="2021-06-14", on="2021-09-16")
    found = [one for one in await years(known, held) if one["first"] < "2021-10"]
    assert told(found, "first", "last", "months", "stations", "growth", "counted_on") == [
        ("2021-06-15", "2022-06-14", 12, 2, False, "2021-06-30"),
        ("2021-08-01", "2022-05-31", 10, 2, True, "2021-08-31"),
    ]
    assert told(found, "amount_yen", "state") == [(800, "overdue"), (666, "unconfirmed")]
    assert "端数" in found[1]["why"]["ja"]  # of 400 yen for ten months of two stations a fraction of a yen remains
    await opened(database, held, [f"2021-09-{day}" for day in ("02", "03")], first=6)
    at("2021-10-16")
    await demanded(database, law, since="2021-09-15", on="2021-10-16")
    grown = [one for one in await years(known, held) if one["first"] == "2021-09-01"]
    assert told(grown, "months", "stations", "amount_yen", "state", "due_on") == [(9, 3, 900, "due", "2021-11-15")]


async def test_the_next_anniversary_counts_anew(known: Service, database: Database, law: Law) -> None:
    held = await registration(database, law, 720_003)
    await opened(database, held, ["2021-06-15", "2021-06-16", "2021-06-17"])
    await closed(database, held, 1, "2022-03-01")
    at("2022-07-16")
    await demanded(database, law, since="2021-06-14", on="2022-07-16")
    found = [one for one in await years(known, held) if one["first"] < "2023"]
    assert told(found, "first", "stations", "amount_yen", "state") == [("2021-06-15", 3, 1200, "overdue"), ("2022-06-15", 2, 800, "due")]


async def test_a_registration_without_a_notice_is_not_charged_on_a_guess(known: Service, database: Database, law: Law) -> None:
    held = await registration(database, law, 720_004)
    at("2021-07-16")
    await demanded(database, law, since="2021-06-14", on="2021-07-16")
    first = (await years(known, held))[0]
    assert (first["state"], first["amount_yen"], first["annual_yen"]) == ("unconfirmed", None, 400)
    assert first["why"] == {
        "ja": "2021年6月の末日に開設していた局の数が届け出られていません。",
        "en": "How many stations were open at the end of June 2021 has not been reported.",
    }
    assert (await known.post("taro", f"/licenses/{held.license_number}/spectrum-fees/2021-06-15/pay")).json()["code"] == "nothing_due"


async def test_a_registration_that_ended_is_charged_for_nothing_after_its_end(known: Service, database: Database, law: Law) -> None:
    held = await registration(database, law, 720_005)
    await opened(database, held, ["2021-06-15", "2021-06-16"])
    async with database.transaction(SYSTEM) as session:
        await register.end(session, held.station_id, ends_on=date(2021, 6, 25), kind="discontinued", law=law, cause="test")
    at("2021-07-16")
    await demanded(database, law, since="2021-06-14", on="2021-07-16")
    async with database.transaction(SYSTEM) as session:
        assert await spectrum_queries.of_station(session, held.station_id) == []


async def openings_seen(database: Database, held: License, persona: str) -> int:
    async with database.transaction(SYSTEM) as session:
        account = (await session.exec(select(Account).where(Account.subject == persona))).one()
    async with database.transaction(Access(Standing.APPLICANT, account.id)) as session:
        return len(await openings.under(session, held.station_id))


async def test_its_stations_are_seen_by_the_holder_and_by_nobody_else_who_files(known: Service, database: Database, law: Law) -> None:
    held = await registration(database, law, 720_007)
    await opened(database, held, ["2021-06-15", "2021-06-16"])
    await known.get("hanako", "/applications")
    assert (await openings_seen(database, held, "taro"), await openings_seen(database, held, "hanako")) == (2, 0)
    async with database.transaction(SYSTEM) as session:
        other = await register.record_licensee(session, replace(TARO, name="別人"))
        await successions.transfer(session, [held.station_id], to=other, effective_on=date(2021, 7, 1), law=law, cause="test")
    assert await openings_seen(database, held, "taro") == 0  # who held it before does not see on


async def test_a_blanket_fee_is_not_paid_ahead(known: Service, database: Database, law: Law) -> None:
    at("2021-07-01")
    held = await registration(database, law, 720_006)
    await opened(database, held, ["2021-06-15", "2021-06-16"])
    filed = await known.post(
        "taro", "/applications", {"procedure": "spectrum-fee-prepayment", "form": {**notice(held, years=2), "station_class": "CR"}}
    )
    assert "prepayment-not-blanket" in [one["check"] for one in filed.json()["findings"] if one["outcome"] == "fail"]
    async with database.transaction(SYSTEM) as session:
        assert await spectrum_fees.prepay(session, law, held, count=2, by=held.version_id) == 0


@pytest.fixture
async def phones(database: Database, law: Law, request: pytest.FixtureRequest) -> License:
    """A blanket license of stations that move, of the time of which the amounts are known."""
    number = 720_100 + zlib.crc32(request.node.name.encode()) % 1_000
    return await hold(database, law, number, term=(date(2012, 6, 15), date(2017, 6, 14)), station_class="ML_H", station_count=100)


@pytest.fixture(scope="module")
def law_of_one_amount(tmp_path_factory: pytest.TempPathFactory) -> Law:
    """The law as if no frequencies were set apart for a wide area: by data alone the record decides."""
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path_factory.mktemp("amended") / "regulation"))
    table = root / "spectrum-fees/annual.yaml"
    line = "    - {category: blanket-moving, yen: 200, wide_area: true}\n"
    assert line in table.read_text("utf-8")
    table.write_text(table.read_text("utf-8").replace(line, ""), "utf-8")
    return regulation.load(root)


async def reported(database: Database, law: Law, held: License, count: int, day: str) -> License:
    async with database.transaction(SYSTEM) as session:
        report = CountReport(date.fromisoformat(day), count)
        after = await openings.report_count(session, held.station_id, report, cause="test", on=held.licensed_on)
        await spectrum_fees.reported(session, law, after, report.as_of)
        return after


async def test_of_a_blanket_license_nothing_is_demanded_while_the_record_does_not_decide(
    known: Service, database: Database, law: Law, phones: License
) -> None:
    at("2012-07-10")
    await reported(database, law, phones, 90, "2012-06-30")
    first = (await years(known, phones))[0]
    assert (first["stations"], first["amount_yen"], first["state"]) == (90, None, "unconfirmed")
    assert "200・430" in first["why"]["ja"]


async def test_a_report_is_charged_when_it_is_taken_and_again_when_it_is_corrected(
    known: Service, database: Database, law_of_one_amount: Law, phones: License
) -> None:
    at("2012-07-10")
    await reported(database, law_of_one_amount, phones, 90, "2012-06-30")
    async with database.transaction(SYSTEM) as session:
        (row,) = await spectrum_queries.of_station(session, phones.station_id)
        assert (row.stations, row.amount_yen, row.due_on) == (90, 38_700, date(2012, 8, 8))  # the thirtieth day from the report
    at("2012-07-12")
    await reported(database, law_of_one_amount, phones, 80, "2012-06-30")
    await reported(database, law_of_one_amount, phones, 95, "2012-08-31")  # what grew may be less by other licenses: no demand
    async with database.transaction(SYSTEM) as session:
        (row,) = await spectrum_queries.of_station(session, phones.station_id)
        assert (row.stations, row.amount_yen, row.due_on) == (80, 34_400, date(2012, 8, 10))
    await known.post("taro", f"/licenses/{phones.license_number}/spectrum-fees/2012-06-15/pay")
    await reported(database, law_of_one_amount, phones, 85, "2012-06-30")
    async with database.transaction(SYSTEM) as session:
        (row,) = await spectrum_queries.of_station(session, phones.station_id)
        assert (row.stations, row.paid_at is None) == (80, False)  # what is paid stays as it was paid
