"""A file that changes a station of which a day has withdrawn everything: the feed tells of the day first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import service as register
from tests.conftest import Cluster
from tests.registry.imports.files import bases, feed, imported, write_csv
from tests.registry.samples import law

FIRE_SERVICE = "FIR"


@pytest.fixture(autouse=True)
def january() -> Iterator[None]:
    clock._clock = clock.Clock(clock.start_of_day(date(2025, 1, 15)))
    yield
    clock._clock = clock.Clock()


@pytest.fixture
def database_name(cluster: Cluster) -> Iterator[str]:
    cluster.create("import_withdrawn", "partner_template")
    yield "import_withdrawn"
    cluster.drop("import_withdrawn")


async def test_a_withdrawal_that_the_daily_work_has_not_told_yet_is_told_before_the_record(database: Database, tmp_path: Path) -> None:
    await imported(database, write_csv(tmp_path / "a.csv", bases(2)))
    async with database.transaction(SYSTEM) as session:
        held = await register.license_by_number(session, "関基第1号")
        assert held is not None
        secret = replace(held.facts, purposes=(FIRE_SERVICE,))
        await register.modify(session, held.station_id, effective_on=date(2025, 2, 1), facts=secret, cause="x", law=law())
    clock.move_to(clock.start_of_day(date(2025, 2, 1)))
    again = bases(1, purposes=FIRE_SERVICE, note="甲")
    assert await imported(database, write_csv(tmp_path / "b.csv", again)) == {"changed": 1}
    entries: list[dict[str, Any]] = [one for one in await feed(database) if one["station_id"] == held.station_id]
    assert [(one["kind"], one["after"] is None) for one in entries] == [("granted", False), ("modified", False), ("modified", True)]
    async with database.transaction(SYSTEM) as session:
        assert await register.take_effect(session, on=date(2025, 2, 1), law=law()) == 0
