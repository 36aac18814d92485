"""Long answers of MIC's Web-API are sent while they are made: of one state of the register, in little memory, never for too long."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from starlette.types import Message

from partner.api.musen import sending
from partner.database import SYSTEM, Database
from partner.registry import musen_search
from partner.registry import service as register
from partner.registry.facts import License
from partner.registry.importing import LicenseRecord, import_licenses
from tests.registry.samples import BASE, TAXI, law

MANY, AT_A_TIME = 230, 50
LONG = {"ST": "1", "OF": "2", "DA": "0", "SC": "1", "DC": "3"}
KEPT: dict[str, list[License]] = {}


def known(station_class: str, count: int) -> Iterator[LicenseRecord]:
    facts = replace(BASE, station_class=station_class)
    for number in range(count):
        yield LicenseRecord(TAXI, facts, date(2020, 1, 1) + timedelta(days=number % 900), date(2025, 1, 1))


async def recorded(database: Database, station_class: str, count: int) -> list[License]:
    async with database.transaction(SYSTEM) as session:
        return await import_licenses(session, known(station_class, count), law=law())


@pytest.fixture(autouse=True)
async def stations(database: Database, database_name: str) -> list[License]:
    if database_name not in KEPT:
        KEPT[database_name] = await recorded(database, "FB", MANY)
    return KEPT[database_name]


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(musen_search, "AT_A_TIME", AT_A_TIME)


@dataclass
class Exchange:
    """One request straight to the application, whose client can stop reading before the piece with the number `reads`."""

    application: FastAPI
    asked: dict[str, str]
    method: str = "GET"
    reads: int | None = None
    keeps: bool = True
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    complete: bool = False
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> Exchange:
        query = "&".join(f"{name}={value}" for name, value in self.asked.items()).encode()
        scope = {"type": "http", "method": self.method, "path": "/musen/list", "query_string": query, "headers": [], "scheme": "http"}
        await self.application({**scope, "server": ("test", 80), "root_path": "", "http_version": "1.1"}, self.receive, self.send)
        return self

    async def receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        if self.reads is not None and len(self.sizes) == self.reads:
            self.waits.set()
            await self.goes_on.wait()
        if message["body"]:
            self.sizes.append(len(message["body"]))
            self.pieces.extend([message["body"]] if self.keeps else [])
        self.complete = not message.get("more_body", False)

    @property
    def body(self) -> Any:
        return json.loads(b"".join(self.pieces))

    @property
    def numbers(self) -> list[int]:
        return [int(record["listInfo"]["no"]) for record in self.body["musen"]]


async def exchange(application: FastAPI, **asked: str) -> Exchange:
    return await Exchange(application, LONG | asked).run()


@pytest.mark.usefixtures("few_at_a_time")
async def test_a_long_answer_comes_in_pieces_and_is_whole(application: FastAPI) -> None:
    found = await exchange(application, OW="FB")
    assert (found.status, found.complete, len(found.pieces)) == (200, True, 5)
    assert "content-length" not in found.headers
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.numbers == list(range(1, MANY + 1))
    assert found.body["musenInformation"]["totalCount"] == str(MANY)
    assert list(found.body) == ["musen", "musenInformation"]


@pytest.mark.usefixtures("few_at_a_time")
async def test_the_total_comes_first_in_csv_and_xml(application: FastAPI) -> None:
    table = await exchange(application, OW="FB", OF="1")
    assert table.pieces[0].startswith(f"2023-12-07,{MANY}\n1,".encode())
    marked = await exchange(application, OW="FB", OF="3", DA="1", DC="1")
    assert f"<totalCount>{MANY}</totalCount></musenInformation><musen>" in marked.pieces[0].decode()
    assert len(marked.pieces) == 2


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize(("start", "count"), [("181", 50), ("182", 49), ("230", 1), ("231", 0), ("9999", 0)])
async def test_what_fits_in_one_piece_has_a_length(application: FastAPI, start: str, count: int) -> None:
    found = await exchange(application, OW="FB", SC=start)
    assert (len(found.pieces), len(found.numbers)) == (1, count)
    assert found.headers["content-length"] == str(found.sizes[0])


@pytest.mark.usefixtures("few_at_a_time")
async def test_head_gets_the_headers_alone(application: FastAPI) -> None:
    found = await Exchange(application, LONG | {"OW": "FB"}, method="HEAD").run()
    assert (found.status, found.complete, found.sizes) == (200, True, [])
    assert found.headers["content-type"] == "application/json;charset=UTF-8"


@pytest.mark.usefixtures("few_at_a_time")
async def test_total_and_records_are_of_one_state(application: FastAPI, database: Database) -> None:
    changed = await recorded(database, "FX", 3 * AT_A_TIME)
    asked = Exchange(application, LONG | {"OW": "FX"}, reads=1)
    answering = asyncio.create_task(asked.run())
    await asked.waits.wait()
    async with database.transaction(SYSTEM) as session:
        for one in changed[-5:]:
            await register.end(session, one.station_id, ends_on=date(2023, 12, 1), cause="test", law=law())
    asked.goes_on.set()
    await answering
    assert len(asked.numbers) == 3 * AT_A_TIME == int(asked.body["musenInformation"]["totalCount"])
    assert len((await exchange(application, OW="FX")).numbers) == 3 * AT_A_TIME - 5


@pytest.mark.usefixtures("few_at_a_time")
async def test_long_answers_leave_half_of_the_connections_to_others(
    application: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = database.public.max_size // 2
    held = [Exchange(application, LONG | {"OW": "FB"}, reads=1) for _ in range(most)]
    tasks = [asyncio.create_task(one.run()) for one in held]
    for one in held:
        await one.waits.wait()
    with monkeypatch.context() as impatient:
        impatient.setattr(sending, "PATIENCE_SECONDS", 0.1)
        refused = await exchange(application, OW="FB", OF="1")
    waiting = asyncio.create_task(exchange(application, OW="FB"))
    assert (refused.status, refused.pieces) == (429, ["ERR,1\nEQ00429,ただいま混み合っております。\n".encode()])
    assert refused.headers["retry-after"] == str(sending.RETRY_SECONDS)
    for one in held:
        one.goes_on.set()
    await asyncio.gather(*tasks)
    assert all(one.complete for one in held)
    assert len((await waiting).numbers) == MANY


@pytest.mark.usefixtures("few_at_a_time")
async def test_who_reads_too_slowly_is_cut_off(
    application: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sending, "LONGEST_SECONDS", 0.2)
    slow = await Exchange(application, LONG | {"OW": "FB"}, reads=2).run()
    assert (slow.complete, len(slow.pieces)) == (False, 2)
    assert "read too slowly" in caplog.text
    for _ in range(2 * database.public.max_size):
        assert len((await exchange(application, OW="FB", SC="200")).numbers) == MANY - 199


@pytest.mark.usefixtures("few_at_a_time")
async def test_nothing_more_is_read_for_a_client_that_has_left(application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Exchange(application, LONG | {"OW": "FB"})

    async def left() -> Message:
        return {"type": "http.disconnect"}

    monkeypatch.setattr(asked, "receive", left)
    await asked.run()
    assert len(asked.pieces) == 2


async def pieces(*ready: bytes, then: Exception | None = None) -> AsyncGenerator[bytes]:
    for one in ready:
        yield one
    if then is not None:
        raise then


async def replied(source: AsyncGenerator[bytes]) -> tuple[list[Message], Any]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    answer = await sending.reply(source, {"Content-Type": "text/csv"})
    await answer({"type": "http", "method": "GET", "path": "/"}, receive, send)
    return sent, answer


@pytest.mark.parametrize("ready", [[b"1", b"2", b"3"], [b"1", b"2"]])
async def test_an_answer_that_breaks_off_has_no_end(ready: Sequence[bytes], caplog: pytest.LogCaptureFixture) -> None:
    sent, _ = await replied(pieces(*ready, then=psycopg.OperationalError("gone")))
    assert [message["body"] for message in sent[1:]] == list(ready)
    assert all(message["more_body"] for message in sent[1:])
    assert "broken off" in caplog.text


@pytest.mark.parametrize("ready", [[], [b"1"]])
async def test_what_goes_wrong_before_anything_is_sent_is_an_error(ready: Sequence[bytes]) -> None:
    with pytest.raises(psycopg.OperationalError):
        await replied(pieces(*ready, then=psycopg.OperationalError("gone")))


@pytest.mark.slow
async def test_ten_thousand_records_in_little_memory(application: FastAPI, database: Database) -> None:
    await recorded(database, "CR", 10_100)
    await exchange(application, OW="CR")
    for output in "123":
        tracemalloc.start()
        found = await Exchange(application, LONG | {"OW": "CR", "OF": output}, keeps=False).run()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (found.status, found.complete, len(found.sizes)) == (200, True, 20)
        assert max(found.sizes) < sum(found.sizes) / 10
        assert peak < 8_000_000
    first, second = await exchange(application, OW="CR"), await exchange(application, OW="CR", SC="10001")
    assert first.numbers == list(range(1, 10_001))
    assert second.numbers == list(range(10_001, 10_101))
    assert first.body["musenInformation"] == second.body["musenInformation"]
