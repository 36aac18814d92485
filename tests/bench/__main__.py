"""How fast it is: `make bench`, or `python -m tests.bench`. docs/benchmarks.md says what is measured and how to read it.

examples:
  make bench                                                everything at 300,000 stations
  make bench ARGS="--size 1M --only rest"                   the searches by REST at a million
  make bench ARGS="--size 300k --size 3M --only growth"     what becomes of p99 from the one to the other
  make bench ARGS="--only rest-name --peers PostgREST"      searches by name against PostgREST alone
  make bench ARGS="--size 20k --rounds 2 --seconds 1"       does it run at all
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from partner import clock
from tests.bench import bulk, direct, growth, load, racing, register, renewing, results, simulating, starts
from tests.bench.figures import DATASETTE, FIGURES, POSTGRAPHILE, POSTGREST, Figure
from tests.bench.ours import Ours
from tests.bench.peers.places import Missing
from tests.bench.peers.postgraphile import postgraphile
from tests.bench.peers.postgrest import postgrest
from tests.bench.peers.sqlite_datasette import datasette
from tests.bench.racing import Pace, Server
from tests.bench.register import POOL, Register, say
from tests.bench.results import Line
from tests.bench.sampling import Sample

PARTS = ("start", "rest", "graphql", "musen", "direct", "growth", "import", "export", "simulate", "bulk-renewal")
PEERS = (POSTGREST, POSTGRAPHILE, DATASETTE)
UNITS = {"": 1, "k": 1_000, "M": 1_000_000}
REPORT = register.BUILD.parent / "bench.json"


def stations(text: str) -> int:
    """A number of stations as 300k or 3M."""
    found = re.fullmatch(r"([0-9]+)([kM]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of stations: 20k, 300k, 1M")
    return int(found[1]) * UNITS[found[2]]


def options(words: Sequence[str]) -> argparse.Namespace:
    """What the command line asks for."""
    keys = ", ".join(figure.key for figure in FIGURES)
    parser = argparse.ArgumentParser(
        "python -m tests.bench", description=__doc__, epilog=f"figures: {keys}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=stations, action="append", help="stations in the register (300k); may be repeated")
    parser.add_argument(
        "--only", action="append", help=f"a part ({', '.join(PARTS)}), a figure, or the first words of one; may be repeated"
    )
    parser.add_argument("--peers", action="append", choices=[*PEERS, "none"], help="beside whom (all); may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server (5)")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the JSON goes (build/bench.json)")
    parser.add_argument("--seconds", type=float, default=3, help="length of a turn (3)")
    found = parser.parse_args(words)
    found.size = sorted(set(found.size or [300_000]))
    found.pace = Pace(found.rounds, found.seconds)
    found.peers = PEERS if found.peers is None else tuple(peer for peer in found.peers if peer != "none")
    return found


def wanted(asked: argparse.Namespace, key: str) -> bool:
    """Whether a figure or a part is asked for."""
    return not asked.only or any(f"{key}-".startswith(f"{only}-") or only.startswith(f"{key}-") for only in asked.only)


def figures(asked: argparse.Namespace) -> list[Figure]:
    """The searches that are asked for."""
    return [figure for figure in FIGURES if wanted(asked, figure.key)]


@contextmanager
def peers(asked: argparse.Namespace, found: Register) -> Iterator[tuple[list[Server], dict[str, str]]]:
    """The peers that run on a register, and why others do not. All have as many connections as we have, and both cores."""
    cores = register.processes()
    pool = POOL * cores
    makers: dict[str, Callable[[], AbstractContextManager[Server]]] = {
        POSTGREST: lambda: postgrest(found, pool=pool),
        POSTGRAPHILE: lambda: postgraphile(found, pool=pool, processes=cores),
        DATASETTE: lambda: datasette(found, processes=cores, threads=pool),
    }
    needed = {name for figure in figures(asked) for name in figure.goals}
    running: list[Server] = []
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        for name in asked.peers:
            try:
                running.extend([stack.enter_context(makers[name]())] if name in needed else [])
            except Missing as reason:
                say(f"!!! {name} IS NOT MEASURED: {reason}")
                missing[name] = str(reason)
        yield running, missing


def searches(asked: argparse.Namespace, found: Register) -> Iterator[Line]:
    """Every search at one size, beside the peers."""
    ours = Ours(found)
    with peers(asked, found) as (running, missing), found.connected() as connection:
        sample = Sample(connection, found.size)
        for figure in figures(asked):
            parameters = figure.parameters(sample)
            beside = [peer for peer in running if peer.name in figure.goals]
            yield from racing.race(figure, found.size, parameters, [ours, *beside], asked.pace)
            for name in missing.keys() & figure.goals.keys():
                note = f"NOT MEASURED: {missing[name]}"
                yield Line(figure.key, figure.title, found.size, name, goal=figure.goals[name], note=note)


def straight(asked: argparse.Namespace, found: Register) -> Iterator[Line]:
    """Our server against its own statements."""
    with found.connected() as connection:
        [page] = [figure for figure in FIGURES if figure.key == "rest-page"]
        yield direct.compare(page, found, page.parameters(Sample(connection, found.size)), asked.pace)


def run(asked: argparse.Namespace) -> Iterator[Line]:
    """All lines that are asked for, as they come."""
    if wanted(asked, "start"):
        yield from starts.measure()
    if wanted(asked, "bulk-renewal"):
        yield from renewing.measure()
    for size in asked.size:
        yield from _at(asked, size)
    if wanted(asked, "growth") and len(asked.size) > 1:
        with register.opened(asked.size[0]) as small, register.opened(asked.size[-1]) as large:
            yield from growth.compare(FIGURES, small, large, asked.pace)


def _at(asked: argparse.Namespace, size: int) -> Iterator[Line]:
    seen: list[Line] = []
    if figures(asked) or wanted(asked, "direct"):
        with register.opened(size) as found:
            for line in searches(asked, found):
                seen.append(line)
                yield line
            if wanted(asked, "direct"):
                yield from straight(asked, found)
    yield from growth.slowest(seen, size)
    if any(wanted(asked, part) for part in ("import", "export", "simulate")):
        with register.opened(size, serving=False) as found:
            if wanted(asked, "import"):
                yield bulk.importing(found)
            if wanted(asked, "export"):
                yield from bulk.exporting(found)
            if wanted(asked, "simulate"):
                yield simulating.foretelling(found)


def surroundings(asked: argparse.Namespace) -> dict[str, Any]:
    """Where and when this was measured."""
    return {
        "measured_at": clock.now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "generator": load.generator(),
        "connections": load.CONNECTIONS,
        "processes": register.processes(),
        "pool": POOL * register.processes(),
        "rounds": asked.pace.rounds,
        "seconds": asked.pace.seconds,
    }


def main() -> None:
    """Measure, print the table, write build/bench.json; what was measured until it broke off is printed too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # nobody whom we started stays behind
    asked = options(sys.argv[1:])
    lines: list[Line] = []
    try:
        lines.extend(run(asked))
    finally:
        where = surroundings(asked)
        print(results.table(lines))
        load_words = ", ".join(f"{each:.1f}" for each in where["load_average"])
        print(f"\n{where['cores']} cores, load average {load_words}; {where['generator']}; MISSED: a goal that was not reached")
        results.write(asked.report, lines, where)


if __name__ == "__main__":
    main()
