"""A license without end (電波法13条2項): its last day is null on every surface, and it comes after all that end when sorted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import httpx2
import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import republishing
from partner.registry import service as register
from partner.registry.facts import License
from partner.regulation.periods import WITHOUT_END
from tests.api.conftest import get
from tests.registry.acting import changes, grant
from tests.registry.samples import BASE, TAXI, law

SHIP = replace(BASE, station_class="MS", identification="みどりまる", moves=True, site_address=None)


@pytest.fixture
async def ships(database: Database) -> list[License]:
    """Three ships: the license of one ends, those of the others do not."""
    async with database.transaction(SYSTEM) as session:
        return [await grant(session, TAXI, SHIP, valid_to=last) for last in (WITHOUT_END, date(2025, 5, 31), WITHOUT_END)]


async def found(client: httpx2.AsyncClient, ships: list[License], **asked: Any) -> list[Any]:
    items = (await get(client, "/api/v1/stations", station_class="MS", limit=1000, **asked))["items"]
    ids = {str(ship.station_id) for ship in ships}
    return [one["license"]["valid_to"] for one in items if one["id"] in ids]


async def test_it_is_sorted_after_all_that_end(client: httpx2.AsyncClient, ships: list[License]) -> None:
    assert await found(client, ships, sort="valid_to") == ["2025-05-31", None, None]
    assert await found(client, ships, sort="-valid_to") == [None, None, "2025-05-31"]


async def test_a_cursor_goes_through_what_has_no_end(client: httpx2.AsyncClient, ships: list[License]) -> None:
    for sort in ("valid_to", "-valid_to"):
        seen, cursor = [], None
        while True:
            page = await get(client, "/api/v1/stations", station_class="MS", sort=sort, limit=1, **({"cursor": cursor} if cursor else {}))
            seen += [one["id"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen))
        assert {str(ship.station_id) for ship in ships} <= set(seen)


async def test_it_is_in_force_as_long_as_can_be_asked(client: httpx2.AsyncClient, ships: list[License]) -> None:
    assert await found(client, ships, as_of="2999-12-31") == [None, None]
    assert await found(client, ships, as_of="2999-12-31", status="expired") == ["2025-05-31"]
    assert await found(client, ships, as_of="2020-05-31") == []
    counted = await get(client, "/api/v1/stations", station_class="MS", as_of="2999-12-31", count="exact", limit=1)
    assert counted["total"] == len((await get(client, "/api/v1/stations", station_class="MS", as_of="2999-12-31", limit=1000))["items"])


async def test_it_is_shown_alone_in_graphql_and_in_its_history(client: httpx2.AsyncClient, ships: list[License]) -> None:
    station = str(ships[0].station_id)
    shown = (await get(client, f"/api/v1/stations/{station}"))["license"]
    assert (shown["valid_to"], shown["status"]) == (None, "in_force")
    query = f'{{ station(id: "{station}") {{ license {{ validFrom validTo status }} }} }}'
    answer = (await client.post("/graphql", json={"query": query})).json()
    assert answer["data"]["station"]["license"] == {"validFrom": "2020-06-01", "validTo": None, "status": "in_force"}
    versions = (await get(client, f"/api/v1/stations/{station}/history"))["items"]
    assert [(one["holds_from"], one["holds_to"]) for one in versions] == [("2020-06-01", None)]
    assert "9999" not in str(versions)


async def test_musen_has_the_word_of_the_law(client: httpx2.AsyncClient, ships: list[License]) -> None:
    asked = {"ST": "1", "OF": "2", "OW": "MS", "DA": "1", "SC": "1", "DC": "1"}
    records = (await get(client, "/musen/list", **asked))["musen"]
    assert sorted(one["detailInfo"]["validTerms"] for one in records)[-2:] == ["無期限", "無期限"]


async def test_it_never_expires_and_the_feed_mirrors_it(client: httpx2.AsyncClient, database: Database, ships: list[License]) -> None:
    station = ships[0].station_id
    async with database.transaction(SYSTEM) as session:
        await register.expire(session, on=date(2999, 12, 31), law=law())
        await register.take_effect(session, on=date(2023, 12, 8), law=law())
        entries = await changes(session, station)
    assert [one["kind"] for one in entries] == ["granted"]
    assert entries[0]["after"] == await get(client, f"/api/v1/stations/{station}")


async def test_it_can_be_ended_changed_and_published_anew(client: httpx2.AsyncClient, database: Database, ships: list[License]) -> None:
    station = ships[2].station_id
    async with database.transaction(SYSTEM) as session:
        changed = replace(SHIP, identification="あおまる")
        await register.modify(session, station, effective_on=date(2023, 12, 1), facts=changed, cause="x", law=law())
    versions = (await get(client, f"/api/v1/stations/{station}/history"))["items"]
    assert [one["holds_to"] for one in versions] == [None, "2023-11-30", None]
    await republishing.republish(database, law())
    async with database.transaction(SYSTEM) as session:
        await register.end(session, station, ends_on=clock.today(), cause="x", law=law())
    shown = (await get(client, f"/api/v1/stations/{station}"))["license"]
    assert (shown["valid_to"], shown["status"]) == ("2023-12-06", "ended")
