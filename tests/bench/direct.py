"""Our server against the same statements by psycopg alone, one after another: what the way through HTTP costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import psycopg
from psycopg.rows import TupleRow

from partner import clock, regulation
from partner.registry import criteria, plans
from partner.settings import Settings
from tests.bench import load, ours
from tests.bench.figures import DIRECT_GOAL, Figure
from tests.bench.ours import Ours
from tests.bench.racing import Pace, Runner
from tests.bench.register import Register, say
from tests.bench.results import Line, Speed, Spread
from tests.bench.sampling import Parameters


def compare(figure: Figure, register: Register, parameters: list[Parameters], pace: Pace) -> Line:
    """The p50 of our server against that of its statements alone, by one client, in turns."""
    say(f"{register.size:,} stations: {figure.title}, against psycopg alone")
    law = regulation.load(Settings().regulation_root)
    planned = [_plans(ours.pairs(figure.key, one, law), law) for one in parameters]
    server = Ours(register)
    [asked] = server.variants(figure.key, parameters).values()
    runner = Runner(server, "", load.written(f"{figure.key}-{register.size}-direct", asked))
    alone: list[list[float]] = []
    with register.connected("partner_public") as connection:
        _run(connection, planned, start=0, seconds=1)
        load.send(server.url, runner.file, seconds=1, connections=1)
        for turn in range(pace.rounds):
            runner.run(pace, turn, connections=1)
            alone.append(_run(connection, planned, start=turn * len(planned) // pace.rounds, seconds=pace.seconds))
    ratios = Spread.of([one.p50_ms / statistics.median(times) for one, times in zip(runner.alone, alone, strict=True)])
    every = [each for times in alone for each in times]
    theirs = Speed(None, statistics.median(every), statistics.quantiles(every, n=100)[-1])
    return Line(
        f"direct-{figure.key}",
        f"{figure.title}: p50",
        register.size,
        "psycopg alone",
        ratio=ratios,
        goal=DIRECT_GOAL,
        less_is_better=True,
        ours=runner.speed,
        theirs=theirs,
    )


def _plans(pairs: list[tuple[str, str]], law: regulation.Law) -> list[plans.Plan]:
    asked, page = criteria.parse(pairs, law)
    return list(plans.page(asked, position=None, as_of=asked.as_of or clock.today(), limit=page.limit + 1))


def _run(connection: psycopg.Connection[TupleRow], planned: Sequence[list[plans.Plan]], *, start: int, seconds: float) -> list[float]:
    """The times of statements in milliseconds: sent, and every document of the answer read as bytes."""
    times = []
    end = time.perf_counter() + seconds
    place = start
    while (begun := time.perf_counter()) < end:
        _read(connection, planned[place % len(planned)])
        times.append((time.perf_counter() - begun) * 1000)
        place += 1
    return times


def _read(connection: psycopg.Connection[TupleRow], tried: list[plans.Plan]) -> list[bytes | None]:
    for plan in tried:
        result = connection.execute(plan.query, plan.values).pgresult
        assert result is not None
        if plan.most is None or int(result.get_value(0, 3) or 0) <= plan.most:
            return [result.get_value(row, 0) for row in range(1, result.ntuples)]
    raise AssertionError("the last plan counts always")
