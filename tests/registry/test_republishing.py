"""What is published follows the law: a rule of disclosure from its first day, a name of a code as soon as it is amended."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from partner import clock, regulation
from partner.database import SYSTEM, Database
from partner.registry import republishing, seeding
from partner.regulation import Law
from partner.settings import Settings
from tests.licensing import drafts
from tests.registry.samples import law

EVE = datetime.fromisoformat("2027-03-31T23:00:00+09:00")
DAY = datetime.fromisoformat("2027-04-01T00:30:00+09:00")


@pytest.fixture(autouse=True)
def _on_the_eve() -> Iterator[None]:
    clock._clock = clock.Clock(EVE)
    yield
    clock._clock = clock.Clock()


@pytest.fixture
def amended(tmp_path: Path) -> Law:
    return regulation.load(drafts.drafted(tmp_path / "regulation"))


async def published(database: Database) -> dict[str, Any]:
    """Names and class names of the stations in force, by station; and the feed by kind."""
    async with database.transaction(SYSTEM) as session:
        connection = await session.connection()
        names = await connection.execute(
            text("SELECT station_id, licensee_name, document FROM published_license WHERE upper_inf(recorded) AND licensee_kind = 'club'")
        )
        feed = (await connection.execute(text("SELECT count(*) FROM register_change WHERE cause = 'publication'"))).scalar_one()
        return {"clubs": {row[0]: row[1] for row in names}, "feed": feed}


async def test_a_rule_of_disclosure_is_carried_out_on_its_first_day(database: Database, amended: Law) -> None:
    await seeding.seed(database, amended, stations=300, seed=5, told=lambda _: None)
    await republishing.republish(database, amended)
    before = await published(database)
    assert "＊＊＊＊＊" not in before["clubs"].values()
    assert await republishing.republish(database, amended) == 0
    assert (await published(database)) == before

    clock._clock = clock.Clock(DAY)
    changed = await republishing.republish(database, amended)
    after = await published(database)
    assert changed >= len(before["clubs"]) > 0
    assert set(after["clubs"].values()) == {"＊＊＊＊＊"}
    assert after["feed"] - before["feed"] == changed
    assert await republishing.republish(database, amended) == 0
    assert await published(database) == after


async def test_what_was_written_by_the_law_of_the_day_is_left_alone(database: Database) -> None:
    await seeding.seed(database, law(), stations=300, seed=5, told=lambda _: None)
    await republishing.republish(database, law())
    before = await published(database)
    async with database.transaction(SYSTEM) as session:
        await (await session.connection()).execute(text("UPDATE import_progress SET name = 'forgotten' WHERE source = 'publication'"))
    assert await republishing.republish(database, law()) == 0
    assert await published(database) == before


async def test_a_name_of_a_code_is_carried_out_at_once(database: Database, tmp_path: Path) -> None:
    await seeding.seed(database, law(), stations=300, seed=5, told=lambda _: None)
    await republishing.republish(database, law())
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "named"))
    path = root / "codes/station-classes.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('ja: "アマチュア局"', 'ja: "アマチュア無線局"'), encoding="utf-8")
    renamed = regulation.load(root)
    assert republishing.fingerprint(renamed, date(2027, 3, 31)) != republishing.fingerprint(law(), date(2027, 3, 31))
    assert await republishing.republish(database, renamed) > 0
    async with database.transaction(SYSTEM) as session:
        rows = await (await session.connection()).execute(
            text("SELECT document FROM published_license WHERE upper_inf(recorded) AND station_class = 'AT'")
        )
        documents = [row[0] for row in rows]
    assert documents
    assert all("アマチュア無線局" in document for document in documents)


def test_what_publication_does_not_depend_on_is_no_reason(amended: Law) -> None:
    on = date(2027, 3, 31)
    other = dataclasses.replace(law(), windows=amended.windows, fees=amended.fees)
    assert republishing.fingerprint(other, on) == republishing.fingerprint(law(), on)
