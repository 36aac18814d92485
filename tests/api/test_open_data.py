"""Dumps over HTTP: whole, in ranges, conditionally; nothing else of the disk; and how fresh they are."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

import httpx2
import orjson
import pytest

from partner.database import SYSTEM, Database
from partner.registry.open_data import dumps, shelf
from partner.registry.open_data.dumps import Dump, Publisher
from partner.settings import Settings
from tests.api.conftest import get
from tests.registry.acting import grant
from tests.registry.samples import BASE, FIXED, TARO, TAXI, law

CSV = "/open-data/latest/stations.csv"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("open-data")


@pytest.fixture
def settings(place: Path) -> Settings:
    return Settings(mode="test", secret_key="a key for tests", data_dir=place, base_url="http://test")


@pytest.fixture
async def dump(database: Database, settings: Settings) -> Dump:
    """One dump for all tests of this module."""
    root = settings.open_data_root
    if (known := shelf.place_of(root, "latest")) is not None:
        return Dump(known, shelf.manifest(known))
    async with database.transaction(SYSTEM) as session:
        await grant(session, TARO, FIXED)
        await grant(session, TAXI, BASE)
    return await asyncio.to_thread(dumps.publish, Publisher(database, law(), settings, root))


@pytest.fixture
def content(dump: Dump) -> bytes:
    return (dump.place / "stations.csv").read_bytes()


async def test_every_file_of_the_manifest_is_served_with_its_type_and_checksum(client: httpx2.AsyncClient, dump: Dump) -> None:
    told = await get(client, "/open-data/latest/manifest.json")
    assert told == orjson.loads(orjson.dumps(dump.manifest))
    types = {}
    for file in told["files"]:
        for day in ("latest", told["as_of"]):
            answer = await client.get(f"/open-data/{day}/{file['name']}")
            assert answer.status_code == 200
            assert len(answer.content) == file["bytes"] == int(answer.headers["content-length"])
            assert hashlib.sha256(answer.content).hexdigest() == file["sha256"] == answer.headers["etag"].strip('"')
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["accept-ranges"] == "bytes"
            types[file["name"]] = answer.headers["content-type"]
        if file["schema"]:
            link = httpx2.URL("http://test/open-data/latest/manifest.json").join(file["schema"])
            schema = await client.get(str(link))
            assert (schema.status_code, schema.headers["content-type"]) == (200, "application/schema+json")
    assert types == {
        "stations.csv": "text/csv; charset=utf-8",
        "assignments.csv": "text/csv; charset=utf-8",
        "sites.csv": "text/csv; charset=utf-8",
        "codes.csv": "text/csv; charset=utf-8",
        "stations.jsonl": "application/x-ndjson",
        "stations.parquet": "application/vnd.apache.parquet",
        "catalog.jsonld": "application/ld+json",
    }


async def test_the_addresses_that_the_catalog_gives_things_answer(client: httpx2.AsyncClient, dump: Dump) -> None:
    """Every address of ours in the catalog, whether it names a thing or is where to fetch it."""
    listed = await get(client, "/open-data/")
    for name, entry in (("latest", listed["latest"]), (dump.manifest["as_of"], listed["items"][0])):
        answer = await client.get(f"/open-data/{name}/")
        assert answer.json() == entry
        assert (answer.headers["content-type"], answer.headers["access-control-allow-origin"]) == ("application/json", "*")
        again = await client.get(f"/open-data/{name}/", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        bare = await client.get(f"/open-data/{name}")
        assert (bare.status_code, bare.headers["location"]) == (307, f"http://test/open-data/{name}/")
        link = answer.headers["link"]
        assert link == f'<http://test/open-data/{name}/catalog.jsonld>; rel="describedby"; type="application/ld+json"'
    catalog = (await client.get("/open-data/latest/catalog.jsonld")).text
    ours = {one for one in re.findall(r'"(http://test/[^"]*)"', catalog) if one != "http://test/"}
    assert {"http://test/open-data/", "http://test/open-data/latest/"} <= ours
    for address in ours:
        assert (await client.head(address)).status_code == 200, address


async def test_a_line_is_what_the_route_of_the_station_answers(client: httpx2.AsyncClient, dump: Dump) -> None:
    for line in (await client.get("/open-data/latest/stations.jsonl")).content.splitlines():
        station = await client.get(f"/api/v1/stations/{orjson.loads(line)['id']}")
        assert station.content == line


RANGES = [
    ("bytes=0-9", slice(0, 10), "0-9"),
    ("bytes=10-", slice(10, None), "10-{last}"),
    ("bytes=-7", slice(-7, None), "{seventh}-{last}"),
    ("bytes=5-999999999", slice(5, None), "5-{last}"),
    ("bytes=-999999999", slice(0, None), "0-{last}"),
    ("bytes=3-3", slice(3, 4), "3-3"),
]


@pytest.mark.parametrize(("asked", "part", "told"), RANGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_range_is_answered_in_part(
    client: httpx2.AsyncClient, content: bytes, method: str, asked: str, part: slice, told: str
) -> None:
    answer = await client.request(method, CSV, headers={"Range": asked})
    expected = told.format(last=len(content) - 1, seventh=len(content) - 7)
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {expected}/{len(content)}"
    assert answer.headers["content-length"] == str(len(content[part]))
    assert answer.content == (content[part] if method == "GET" else b"")


async def test_several_ranges_come_in_parts(client: httpx2.AsyncClient, content: bytes) -> None:
    answer = await client.get(CSV, headers={"Range": "bytes=0-4, 10-14"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert answer.content.count(b"Content-Range: bytes ") == 2
    assert content[:5] + b"\r\n" in answer.content
    assert content[10:15] + b"\r\n" in answer.content


@pytest.mark.parametrize("asked", ["bytes=0-1,99999999999-", "bytes=99999999999-,0-1", "Bytes=-0, 0-1 ,999999999-9999999999"])
async def test_of_several_ranges_those_beyond_the_end_are_left_out(client: httpx2.AsyncClient, content: bytes, asked: str) -> None:
    answer = await client.get(CSV, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, content[:2])
    assert answer.headers["content-range"] == f"bytes 0-1/{len(content)}"


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=999999999-9999999999", "bytes=-0", "bytes=999999999-,-0,99999999999-"])
async def test_a_range_beyond_the_end_is_416(client: httpx2.AsyncClient, content: bytes, asked: str) -> None:
    answer = await client.get(CSV, headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(content)}")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["code"], told["errors"][0]["field"]) == (416, "range_not_satisfiable", "Range")
    assert str(len(content)) in told["detail"]
    assert told["remedy"]
    head = await client.head(CSV, headers={"Range": asked})
    assert (head.status_code, head.headers["content-range"]) == (416, f"bytes */{len(content)}")


async def test_a_range_of_another_version_is_not_asked_for(client: httpx2.AsyncClient, content: bytes) -> None:
    tag = (await client.head(CSV)).headers["etag"]
    for version, status in ((tag, 416), ('"another"', 200)):
        assert (await client.get(CSV, headers={"Range": "bytes=999999999-", "If-Range": version})).status_code == status
    assert (await client.get(CSV, headers={"Range": "bytes=0-1", "If-Range": tag})).content == content[:2]


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=a-b", "bytes=", "lines=1-2", "bytes", "bytes=٣-٤", "bytes=" + "9" * 5000 + "-"])
async def test_a_range_that_says_nothing_is_ignored(client: httpx2.AsyncClient, content: bytes, asked: str) -> None:
    answer = await client.get(CSV, headers=[(b"Range", asked.encode())])
    assert (answer.status_code, answer.content) == (200, content)


ELSEWHERE = [
    "/open-data/latest/../../mode",
    "/open-data/latest/..%2F..%2Fmode",
    "/open-data/latest/%2e%2e%2f%2e%2e%2fmode",
    "/open-data/../mode",
    "/open-data/..%2F/mode",
    "/open-data/%2e%2e/mode",
    "/open-data/.dumps/stations.csv",
    "/open-data/refused/stations.csv",
    "/open-data/latest/.lock",
    "/open-data/latest/%2Fetc%2Fpasswd",
    "/open-data/schemas/..%2F.lock",
    "/open-data/schemas/stations.csv",
    "/open-data/latest/stations.csv%00",
    "/open-data/latest/stations.CSV",
    "/open-data/2023-12-06/stations.csv",
    "/open-data/2023-12-7/stations.csv",
    "/open-data/9999-99-99/stations.csv",
    "/open-data/latest/link",
    "/open-data/schemas/",
    "/open-data/refused/",
    "/open-data/.dumps/",
    "/open-data/2023-12-06/",
    "/open-data/%2e%2e/",
]


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_nothing_else_of_the_disk_is_served(client: httpx2.AsyncClient, settings: Settings, dump: Dump, path: str) -> None:
    (settings.data_dir / "mode").write_text("demo", encoding="utf-8")
    shelf.point(settings.open_data_root, "refused", dump.place)
    (dump.place / "link").unlink(missing_ok=True)
    (dump.place / "link").symlink_to("/etc/passwd")
    answer = await client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in {"not_found", "unknown_file", "unknown_dump"}


async def test_preflights_name_what_ranges_need(client: httpx2.AsyncClient, dump: Dump) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    answer = await client.request("OPTIONS", CSV, headers=asked)
    assert answer.status_code == 204
    assert {"Range", "If-Range"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    shown = (await client.get(CSV)).headers["access-control-expose-headers"].split(", ")
    assert {"Accept-Ranges", "Content-Range", "ETag", "Last-Modified"} <= set(shown)


@pytest.mark.parametrize("path", ["/open-data/latest/stations.csv", "/open-data/", "/api/v1/freshness"])
async def test_nothing_is_written_there(client: httpx2.AsyncClient, dump: Dump, path: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert (await client.request(method, path)).status_code == 405
