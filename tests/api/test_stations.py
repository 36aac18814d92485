"""The register as programs read it: search, pages, time, conditional requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, License, LicenseeFacts, LicenseFacts
from tests.api.conftest import codes_of, get
from tests.registry.samples import BASE, CLUB, FIXED, HANAKO, MOBILE, TARO, TAXI, law

TERM = (date(2020, 6, 1), date(2025, 5, 31))
OSAKA = LicenseeFacts(
    "corporation", "なにわ無線サービス株式会社", "ナニワムセンサービス", "1000000000003", municipality="27127", address="梅田"
)


async def grant(session: AsyncSession, licensee: LicenseeFacts, facts: LicenseFacts, **given: Any) -> License:
    licensee_id = await register.record_licensee(session, licensee)
    given = {"licensed_on": TERM[0], "valid_to": TERM[1], **given}
    return await register.record(session, facts, licensee_id=licensee_id, law=law(), cause="test", **given)


KEPT: dict[str, dict[str, License]] = {}


@pytest.fixture
async def granted(database: Database, database_name: str) -> dict[str, License]:
    """The stations of this module, recorded once."""
    if database_name not in KEPT:
        KEPT[database_name] = await _granted(database)
    return KEPT[database_name]


async def _granted(database: Database) -> dict[str, License]:
    async with database.transaction(SYSTEM) as session:
        number = "関Ａ第900001号"
        if await register.license_by_number(session, number) is None:
            osaka = replace(BASE, bureau="E", municipality="27127", purposes=("x-public",))
            await grant(session, TARO, FIXED, call_sign="JA1QRZ", license_number=number)
            await grant(session, HANAKO, MOBILE, call_sign="JA1YYX", license_number="関Ａ第900002号")
            await grant(session, CLUB, MOBILE, call_sign="JA1RL", license_number="関Ａ第900003号", licensed_on=date(2021, 1, 1))
            await grant(session, TAXI, BASE, license_number="関Ｂ第900004号")
            await grant(session, OSAKA, osaka, license_number="近Ｂ第900005号")
            await grant(session, TAXI, BASE, license_number="関Ｂ第900006号", licensed_on=date(2017, 6, 1), valid_to=date(2022, 5, 31))
            await grant(session, TAXI, BASE, license_number="関Ｂ第900007号", licensed_on=date(2024, 4, 1), valid_to=date(2029, 3, 31))
            ended = await grant(session, TAXI, BASE, license_number="関Ｂ第900008号")
            await register.end(session, ended.station_id, ends_on=date(2022, 1, 31), cause="test", law=law())
    names = {"taro": 1, "hanako": 2, "club": 3, "taxi": 4, "osaka": 5, "expired": 6, "not_yet": 7, "ended": 8}
    async with database.transaction(SYSTEM) as session:
        found = {}
        for name, number_of in names.items():
            prefix = "近" if name == "osaka" else "関"
            letter = "Ａ" if number_of <= 3 else "Ｂ"
            license_ = await register.license_by_number(session, f"{prefix}{letter}第90000{number_of}号")
            assert license_ is not None
            found[name] = license_
    return found


def named(body: dict[str, Any], granted: dict[str, License]) -> list[str]:
    """The short names of the stations found, in order."""
    names = {str(license_.station_id): name for name, license_ in granted.items()}
    return [names[item["id"]] for item in body["items"]]


IN_FORCE = {"taro", "hanako", "club", "taxi", "osaka"}


async def test_station_has_the_published_form(client: httpx2.AsyncClient, granted: dict[str, License]) -> None:
    found = await get(client, f"/api/v1/stations/{granted['taro'].station_id}")
    assert found["call_sign"] == "JA1QRZ"
    assert found["station_class"] == {"code": "AT", "name": {"ja": "アマチュア局", "en": "Amateur station"}}
    assert found["licensee"] == {"id": None, "name": "＊＊＊＊＊", "kind": "individual", "corporate_number": None}
    assert found["license"]["status"] == "in_force"
    assert (found["license"]["valid_from"], found["license"]["valid_to"]) == ("2020-06-01", "2025-05-31")
    assert found["location"]["municipality_code"] == "13101"
    first, second = found["assignments"]
    assert (first["emission"], first["frequency_hz"], first["power_w"]) == ("3HA", 7_100_000, 50)
    assert second["power_w"] == 0.8
    assert "太郎" not in str(found)


async def test_unknown_stations_are_not_found(client: httpx2.AsyncClient) -> None:
    for name in ("00000000-0000-0000-0000-000000000000", "nothing", "1"):
        answer = await client.get(f"/api/v1/stations/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_station")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, IN_FORCE),
        ({"status": "any"}, IN_FORCE | {"expired", "not_yet", "ended"}),
        ({"status": ["expired", "ended"]}, {"expired", "ended"}),
        ({"status": "not_yet"}, {"not_yet"}),
        ({"status": "suspended"}, set()),
        ({"call_sign": "JA1QRZ"}, {"taro"}),
        ({"call_sign": "ｊａ１ｑｒｚ"}, {"taro"}),
        ({"call_sign": "ja1*"}, {"taro", "hanako", "club"}),
        ({"call_sign": "JA1"}, set()),
        ({"call_sign": ["JA1QRZ", "ja1r*"]}, {"taro", "club"}),
        ({"licensee": "みどり"}, {"taxi"}),
        ({"licensee": "ミドリ"}, {"taxi"}),
        ({"licensee": "線"}, {"club", "osaka"}),
        ({"licensee": "サ-ビス"}, {"osaka"}),
        ({"licensee": "太郎"}, set()),
        ({"licensee": "＊"}, set()),
        ({"licensee": "%"}, set()),
        ({"station_class": "FB"}, {"taxi", "osaka"}),
        ({"station_class": ["FB", "AT"], "bureau": "A"}, {"taro", "hanako", "club", "taxi"}),
        ({"bureau": "E"}, {"osaka"}),
        ({"prefecture": "27"}, {"osaka"}),
        ({"municipality": "27100"}, {"osaka"}),
        ({"municipality": "13101"}, {"taro", "hanako", "club", "taxi"}),
        ({"purpose": "x-public"}, {"osaka"}),
        ({"emission": "f3e"}, {"taxi", "osaka"}),
        ({"emission": "8K50F3E"}, {"taxi", "osaka"}),
        ({"emission": "4AM"}, {"hanako", "club"}),
        ({"emission": "3VA"}, {"taro"}),
        ({"frequency_from": "145MHz", "frequency_to": "145MHz"}, {"taro"}),
        ({"frequency_from": "7.1 mhz", "frequency_to": "7200kHz"}, {"taro"}),
        ({"frequency_from": "467000001"}, set()),
        ({"frequency_from": "467000000"}, {"taxi", "osaka"}),
        ({"frequency_to": "7100000"}, {"taro"}),
        ({"power_min": "50"}, {"taro"}),
        ({"power_max": "800mW"}, {"taro"}),
        ({"power_min": "50", "frequency_from": "100MHz"}, set()),
        ({"licensed_from": "2021-01-01"}, {"club"}),
        ({"licensed_to": "2020-12-31"}, IN_FORCE - {"club"}),
        ({"near": "34.70,135.50", "radius_km": "20"}, {"osaka"}),
        ({"near": "35.69,139.75", "radius_km": "5"}, {"taro", "hanako", "club", "taxi"}),
        ({"near": "0,0", "radius_km": "10"}, set()),
        ({"near": "34.69999999999999573,135.5", "radius_km": "20.000000000000004"}, {"osaka"}),
        ({"near": "1e-05,1.5e1", "radius_km": "1e1"}, set()),
        ({"power_min": "49.99999999999999289"}, {"taro"}),
        ({"as_of": "2020-05-31"}, {"expired"}),
        ({"as_of": "2025-05-31"}, {"taro", "hanako", "taxi", "osaka", "club", "not_yet"}),
        ({"as_of": "2025-06-01"}, {"not_yet"}),
        ({"as_of": "2022-01-30", "station_class": "FB"}, {"taxi", "osaka", "expired", "ended"}),
        ({"as_of": "2022-01-31", "station_class": "FB"}, {"taxi", "osaka", "expired"}),
        ({"known_at": "2020-01-01T00:00:00Z", "status": "any"}, set()),
        ({"known_at": "2023-12-07", "bureau": "E"}, {"osaka"}),
    ],
)
async def test_filters(client: httpx2.AsyncClient, granted: dict[str, License], parameters: dict[str, Any], expected: set[str]) -> None:
    body = await get(client, "/api/v1/stations", **parameters, count="exact")
    assert set(named(body, granted)) == expected
    assert body["total"] == len(expected)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("limit=0", "limit", "out_of_range"),
        ("limit=1001", "limit", "out_of_range"),
        ("limit=ten", "limit", "out_of_range"),
        ("limit=1&limit=2", "limit", "repeated"),
        ("color=red", "color", "unknown_parameter"),
        ("call_sign=", "call_sign", "empty"),
        ("call_sign=JA1%00", "call_sign", "forbidden_character"),
        ("call_sign=%F0%28", "call_sign", "not_utf8"),
        ("call_sign=" + "A" * 300, "call_sign", "too_long"),
        ("call_sign=*JA", "call_sign", "not_a_call_sign"),
        ("station_class=ZZ", "station_class", "unknown_value"),
        ("bureau=Z", "bureau", "unknown_value"),
        ("prefecture=48", "prefecture", "unknown_value"),
        ("municipality=99999", "municipality", "unknown_value"),
        ("status=alive", "status", "unknown_value"),
        ("sort=name", "sort", "unknown_value"),
        ("count=yes", "count", "unknown_value"),
        ("frequency_from=145MHz&frequency_to=144MHz", "frequency_from", "contradiction"),
        ("frequency_from=145MHzkHz", "frequency_from", "not_a_quantity"),
        ("frequency_from=1.5", "frequency_from", "not_whole_hertz"),
        ("frequency_from=4000GHz", "frequency_from", "out_of_range"),
        ("frequency_from=-1", "frequency_from", "not_a_quantity"),
        ("power_min=2&power_max=1", "power_min", "contradiction"),
        ("power_min=NaN", "power_min", "not_a_quantity"),
        ("licensed_from=2021-02-29", "licensed_from", "not_a_date"),
        ("licensed_from=2021-03-01&licensed_to=2021-02-01", "licensed_from", "contradiction"),
        ("as_of=tomorrow", "as_of", "not_a_date"),
        ("known_at=2021-01-01T00:00:00", "known_at", "not_an_instant"),
        ("near=35,139", "radius_km", "required"),
        ("radius_km=5", "near", "required"),
        ("near=91,139&radius_km=5", "near", "out_of_range"),
        ("near=1e999,139&radius_km=5", "near", "out_of_range"),
        ("near=nan,139&radius_km=5", "near", "not_a_point"),
        ("near=35,139&radius_km=-5", "radius_km", "out_of_range"),
        ("cursor=abc", "cursor", "invalid_cursor"),
        ("cursor=%E3%81%82", "cursor", "invalid_cursor"),
    ],
)
async def test_nonsense_is_refused_by_name(
    client: httpx2.AsyncClient, granted: dict[str, License], query: str, field: str, code: str
) -> None:
    answer = await client.get(f"/api/v1/stations?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert codes_of(answer)[field] == code


@pytest.mark.parametrize("sort", ["id", "-id", "call_sign", "-call_sign", "licensee", "-licensee", "licensed_on", "-valid_to", "valid_to"])
@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_meet_every_station_once_in_one_order(
    client: httpx2.AsyncClient, granted: dict[str, License], sort: str, limit: int
) -> None:
    whole = named(await get(client, "/api/v1/stations", status="any", sort=sort, limit=100), granted)
    assert set(whole) == set(granted)
    met: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        body = await get(client, "/api/v1/stations", status="any", sort=sort, limit=limit, **cursor)
        met += named(body, granted)
        if body["next_cursor"] is None:
            break
        assert len(body["items"]) == limit
        cursor = {"cursor": body["next_cursor"]}
    assert met == whole


async def test_stations_without_call_sign_come_last_either_way(client: httpx2.AsyncClient, granted: dict[str, License]) -> None:
    for sort, first in (("call_sign", ["taro", "club", "hanako"]), ("-call_sign", ["hanako", "club", "taro"])):
        body = await get(client, "/api/v1/stations", sort=sort)
        assert [item["call_sign"] is None for item in body["items"]] == [False, False, False, True, True]
        assert named(body, granted)[:3] == first


async def test_cursor_belongs_to_its_search_and_is_signed(client: httpx2.AsyncClient, granted: dict[str, License]) -> None:
    body = await get(client, "/api/v1/stations", limit=1, status="any")
    cursor = body["next_cursor"]
    for other in (
        {"status": "in_force"},
        {"status": "any", "bureau": "A"},
        {"status": "any", "sort": "-id"},
        {"status": "any", "as_of": "2023-01-01"},
    ):
        answer = await client.get("/api/v1/stations", params={**other, "cursor": cursor})
        assert (answer.status_code, codes_of(answer)) == (400, {"cursor": "cursor_mismatch"})
    forged = cursor[:-2] + ("AA" if not cursor.endswith("AA") else "BB")
    answer = await client.get("/api/v1/stations", params={"status": "any", "cursor": forged})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    free = await get(client, "/api/v1/stations", status="any", cursor=cursor, limit=100, count="exact")
    assert len(free["items"]) == len(granted) - 1


def other_ways_to_write(cursor: str) -> list[str]:
    """Texts that a lenient reader of base64 takes for the same bytes."""
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(cursor[-1])
    spare = {2: 15, 3: 3}.get(len(cursor) % 4, 0)  # bits of the last character that stand for nothing
    twisted = cursor[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1 if spare else last]
    found = [f"{cursor}=", f"{cursor}==", f"{cursor}====", f"={cursor}", f"{cursor} ", cursor.replace("-", "+").replace("_", "/"), twisted]
    return [one for one in dict.fromkeys(found) if one != cursor]


async def test_a_cursor_is_accepted_as_it_was_given_and_no_other_way(client: httpx2.AsyncClient, granted: dict[str, License]) -> None:
    for sort in ("id", "call_sign", "licensee", "licensed_on"):
        asked = {"sort": sort, "status": "any", "limit": "1"}
        cursor = (await get(client, "/api/v1/stations", **asked))["next_cursor"]
        assert (await client.get("/api/v1/stations", params={**asked, "cursor": cursor})).status_code == 200
        for other in other_ways_to_write(cursor):
            answer = await client.get("/api/v1/stations", params={**asked, "cursor": other})
            assert (answer.status_code, answer.json()["code"], codes_of(answer)) == (400, "invalid_cursor", {"cursor": "invalid_cursor"}), (
                other
            )
            query = f'{{ stations(first: 1, orderBy: "{sort}", filter: {{status: "any"}}, after: "{other}") {{ edges {{ cursor }} }} }}'
            [error] = (await client.post("/graphql", json={"query": query})).json()["errors"]
            assert (error["extensions"]["code"], error["extensions"]["errors"][0]["field"]) == ("invalid_cursor", "after")


async def test_cursor_goes_on_with_the_view_of_its_first_page(
    client: httpx2.AsyncClient, granted: dict[str, License], database: Database
) -> None:
    first = await get(client, "/api/v1/stations", limit=1, sort="-licensed_on", bureau="A")
    async with database.transaction(SYSTEM) as session:
        late = await grant(session, TAXI, BASE, license_number=f"関Ｂ第{clock.timestamp()}号", licensed_on=date(2018, 1, 1))
    rest = await get(client, "/api/v1/stations", sort="-licensed_on", bureau="A", cursor=first["next_cursor"])
    assert str(late.station_id) not in [item["id"] for item in rest["items"]]
    again = await get(client, "/api/v1/stations", sort="-licensed_on", bureau="A")
    assert str(late.station_id) in [item["id"] for item in again["items"]]
    async with database.transaction(SYSTEM) as session:
        await register.end(session, late.station_id, ends_on=date(2018, 2, 1), cause="test", law=law())
    granted["late"] = late


async def test_license_expires_at_midnight_without_a_write(client: httpx2.AsyncClient, granted: dict[str, License]) -> None:
    address = f"/api/v1/stations/{granted['taro'].station_id}"
    clock.move_to(datetime.fromisoformat("2025-05-31T23:59:50+09:00"))
    before = await client.get(address)
    assert before.json()["license"]["status"] == "in_force"
    tag = {"If-None-Match": before.headers["etag"]}
    assert (await client.get(address, headers=tag)).status_code == 304
    clock.move_to(datetime.fromisoformat("2025-06-01T00:00:00+09:00"))
    after = await client.get(address, headers=tag)
    assert (after.status_code, after.json()["license"]["status"]) == (200, "expired")
    assert (await get(client, "/api/v1/stations", call_sign="JA1QRZ", count="exact"))["total"] == 0


async def test_tag_changes_with_a_write_and_head_has_no_body(
    client: httpx2.AsyncClient, granted: dict[str, License], database: Database
) -> None:
    before = await client.get("/api/v1/stations?bureau=A")
    tag = {"If-None-Match": before.headers["etag"]}
    unchanged = await client.get("/api/v1/stations?bureau=A", headers=tag)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await client.get("/api/v1/stations?bureau=E", headers=tag)).status_code == 200
    head = await client.head("/api/v1/stations?bureau=A")
    assert (head.status_code, head.headers["etag"]) == (200, before.headers["etag"])
    async with database.transaction(SYSTEM) as session:
        facts = replace(MOBILE, assignments=(AssignmentFacts(bundle="2AM"),))
        await register.modify(session, granted["club"].station_id, effective_on=date(2023, 12, 7), facts=facts, cause="test", law=law())
    after = await client.get("/api/v1/stations?bureau=A", headers=tag)
    assert after.status_code == 200
    assert after.json()["registry"]["sequence"] > before.json()["registry"]["sequence"]


async def test_other_sites_may_read(client: httpx2.AsyncClient, granted: dict[str, License]) -> None:
    asked = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    preflight = await client.options("/api/v1/stations", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in preflight.headers
    assert (await client.get("/api/v1/stations")).headers["access-control-allow-origin"] == "*"


async def test_history_and_difference(client: httpx2.AsyncClient, granted: dict[str, License], database: Database) -> None:
    station_id = granted["osaka"].station_id
    async with database.transaction(SYSTEM) as session:
        facts = replace(
            granted["osaka"].facts,
            station_count=3,
            assignments=(AssignmentFacts(emission="8K50F3E", frequency_hz=468_000_000, power_w=Decimal(5)),),
        )
        await register.modify(session, station_id, effective_on=date(2023, 6, 1), facts=facts, cause="test", law=law())
    versions = (await get(client, f"/api/v1/stations/{station_id}/history"))["items"]
    assert [one["recorded_to"] is None for one in versions].count(True) == 2
    assert {one["holds_from"] for one in versions} == {"2020-06-01", "2023-06-01"}
    body = await get(client, f"/api/v1/stations/{station_id}/diff", **{"from": "2023-05-31", "to": "2023-06-01"})
    assert {one["field"]: (one["before"], one["after"]) for one in body["changes"]} == {
        "/station_count": (1, 3),
        "/assignments/0/frequency_hz": (467_000_000, 468_000_000),
    }
    assert (await get(client, f"/api/v1/stations/{station_id}/diff", **{"from": "2023-06-01", "to": "2023-06-02"}))["changes"] == []
    answer = await client.get(f"/api/v1/stations/{station_id}/diff?from=2023-06-02")
    assert (answer.status_code, codes_of(answer)) == (400, {"to": "required"})
    assert (await client.get(f"/api/v1/stations/{UUID(int=1)}/history")).status_code == 404


async def test_changes_are_gap_free_and_in_order(client: httpx2.AsyncClient, granted: dict[str, License]) -> None:
    met: list[dict[str, Any]] = []
    after = 0
    while True:
        body = await get(client, "/api/v1/changes", after=after, limit=3)
        if not body["items"]:
            assert body["next"] == after
            break
        met += body["items"]
        after = body["next"]
    assert [one["sequence"] for one in met] == list(range(1, len(met) + 1))
    assert {one["kind"] for one in met} >= {"granted", "ended"}
    ended = next(one for one in met if one["kind"] == "ended")
    assert ended["station_id"] == str(granted["ended"].station_id)
    assert (ended["before"]["license"]["ended_on"], ended["after"]["license"]["ended_on"]) == (None, "2022-01-31")
    answer = await client.get("/api/v1/changes?after=-1")
    assert (answer.status_code, codes_of(answer)) == (400, {"after": "out_of_range"})


async def test_codes(client: httpx2.AsyncClient) -> None:
    lists = await get(client, "/api/v1/codes")
    assert "station-classes" in [one["list"] for one in lists["items"]]
    classes = await get(client, "/api/v1/codes/station-classes")
    assert {"code": "AT", "name": {"ja": "アマチュア局", "en": "Amateur station"}}.items() <= classes["items"][0].items()
    assert (await get(client, "/api/v1/codes/bureaus/A"))["name"]["ja"].startswith("関東")
    assert (await client.get("/api/v1/codes/bureaus/Z")).json()["code"] == "unknown_code"
    assert (await client.get("/api/v1/codes/nothing")).json()["code"] == "unknown_code_list"


async def test_page_takes_at_most_three_statements(client: httpx2.AsyncClient, granted: dict[str, License], statements: list[str]) -> None:
    await get(client, "/api/v1/stations", count="exact", station_class="AT", sort="licensee")
    assert 1 <= len(statements) <= 3
