"""What the register publishes can be imported again, and is the same again; what is withheld stays withheld."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import seeding
from partner.registry.broadcast_stations import broadcast_stations
from partner.registry.importing import import_licenses
from tests.conftest import Cluster
from tests.registry.acting import rows
from tests.registry.imports.files import AMATEUR, imported, troubles, write_csv, write_lines
from tests.registry.samples import law

CAPTURED = Path(__file__).parents[2] / "api" / "data" / "musen_list_JS2IIU_2023-12-07.json"
STANDING = """
SELECT DISTINCT ON (station_id) document::json AS document, musen::json AS musen FROM published_license
WHERE upper_inf(recorded) AND NOT suspended AND registration_standard IS NULL ORDER BY station_id, lower(valid) DESC
"""


@asynccontextmanager
async def another(cluster: Cluster, name: str) -> AsyncIterator[Database]:
    """A fresh register beside the one of the module."""
    cluster.create(name, "partner_template")
    opened = Database(cluster.url("partner_app", name), cluster.url("partner_public", name))
    try:
        async with opened.opened():
            yield opened
    finally:
        cluster.drop(name)


async def published(database: Database) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The stations and the MUSEN records of a register, in an order of their own."""
    async with database.transaction(SYSTEM) as session:
        found = await rows(session, STANDING)
    return [row["document"] for row in found], [row["musen"] for row in found]


def in_order(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda one: orjson.dumps(one, option=orjson.OPT_SORT_KEYS))


def without_ids(station: dict[str, Any]) -> dict[str, Any]:
    return {**station, "id": None, "licensee": {**station["licensee"], "id": station["licensee"]["id"] is not None}}


@pytest.fixture
async def seeded(database: Database) -> Database:
    """A few hundred synthetic stations, and the broadcast stations."""
    if (await seeding.seed(database, law(), stations=600, seed=3)).new:
        async with database.transaction(SYSTEM) as session:
            await import_licenses(session, broadcast_stations(law(), today=clock.today()), law=law())
    return database


async def test_our_open_data_give_the_same_stations_again(seeded: Database, cluster: Cluster, tmp_path: Path) -> None:
    stations, _ = await published(seeded)
    path = write_lines(tmp_path / "stations.jsonl", stations)
    async with another(cluster, "round_trip_documents") as other:
        assert await imported(other, path) == {"new": len(stations)}
        again, _ = await published(other)
    assert in_order([without_ids(one) for one in again]) == in_order([without_ids(one) for one in stations])
    assert troubles(path) == []


async def test_musen_lists_give_the_same_musen_lists_again(seeded: Database, cluster: Cluster, tmp_path: Path) -> None:
    _, records = await published(seeded)
    ended = [one for one in records if one["detailInfo"]["validTerms"]]
    path = tmp_path / "list.json"
    path.write_bytes(orjson.dumps({"musen": ended, "musenInformation": {"totalCount": str(len(ended)), "lastUpdateDate": ""}}))
    async with another(cluster, "round_trip_musen") as other:
        assert await imported(other, path) == {"new": len(ended)}
        _, again = await published(other)
    assert in_order(again) == in_order(ended)


async def test_the_captured_list_is_the_same_again_and_its_holder_one_person_without_a_name(cluster: Cluster, tmp_path: Path) -> None:
    captured = json.loads(CAPTURED.read_text(encoding="utf-8"))["musen"]
    stranger = json.loads(CAPTURED.read_text(encoding="utf-8").replace("JS2IIU", "JS2IIV"))
    path, other_path = tmp_path / "list.json", tmp_path / "other.json"
    path.write_bytes(CAPTURED.read_bytes())
    other_path.write_text(json.dumps(stranger), encoding="utf-8")
    async with another(cluster, "round_trip_captured") as other:
        assert await imported(other, path) == {"new": 2}
        _, again = await published(other)
        assert await imported(other, other_path) == {"new": 2}
        async with other.transaction(SYSTEM) as session:
            holders = await rows(session, "SELECT DISTINCT call_sign, licensee_id FROM license_version ORDER BY 1")
            names = await rows(session, "SELECT name, kind, address FROM licensee_version")
            public = await rows(session, "SELECT DISTINCT public_licensee_id AS id, licensee_search AS words FROM published_license")
    expected = [{**one, "listInfo": {key: value for key, value in one["listInfo"].items() if key != "no"}} for one in captured]
    assert in_order(again) == in_order(expected)
    assert list(again[0]["detailInfo"]) == list(captured[0]["detailInfo"])
    assert [row["call_sign"] for row in holders] == ["JS2IIU", "JS2IIV"]
    assert holders[0]["licensee_id"] != holders[1]["licensee_id"]
    assert names == [{"name": "＊＊＊＊＊", "kind": "individual", "address": None}] * 2
    assert public == [{"id": None, "words": ""}]


async def test_a_holder_whose_name_was_withheld_gets_it_and_keeps_it(cluster: Cluster, tmp_path: Path) -> None:
    withheld = AMATEUR | {
        "key": "1",
        "licensee_name": "＊＊＊＊＊",
        "licensee_name_kana": "",
        "licensee_address": "",
        "licensee_municipality": "",
    }
    named = AMATEUR | {"key": "1"}
    async with another(cluster, "round_trip_withheld") as other:
        assert await imported(other, write_csv(tmp_path / "a.csv", [withheld])) == {"new": 1}
        assert await imported(other, write_csv(tmp_path / "b.csv", [named])) == {"changed": 1}
        assert await imported(other, write_csv(tmp_path / "c.csv", [withheld | {"municipality": "13102"}])) == {"changed": 1}
        second = named | {"key": "2", "movement_area": "BBB"}
        assert await imported(other, write_csv(tmp_path / "d.csv", [second])) == {"new": 1}
        async with other.transaction(SYSTEM) as session:
            found = await rows(
                session,
                "SELECT v.name, l.municipality FROM license_version l JOIN licensee_version v ON v.id = l.licensee_version_id "
                "WHERE upper_inf(l.recorded) ORDER BY l.municipality",
            )
            sign = await rows(
                session, "SELECT DISTINCT v.name FROM call_sign c JOIN licensee_version v USING (licensee_id) WHERE upper_inf(c.recorded)"
            )
    assert found == [{"name": "総務　太郎", "municipality": "13101"}, {"name": "総務　太郎", "municipality": "13102"}]
    assert sign == [{"name": "総務　太郎"}]
