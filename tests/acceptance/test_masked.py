"""Nothing public says who an individual is, where anybody lives, which number a license has or how a station is called by name.

Stations of people with names that are found nowhere else are put on record, with their names in every text that holds words; then
everything is read that the public can read. No filter and no order tells such people apart either.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from partner import clock
from partner.database import SYSTEM
from partner.portal import public as pages
from partner.registry import record_queries
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.normalisation import normalise
from tests.acceptance.conftest import a_service
from tests.acceptance.crawling import Crawl, crawl
from tests.acceptance.service import ROOT, Service
from tests.registry.samples import law

TODAY = clock.today()
BEGAN, BEFORE = TODAY - timedelta(days=400), TODAY - timedelta(days=100)
LAST = TODAY + timedelta(days=1_000)
MASK = "＊＊＊＊＊"
PEOPLE = (  # in this order they are put on record; by name it is another
    LicenseeFacts("individual", "龗川　鱻助", "オカミガワ　センスケ", None, "13101", "鑪ヶ関２－１－２", date(1961, 5, 1)),
    LicenseeFacts("individual", "鵺野　瓊子", "ヌエノ　ニコ", None, "13101", "鑪ヶ関３－４－５", date(1962, 6, 2)),
    LicenseeFacts("individual", "麤原　彧", "ソハラ　イク", None, "13101", "鑪ヶ関６－７－８", date(1963, 7, 3)),
)
RENAMED = replace(PEOPLE[2], name="饕餮　彧", name_kana="トウテツ　イク")
COMPANY = LicenseeFacts("corporation", "秋津洲無線株式会社", "アキツシマムセン", "1000000000002", "13102", "蠑螈町１－２－３")
CALLED = "貔貅きち"
SECRETS = (
    *(person.name for person in (*PEOPLE, RENAMED)),
    *(person.name_kana for person in (*PEOPLE, RENAMED)),
    *(character for person in (*PEOPLE, RENAMED) for character in person.name if ord(character) > 0x9D00 or character in "瓊彧饕"),
    *(person.address or "" for person in (*PEOPLE, COMPANY)),
    "鑪",
    "蠑螈",
    CALLED,
    "貔",
    *(person.birth_date.isoformat() for person in PEOPLE if person.birth_date),
    "IABH97531",
    *(f"第{number}号" for number in range(98_765_400, 98_765_440)),
)


def facts(station_class: str, person: LicenseeFacts, **others: Any) -> LicenseFacts:
    """A station that has all that is withheld, and says it in every text."""
    words = f"{person.name}（{person.name_kana}、{person.address}）、{CALLED}７"
    made = LicenseFacts(
        station_class=station_class,
        bureau="A",
        purposes=("ATC",) if station_class == "AT" else ("x-general",),
        municipality=person.municipality,
        site_address=person.address,
        identification=f"{CALLED}７",
        communication_partner=f"{CALLED}７",
        moves=station_class != "AT",
        movement_area=f"{words}の周辺",
        assignments=(AssignmentFacts(emission="F3E", frequency_hz=145_000_000, power_w=Decimal(5)),),
        operating_hours=f"{person.name}の在宅中",
        note=f"連絡先は{words}",
        broadcast_matter=words,
        broadcast_area=words,
        conditions=(words,),
        craft_name=f"第一{person.name}丸" if station_class == "MS" else None,
        details={"operators": ["IABH97531"], "applicant": words},
    )
    return replace(made, **others)


STATIONS = ("AT", "MS", "FX", "CR")


async def plant(service: Service) -> str:
    """Put the people and the company on record, with a past; gives an instant before the last changes."""
    number = iter(range(98_765_400, 98_765_440))
    async with service.database() as database, database.transaction(SYSTEM) as session:
        held = {}
        for licensee in (*PEOPLE, COMPANY):
            licensee_id = await register.record_licensee(session, licensee)
            for station_class in STATIONS:
                standard = {"registration_standard": "008"} if station_class == "CR" else {}
                made = await register.record(
                    session,
                    facts(station_class, licensee, **standard),
                    licensee_id=licensee_id,
                    licensed_on=BEGAN,
                    valid_to=LAST,
                    law=law(),
                    license_number=f"関Ａ第{next(number)}号",
                    cause="x",
                )
                held[licensee.name, station_class] = made
        at = (await record_queries.counter(session)).recorded_at
        assert at is not None
        renamed, ended = held[PEOPLE[2].name, "AT"].station_id, held[PEOPLE[0].name, "MS"].station_id
        moved, ordered = held[PEOPLE[1].name, "AT"].station_id, held[PEOPLE[1].name, "CR"].station_id
        changed = facts("AT", RENAMED)
        await register.modify(session, renamed, effective_on=BEFORE, facts=changed, licensee=RENAMED, cause="x", law=law())
        await register.end(session, ended, ends_on=BEFORE, cause="x", law=law())
        await register.correct(session, moved, first=BEFORE, facts=facts("AT", PEOPLE[1], municipality="13103"), cause="x", law=law())
        await register.suspend(session, ordered, first=BEFORE, reason=f"{PEOPLE[1].name}の違反", cause="x", law=law())
        return at.isoformat()


@dataclass
class World:
    """The server, and all that was read of it."""

    service: Service
    crawled: Crawl

    def get(self, address: str, **parameters: Any) -> Any:
        answer = self.crawled.client.get(address, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stations(self, **parameters: Any) -> list[dict[str, Any]]:
        return list(self.get("/api/v1/stations", limit=1000, **{"status": "any", **parameters})["items"])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_service() as service, httpx2.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        service.start()
        known_at = asyncio.run(plant(service))
        assert service.run("export", "open-data").returncode == 0
        days = (BEGAN.isoformat(), TODAY.isoformat())
        yield World(service, crawl(client, classes=set(STATIONS), standards={"008"}, days=days, known_at=known_at))


def test_everything_public_was_read(world: World) -> None:
    described = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    public = [path for path, methods in described.items() if "get" in methods and "security" not in methods["get"]]
    public += [str(getattr(route, "path", "")) for route in pages.router.routes]
    for path in public:
        pattern = re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path))
        assert any(pattern.fullmatch(visited) for visited in world.crawled.paths), path


SHOWN = (
    *("/api/v1/stations?", "/api/v1/stations.csv", "/api/v1/stations.geojson", "/api/v1/stations.ndjson", "/history", "/api/v1/changes"),
    *(
        "events",
        "GraphQL { stations",
        "GraphQL { station(",
        "GraphQL { changes",
        "/musen/list?OF=1",
        "/musen/list?OF=2",
        "/musen/list?OF=3",
    ),
    *("stations.parquet", "stations.jsonl", "latest/stations.csv", "/search?", "/stations/"),
)


def test_what_is_published_was_found_wherever_stations_are_shown(world: World) -> None:
    name = normalise(COMPANY.name)
    told = {label for label, text in world.crawled.texts.items() if name in normalise(text)}
    for place in SHOWN:
        assert any(place in label for label in told), place


def test_nothing_that_is_withheld_is_found_anywhere(world: World) -> None:
    secrets = {normalise(secret): secret for secret in SECRETS}
    found = [
        (label, secret)
        for label, text in world.crawled.texts.items()
        for form, secret in secrets.items()
        if form in (compared := normalise(text)) and compared
    ]
    assert found == []


def test_no_search_finds_a_masked_name(world: World) -> None:
    for secret in SECRETS:
        assert world.stations(licensee=secret) == []
        query = f'{{ stations(filter: {{status: "any", licensee: {json.dumps(secret)}}}) {{ totalCount edges {{ node {{ id }} }} }} }}'
        assert world.crawled.ask(query)["stations"] == {"totalCount": 0, "edges": []}
    assert len(world.stations(licensee=COMPANY.name[:2])) == len(STATIONS)
    assert world.stations(licensee=MASK) == []
    page = world.crawled.client.get("/search", params={"licensee": PEOPLE[0].name, "status": "any"})
    assert page.status_code == 200
    assert not any(one["id"] in page.text for one in world.stations())


@pytest.mark.parametrize("form", ["1", "2", "3"])
def test_the_web_api_finds_no_masked_name(world: World, form: str) -> None:
    def ask(path: str, **asked: str) -> str:
        answer = world.crawled.client.get(f"/musen/{path}", params={"ST": "1", "OF": form, "OW": "MS", **asked})
        assert answer.status_code == 200, answer.text
        return answer.text

    listing = {"DA": "1", "SC": "1", "DC": "1"}
    nothing = ask("num", OW="BC"), ask("list", OW="BC", **listing)
    for name in [*(person.name for person in PEOPLE), *(person.name_kana for person in PEOPLE), RENAMED.name, "鵺"]:
        for key in ("NA", "AS"):
            if key == "AS" and name != PEOPLE[0].name_kana:  # it takes few characters
                continue
            assert (ask("num", **{key: name}), ask("list", **{key: name}, **listing)) == nothing
    assert COMPANY.name in ask("list", NA=COMPANY.name, **listing)
    assert ask("num", MA="JZ9ZZZ") == nothing[0]


def masked(found: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in found if one["licensee"]["kind"] == "individual"]


def test_no_order_tells_masked_people_apart(world: World) -> None:
    in_order = masked(world.stations(sort="id"))
    assert len(in_order) == len(PEOPLE) * len(STATIONS)
    assert masked(world.stations(sort="licensee")) == in_order
    assert masked(world.stations(sort="-licensee")) == in_order[::-1]
    query = '{ stations(orderBy: "licensee", filter: {status: "any"}, first: 100) { edges { node { id licensee { id kind } } } } }'
    nodes = [edge["node"] for edge in world.crawled.ask(query)["stations"]["edges"]]
    assert masked(nodes) == in_order
    assert {node["licensee"]["id"] for node in nodes if node["licensee"]["kind"] == "individual"} == {None}


def test_a_masked_licensee_has_no_identifier(world: World) -> None:
    async def holders() -> set[str]:
        async with world.service.database() as database, database.transaction(SYSTEM) as session:
            return {str(await register.find_licensee(session, person)) for person in (PEOPLE[0], PEOPLE[1], COMPANY)}

    found = {identifier: len(world.stations(licensee_id=identifier)) for identifier in asyncio.run(holders())}
    assert sorted(found.values()) == [0, 0, len(STATIONS)]


def test_a_circle_knows_no_more_than_the_centre_of_the_municipality(world: World) -> None:
    place = law().codes("municipalities").codes["13101"].attributes
    centre = float(str(place["latitude"])), float(str(place["longitude"]))
    inside = world.stations(near=f"{centre[0]},{centre[1]}", radius_km=0.1)
    assert {one["location"]["municipality_code"] for one in inside} == {"13101"}
    assert masked(inside) == masked(world.stations(municipality="13101"))
    assert world.stations(near=f"{centre[0] + 0.01},{centre[1]}", radius_km=1) == []
    drawn = world.crawled.client.get("/api/v1/stations.geojson", params={"municipality": "13101", "status": "any"}).json()["features"]
    assert {tuple(one["geometry"]["coordinates"]) for one in drawn} == {(centre[1], centre[0])}
