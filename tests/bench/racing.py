"""Servers side by side: answers compared first, then load in rounds that take turns, so that what the machine does meanwhile hits all."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import httpx2

from tests.bench import costs, load
from tests.bench.figures import Figure
from tests.bench.load import Asked, Load
from tests.bench.register import say
from tests.bench.results import Line, Speed, Spread
from tests.bench.sampling import WANTED, Parameters

COMPARED, LEAST_COMPARED, COMPARED_S = 100, 10, 10.0
TRIAL_S, WARM_UP_S = 1.0, 1.0
JSON = {"Content-Type": "application/json"}


class Server(Protocol):
    """What is asked, ours or a peer."""

    name: str
    url: str
    session: int
    postmaster: int | None

    def variants(self, figure: str, parameters: list[Parameters]) -> dict[str, list[Asked]]:
        """The requests of a figure, by the way in which they may be asked; none when the server is not asked this."""

    def answer(self, body: bytes) -> list[Any]:
        """What an answer says, in a form that is the same for every server."""


class Silent(RuntimeError):
    """A server that answered no request in a turn; `name` says which."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(f"NOT MEASURED: it answered nothing within {seconds:g} s")
        self.name = name


@dataclass(frozen=True)
class Pace:
    """How long a figure is measured."""

    rounds: int = 5
    seconds: float = 3.0


@dataclass
class Runner:
    """A server with the file of its requests, and what was seen of it."""

    server: Server
    way: str
    file: Path
    many: list[Load] = field(default_factory=list)
    costs: list[tuple[float, float]] = field(default_factory=list)
    alone: list[Load] = field(default_factory=list)

    def run(self, pace: Pace, turn: int, *, connections: int) -> Load:
        """One turn, which is noted; every turn begins elsewhere in the file."""
        start = turn * WANTED // pace.rounds
        before = costs.taken(self.server.session, self.server.postmaster)
        found = load.send(self.server.url, self.file, seconds=pace.seconds, connections=connections, start=start)
        if not found.requests:
            raise Silent(self.server.name, pace.seconds)
        if connections > 1:
            self.many.append(found)
            after = costs.taken(self.server.session, self.server.postmaster)
            self.costs.append((1000 * (after[0] - before[0]) / found.requests, 1000 * (after[1] - before[1]) / found.requests))
        else:
            self.alone.append(found)
        return found

    @property
    def speed(self) -> Speed:
        """The medians of all turns."""
        return Speed(
            rate=statistics.median(one.rate for one in self.many) if self.many else None,
            p50_ms=statistics.median(one.p50_ms for one in self.alone),
            p99_ms=statistics.median(one.p99_ms for one in self.alone),
            failed=sum(one.failed for one in (*self.many, *self.alone)),
            way=self.way,
            server_ms=statistics.median(cost for cost, _ in self.costs) if self.costs else None,
            database_ms=statistics.median(cost for _, cost in self.costs) if self.costs else None,
        )


def race(figure: Figure, size: int, parameters: list[Parameters], servers: Sequence[Server], pace: Pace) -> list[Line]:
    """Lines of a figure: ours against each peer, or ours alone where there is none. The first server is ours."""
    say(f"{size:,} stations: {figure.title}, {len(parameters):,} different parameters")
    notes = {} if len(parameters) >= WANTED or figure.few else {"": f"only {len(parameters):,} different parameters"}
    ours, *peers = servers
    asked = {server.name: server.variants(figure.key, parameters) for server in servers}
    for peer in peers:
        if different := difference(ours, peer, asked):
            notes[peer.name] = different
            say(f"  {peer.name}: {different}")
    fair = [server for server in servers if asked[server.name] and server.name not in notes]
    runners, silent = _timed([_fastest(figure, size, server, asked[server.name]) for server in fair], pace)
    notes |= silent
    if ours.name in silent:
        return [Line(figure.key, figure.title, size, "", note=silent[ours.name])]
    first, *others = runners
    lines = [_line(figure, size, first, other, notes.get("", "")) for other in others]
    unfair = [Line(figure.key, figure.title, size, name, goal=figure.goals.get(name), note=note) for name, note in notes.items() if name]
    return [*lines, *unfair] or [Line(figure.key, figure.title, size, "", ours=first.speed, note=notes.get("", ""))]


