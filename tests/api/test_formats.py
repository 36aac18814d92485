"""The search in CSV, GeoJSON and NDJSON: the same stations as in JSON, and never cut off without a word."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx2
import orjson
import pytest

from partner.api.rest import formats
from tests.api.test_graphql import granted

__all__ = ["granted"]
ALL = {"status": "any"}


async def in_json(client: httpx2.AsyncClient, **asked: str) -> list[Any]:
    found: list[Any] = (await client.get("/api/v1/stations", params=ALL | asked)).json()["items"]
    return found


@pytest.mark.parametrize(("suffix", "media"), list(formats.SUFFIXES.items()))
async def test_suffix_and_accept_choose_the_same(client: httpx2.AsyncClient, suffix: str, media: str) -> None:
    by_suffix = await client.get(f"/api/v1/stations.{suffix}", params=ALL | {"limit": "2"})
    by_accept = await client.get("/api/v1/stations", params=ALL | {"limit": "2"}, headers={"Accept": media})
    assert by_suffix.status_code == by_accept.status_code == 200
    assert by_suffix.headers["content-type"].startswith(media)
    assert by_accept.headers["content-type"] == by_suffix.headers["content-type"]
    assert by_accept.headers["access-control-allow-origin"] == "*"
    if media == formats.CSV:
        assert by_suffix.text == by_accept.text


async def test_a_table_says_what_json_says_and_where_it_goes_on(client: httpx2.AsyncClient) -> None:
    documents = await in_json(client)
    found: list[dict[str, str]] = []
    address: str | None = "/api/v1/stations.csv?status=any&limit=2"
    while address is not None:
        answer = await client.get(address)
        found.extend(csv.DictReader(io.StringIO(answer.text)))
        address = answer.links["next"]["url"] if "next" in answer.links else None
    assert [row["id"] for row in found] == [document["id"] for document in documents]
    assert [row["license_status"] for row in found] == [document["license"]["status"] for document in documents]
    assert [row["licensee_name"] for row in found] == [document["licensee"]["name"] for document in documents]
    assert [row["moves"] for row in found] == [orjson.dumps(document["moves"]).decode() for document in documents]
    assert [row["assignments"] for row in found] == [str(len(document["assignments"])) for document in documents]


async def test_a_feature_lies_at_the_centroid_of_its_municipality(client: httpx2.AsyncClient) -> None:
    body = (await client.get("/api/v1/stations.geojson", params=ALL | {"limit": "2", "count": "exact"})).json()
    assert (body["type"], body["total"]) == ("FeatureCollection", 5)
    assert body["next_cursor"]
    longitude, latitude = body["features"][0]["geometry"]["coordinates"]
    assert (round(longitude), round(latitude)) == (140, 36)
    assert [one["properties"] for one in body["features"]] == (await in_json(client))[:2]


async def test_a_stream_has_everything_in_the_order_of_the_search(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "AT_A_TIME", 2)
    answer = await client.get("/api/v1/stations.ndjson", params=ALL | {"sort": "-licensee"})
    assert [orjson.loads(line) for line in answer.text.splitlines()] == await in_json(client, sort="-licensee")
    page = await client.get("/api/v1/stations.ndjson", params=ALL | {"limit": "2"})
    assert len(page.text.splitlines()) == 2
    assert 'rel="next"' in page.headers["link"]


async def test_what_is_not_offered_is_refused_by_name(client: httpx2.AsyncClient) -> None:
    refused = await client.get("/api/v1/stations", headers={"Accept": "application/xml, text/csv;q=0"})
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
    for accept in ("*/*", "text/html, application/xhtml+xml, */*;q=0.8", "application/json", "application/*"):
        assert (await client.get("/api/v1/stations", headers={"Accept": accept})).headers["content-type"] == "application/json"
    preferred = await client.get("/api/v1/stations", headers={"Accept": "application/json;q=0.5, text/csv"})
    assert preferred.headers["content-type"].startswith("text/csv")


async def test_a_format_has_a_tag_of_its_own(client: httpx2.AsyncClient) -> None:
    tag = (await client.get("/api/v1/stations", headers={"Accept": "text/csv"})).headers["etag"]
    assert tag != (await client.get("/api/v1/stations")).headers["etag"]
    assert (await client.get("/api/v1/stations", headers={"Accept": "text/csv", "If-None-Match": tag})).status_code == 304
    assert (await client.get("/api/v1/stations", headers={"If-None-Match": tag})).status_code == 200


@pytest.mark.parametrize(("name", "many"), [("千代田", 4), ("ﾁﾖﾀﾞ", 0), ("tokyo", 5), ("東京都千代田区", 4), ("どこにもない", 0)])
async def test_a_place_is_found_by_its_name(client: httpx2.AsyncClient, name: str, many: int) -> None:
    found = (await client.get("/api/v1/stations", params=ALL | {"place": name, "count": "exact"})).json()
    assert found["total"] == len(found["items"])
    assert bool(found["total"]) is bool(many)
