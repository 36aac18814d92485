"""Where dumps lie: names are switched in one step, old days go, a suspicious dump is kept aside."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import importing
from partner.registry import service as register
from partner.registry.open_data import churn, columns, dumps, manifest, schemas, shelf
from partner.registry.open_data.churn import SuspiciousChurn
from partner.registry.open_data.dumps import Publisher
from partner.registry.synthetic import Generator, SyntheticLicense
from tests.registry.acting import grant
from tests.registry.open_data import reading
from tests.registry.open_data.conftest import TODAY, publish
from tests.registry.samples import BASE, TAXI, law


def named(root: Path) -> dict[str, str]:
    """The names, and the dump that each leads to."""
    return {path.name: path.resolve().name for path in root.iterdir() if path.is_symlink()}


def further(first: int, last: int) -> list[SyntheticLicense]:
    """Synthetic licenses after those that the register has already."""
    return list(Generator(law(), seed=3, today=TODAY).licenses(last))[first:]


async def test_the_day_and_latest_lead_to_the_same_dump_and_move_together(publisher: Publisher) -> None:
    first = await publish(publisher)
    assert named(publisher.root) == {"latest": first.place.name, "2023-12-07": first.place.name}
    again = await publish(publisher)
    assert named(publisher.root) == {"latest": again.place.name, "2023-12-07": again.place.name}
    assert (first.place / "stations.csv").read_bytes() == (again.place / "stations.csv").read_bytes()
    clock.move_to(datetime.fromisoformat("2023-12-08T00:10:00+09:00"))
    next_day = await publish(publisher)
    assert named(publisher.root) == {"latest": next_day.place.name, "2023-12-08": next_day.place.name, "2023-12-07": again.place.name}
    assert not first.place.exists()


async def test_days_are_kept_as_long_as_the_setting_says(publisher: Publisher) -> None:
    short = replace(publisher, settings=publisher.settings.model_copy(update={"open_data_keep_days": 2}))
    for day in range(5):
        clock.move_to(datetime.fromisoformat("2023-12-07T10:00:00+09:00") + timedelta(days=day))
        await publish(short)
    assert shelf.days(short.root) == ["2023-12-11", "2023-12-10", "2023-12-09"]
    assert len(list((short.root / ".dumps").iterdir())) == 3


async def test_latest_is_whole_at_every_moment(publisher: Publisher) -> None:
    """A reader that resolves `latest` at any moment of ten publications finds a complete dump there."""
    await publish(publisher)
    seen: set[str] = set()
    done = asyncio.Event()

    async def read() -> None:
        while not done.is_set():
            place = shelf.place_of(publisher.root, "latest")
            assert place is not None
            assert {file["name"] for file in shelf.manifest(place)["files"]} < {path.name for path in place.iterdir()}
            seen.add(place.name)
            await asyncio.sleep(0)

    reader = asyncio.create_task(read())
    for _ in range(10):
        await publish(publisher)
    done.set()
    await reader
    assert len(seen) >= 10


async def test_a_refresh_does_nothing_until_the_day_or_the_register_has_changed(database: Database, publisher: Publisher) -> None:
    async def refreshed() -> Any:
        return await asyncio.to_thread(dumps.refresh, publisher)

    assert await refreshed() is not None
    assert await refreshed() is None
    async with database.transaction(SYSTEM) as session:
        await grant(session, TAXI, BASE)
    assert await refreshed() is not None
    assert await refreshed() is None
    clock.move_to(datetime.fromisoformat("2023-12-08T00:00:01+09:00"))
    assert (await refreshed()).manifest["as_of"] == "2023-12-08"


async def test_a_dump_that_differs_too_much_is_kept_aside_until_it_is_accepted(database: Database, publisher: Publisher) -> None:
    async with database.transaction(SYSTEM) as session:
        await importing.import_licenses(session, further(200, 1200), law=law())
    first = await publish(publisher)
    assert first.manifest["counts"]["stations"] > churn.FEWEST_STATIONS
    async with database.transaction(SYSTEM) as session:
        await importing.import_licenses(session, further(1200, 1600), law=law())
    with pytest.raises(SuspiciousChurn) as refused:
        await publish(publisher)
    assert f"{publisher.root / 'refused'}" in str(refused.value.remedy)
    assert "20.0 %" in refused.value.message.en
    assert named(publisher.root)["latest"] == first.place.name
    aside = shelf.last(publisher.root, "refused")
    assert aside is not None
    assert aside["churn"] == {
        "added": 400,
        "removed": 0,
        "changed": 0,
        "expired": 0,
        "unexplained": 0,
        "percent": round(40_000 / first.manifest["counts"]["stations"], 2),
    }
    reading.valid(aside, publisher.root / "schemas" / "manifest.schema.json")
    accepted = await publish(publisher, accept_churn=True)
    assert named(publisher.root) == {"latest": accepted.place.name, "2023-12-07": accepted.place.name}
    assert accepted.manifest["previous"]["sequence"] == first.manifest["sequence"]
    assert (await publish(publisher)).manifest["churn"]["percent"] == 0


def _told(stations: int, sequence: int = 5) -> dict[str, Any]:
    return {"counts": {"stations": stations}, "sequence": sequence}


@pytest.mark.parametrize(
    ("before", "now", "suspicious"),
    [(1000, 1000, False), (1000, 1200, False), (1000, 1201, True), (1000, 799, True), (999, 1, False), (0, 500, False)],
)
async def test_rows_that_no_entry_of_the_feed_explains_are_suspicious(
    publisher: Publisher, before: int, now: int, suspicious: bool
) -> None:
    with publisher.database.snapshot() as connection:
        found = churn.since(connection, _told(before, 10**9), sequence=10**9, stations=now)
    assert found.unexplained == now - before
    assert churn.is_suspicious(found, _told(before), most=20) is suspicious


async def test_a_sequence_that_went_back_is_another_register(publisher: Publisher) -> None:
    with publisher.database.snapshot() as connection:
        found = churn.since(connection, _told(1000, 50), sequence=49, stations=1000)
    assert (found.added, found.removed, found.percent) == (1000, 1000, 200.0)


async def test_that_terms_end_is_counted_and_not_suspected(database: Database, publisher: Publisher) -> None:
    before = await publish(publisher)
    clock.move_to(datetime.fromisoformat("2026-01-01T01:00:00+09:00"))
    async with database.transaction(SYSTEM) as session:
        expired = await register.expire(session, law=law())
    after = await publish(publisher)
    assert expired > 0
    assert after.manifest["churn"]["expired"] == expired
    assert after.manifest["churn"]["percent"] == 0
    assert after.manifest["counts"]["by_status"]["expired"] > before.manifest["counts"]["by_status"]["expired"]


def test_the_schemas_and_the_guide_beside_the_program_are_current() -> None:
    found = {path.name: path.read_bytes() for path in (schemas.DOCS / "schemas").iterdir()}
    assert found == schemas.documents(), "run `python -m partner.registry.open_data.schemas`"
    page = (schemas.DOCS / schemas.GUIDE).read_text(encoding="utf-8")
    assert schemas.guide(page) == page, "run `python -m partner.registry.open_data.schemas`"


def test_every_file_has_its_media_type_and_every_schema_a_file() -> None:
    assert set(manifest.SCHEMA_FILES.values()) == set(schemas.documents())
    assert set(manifest.SCHEMA_FILES) <= set(manifest.MEDIA_TYPES)
    assert set(manifest.COLUMNS) == {table.file for table in columns.TABLES}


async def test_the_schemas_lie_beside_the_dumps(publisher: Publisher) -> None:
    dump = await publish(publisher)
    links = {urljoin("/open-data/latest/manifest.json", file["schema"]) for file in dump.manifest["files"] if file["schema"]}
    assert len(links) == 5
    assert all((publisher.root.parent / link.lstrip("/")).is_file() for link in links)
