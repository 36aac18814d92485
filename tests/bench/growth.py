"""What becomes of the slowest answers when the register grows: two registers side by side, asked in turns by one client."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench import load
from tests.bench.figures import GROWTH_GOAL, SLOWEST_GOAL, Figure
from tests.bench.ours import Ours
from tests.bench.racing import TRIAL_S, WARM_UP_S, Pace, Runner, take_turns
from tests.bench.register import Register, say
from tests.bench.results import Line, Spread
from tests.bench.sampling import Sample


def compare(figures: Sequence[Figure], small: Register, large: Register, pace: Pace) -> list[Line]:
    """For every figure the p99 on the large register against that on the small one."""
    with small.connected() as one, large.connected() as other:
        samples = [(small, Sample(one, small.size)), (large, Sample(other, large.size))]
        return [_line(figure, [_runner(figure, *pair) for pair in samples], small.size, large.size, pace) for figure in figures]


def _runner(figure: Figure, register: Register, sample: Sample) -> Runner:
    server = Ours(register)
    [asked] = server.variants(figure.key, figure.parameters(sample)).values()
    return Runner(server, f"{register.size:,}", load.written(f"{figure.key}-{register.size}-growth", asked))


def _line(figure: Figure, runners: list[Runner], small: int, large: int, pace: Pace) -> Line:
    say(f"{small:,} and {large:,} stations: {figure.title}")
    for runner in runners:
        load.send(runner.server.url, runner.file, seconds=TRIAL_S + WARM_UP_S, connections=1)
    take_turns(runners, pace, connections=1)
    before, after = runners
    ratios = Spread.of([other.p99_ms / one.p99_ms for one, other in zip(before.alone, after.alone, strict=True)])
    return Line(
        f"growth-{figure.key}",
        f"{figure.title}: p99",
        large,
        f"{small:,} stations",
        ratio=ratios,
        goal=GROWTH_GOAL,
        less_is_better=True,
        ours=after.speed,
        theirs=before.speed,
    )


def slowest(lines: Sequence[Line], size: int) -> list[Line]:
    """The p99 of the slowest search of a size against that by id; nothing where one of them was not measured."""
    seen = {line.figure: line for line in lines if line.size == size and line.ours is not None and line.figure.startswith("rest-")}
    by_id = seen.pop("rest-id", None)
    if by_id is None or not seen or by_id.ours is None:
        return []
    worst = max(seen.values(), key=lambda line: line.ours.p99_ms if line.ours else 0)
    assert worst.ours is not None
    ratio = worst.ours.p99_ms / by_id.ours.p99_ms
    note = f"slowest: {worst.title}"
    shared = {"goal": SLOWEST_GOAL, "less_is_better": True, "ours": worst.ours, "theirs": by_id.ours}
    return [Line("slowest", "slowest search: p99", size, "by id", ratio=Spread(ratio, ratio, ratio), note=note, **shared)]  # type: ignore[arg-type]
