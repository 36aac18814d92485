"""What readers see when a dump is published: the list, conditional requests, downloads under way, how fresh it all is."""

from __future__ import annotations

import asyncio
from datetime import datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest

from partner import clock
from partner.api import open_data
from partner.database import SYSTEM, Database
from partner.registry.open_data import dumps, shelf
from partner.registry.open_data.dumps import Dump, Publisher
from partner.settings import Settings
from tests.api.conftest import get
from tests.registry.acting import grant
from tests.registry.samples import BASE, FIXED, TARO, TAXI, law

CSV = "/open-data/latest/stations.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(mode="test", secret_key="a key for tests", data_dir=tmp_path, base_url="http://test")


@pytest.fixture
async def publisher(database: Database, settings: Settings) -> Publisher:
    async with database.transaction(SYSTEM) as session:
        await grant(session, TARO, FIXED)
        await grant(session, TAXI, BASE)
    return Publisher(database, law(), settings, settings.open_data_root)


@pytest.fixture
async def dump(publisher: Publisher) -> Dump:
    return await asyncio.to_thread(dumps.publish, publisher)


@pytest.fixture
def content(dump: Dump) -> bytes:
    return (dump.place / "stations.csv").read_bytes()


async def test_who_has_the_file_gets_304_and_a_range_only_of_the_same_file(
    client: httpx2.AsyncClient, publisher: Publisher, content: bytes
) -> None:
    whole = await client.get(CSV)
    tag, modified = whole.headers["etag"], whole.headers["last-modified"]
    assert not tag.startswith("W/")
    tags = [{"If-None-Match": known} for known in (tag, f'"other", {tag}', f"W/{tag}", "*")]
    for known in (*tags, {"If-Modified-Since": modified}):
        answer = await client.get(CSV, headers=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    for unknown in ({"If-None-Match": '"other"', "If-Modified-Since": modified}, {"If-Modified-Since": formatdate(0, usegmt=True)}):
        assert (await client.get(CSV, headers=unknown)).status_code == 200
    assert (await client.get(CSV, headers={"If-Modified-Since": "yesterday"})).status_code == 200
    for same in (tag, modified):
        assert (await client.get(CSV, headers={"Range": "bytes=0-4", "If-Range": same})).content == content[:5]
    async with publisher.database.transaction(SYSTEM) as session:
        await grant(session, TAXI, BASE)
    await asyncio.to_thread(dumps.publish, publisher)
    other = await client.get(CSV, headers={"Range": "bytes=0-4", "If-Range": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag
    assert (await client.get(CSV, headers={"If-None-Match": tag})).status_code == 200


async def test_a_download_goes_on_undisturbed_when_latest_is_switched(
    client: httpx2.AsyncClient, publisher: Publisher, content: bytes
) -> None:
    found = open_data.find(publisher.root, "latest", "stations.csv")
    assert found is not None
    async with publisher.database.transaction(SYSTEM) as session:
        await grant(session, TAXI, BASE)
    await asyncio.to_thread(dumps.publish, publisher)
    assert found.path.read_bytes() == content
    assert (await client.get(CSV)).content != content


async def test_before_there_is_a_dump_the_list_is_empty_and_files_are_not_found(client: httpx2.AsyncClient) -> None:
    assert await get(client, "/open-data/") == {"latest": None, "items": []}
    assert (await client.get("/open-data/latest/manifest.json")).status_code == 404
    fresh = await get(client, "/api/v1/freshness")
    assert (fresh["dump"], fresh["next_dump_due"][:19]) == (None, fresh["now"][:19])


async def test_the_list_has_every_day_the_last_one_first(client: httpx2.AsyncClient, publisher: Publisher, dump: Dump) -> None:
    clock.move_to(datetime.fromisoformat("2023-12-08T00:10:00+09:00"))
    await asyncio.to_thread(dumps.publish, publisher)
    listed = await get(client, "/open-data/")
    jsonschema.validate(listed, open_data.DUMPS)
    assert [one["as_of"] for one in listed["items"]] == ["2023-12-08", "2023-12-07"]
    for one in [listed["latest"], *listed["items"]]:
        assert (await get(client, one["manifest"]))["as_of"] == one["as_of"]
        assert all([(await client.head(file["url"])).status_code == 200 for file in one["files"]])
    answer = await client.get("/open-data/")
    assert (await client.get("/open-data/", headers={"If-None-Match": answer.headers["etag"]})).status_code == 304
    assert (await client.get("/open-data/?page=2")).status_code == 400


async def test_freshness_says_how_far_the_dump_is_behind(client: httpx2.AsyncClient, publisher: Publisher, dump: Dump) -> None:
    first = await client.get("/api/v1/freshness")
    told = first.json()
    jsonschema.validate(told, open_data.FRESHNESS)
    assert told["dump"]["sequence"] == told["sequence"] == dump.manifest["sequence"]
    assert told["dump"]["changes_behind"] == 0
    assert told["next_dump_due"] == "2023-12-07T15:00:00+00:00"  # midnight in Japan
    assert (await get(client, told["dump"]["url"]))["sequence"] == told["sequence"]
    known = {"If-None-Match": first.headers["etag"]}
    assert (await client.get("/api/v1/freshness", headers=known)).status_code == 304
    async with publisher.database.transaction(SYSTEM) as session:
        await grant(session, TAXI, BASE)
        await grant(session, TAXI, BASE)
    second = await client.get("/api/v1/freshness", headers=known)
    assert (second.status_code, second.json()["dump"]["changes_behind"]) == (200, 2)
    await asyncio.to_thread(dumps.publish, publisher)
    third = await client.get("/api/v1/freshness", headers={"If-None-Match": second.headers["etag"]})
    assert (third.status_code, third.json()["dump"]["changes_behind"], third.headers["access-control-allow-origin"]) == (200, 0, "*")


async def test_freshness_tells_of_a_dump_that_was_refused(client: httpx2.AsyncClient, publisher: Publisher, dump: Dump) -> None:
    assert (await get(client, "/api/v1/freshness"))["refused"] is None
    shelf.point(publisher.root, "refused", dump.place)
    refused: Any = (await get(client, "/api/v1/freshness"))["refused"]
    assert refused["sequence"] == dump.manifest["sequence"]