def _timed(runners: list[Runner], pace: Pace) -> tuple[list[Runner], dict[str, str]]:
    """The runners after all their turns; whoever fell silent is left out of them, with the words for it by its name."""
    silent: dict[str, str] = {}
    while runners:
        try:
            take_turns(runners, pace, connections=load.CONNECTIONS)
            take_turns(runners, pace, connections=1)
            break
        except Silent as found:
            say(f"  {found.name}: {found}")
            silent[found.name] = str(found)
            runners = [Runner(one.server, one.way, one.file) for one in runners if one.server.name != found.name]
    return runners, silent


def take_turns(runners: Sequence[Runner], pace: Pace, *, connections: int) -> None:
    """Rounds in which each server has its turn."""
    for turn in range(pace.rounds):
        for runner in runners:
            runner.run(pace, turn, connections=connections)


def _line(figure: Figure, size: int, ours: Runner, theirs: Runner, note: str) -> Line:
    ratios = Spread.of([one.rate / other.rate for one, other in zip(ours.many, theirs.many, strict=True)])
    name = theirs.server.name
    say(f"  {ratios.median:.2f} × {name} ({theirs.way})")
    return Line(
        figure.key, figure.title, size, name, ratio=ratios, goal=figure.goals.get(name), ours=ours.speed, theirs=theirs.speed, note=note
    )


def _fastest(figure: Figure, size: int, server: Server, asked: dict[str, list[Asked]]) -> Runner:
    """A server asked in the way in which it answers the most requests; the trials warm it up."""
    runners = [
        Runner(server, way, load.written(f"{figure.key}-{size}-{server.name}-{number}", requests))
        for number, (way, requests) in enumerate(asked.items())
    ]
    seen = [(load.send(server.url, one.file, seconds=TRIAL_S + WARM_UP_S, start=WANTED // 2).rate, one) for one in runners]
    return max(seen, key=lambda pair: pair[0])[1]


def difference(ours: Server, peer: Server, asked: dict[str, dict[str, list[Asked]]]) -> str:
    """How the answers of a peer differ from ours for some of the parameters; '' when they say the same in the same order."""
    [requests] = asked[ours.name].values()
    chosen = random.Random(0).sample(range(len(requests)), min(COMPARED, len(requests)))
    if not asked[peer.name]:
        return ""
    expected = {place: said(ours, requests[place]) for place in within(chosen)}
    if not any(expected.values()) and "absent" not in requests[0].path:
        say("  NOTE: none of the compared answers holds a station")
    for way, theirs in asked[peer.name].items():
        for place in within(expected):
            answer = expected[place]
            if (found := said(peer, theirs[place])) != answer:
                return f"answers differ ({way}): {theirs[place].path}: {str(found)[:80]} instead of {str(answer)[:80]}"
    return ""


def within(places: Iterable[int]) -> Iterator[int]:
    """As many of the places as there is time for, and at least a few: some peers need long for some searches."""
    end = time.monotonic() + COMPARED_S
    for number, place in enumerate(places):
        if number >= LEAST_COMPARED and time.monotonic() > end:
            return
        yield place


@cache
def client() -> httpx2.Client:
    """The client that compares answers."""
    return httpx2.Client(timeout=120)


def said(server: Server, asked: Asked) -> list[Any]:
    """What a server answers. Raises RuntimeError when it does not."""
    method = "GET" if asked.body is None else "POST"
    try:
        answer = client().request(method, server.url + asked.path, content=asked.body, headers=JSON)
    except httpx2.TransportError as error:
        raise RuntimeError(f"{server.name} does not answer any more") from error
    if answer.status_code != 200:
        raise RuntimeError(f"{server.name} answers {answer.status_code} to {asked.path}: {answer.text[:300]}")
    return server.answer(answer.content)
