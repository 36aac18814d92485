"""The benchmark tells the truth: goals that are missed are marked, parameters differ, and it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bench import costs, growth, load, racing, results, sampling
from tests.bench.__main__ import options, wanted
from tests.bench.load import Load
from tests.bench.racing import Pace, Runner
from tests.bench.results import Line, Speed, Spread
from tests.bench.sampling import Sample

ROOT = Path(__file__).resolve().parents[2]
FAST, SLOW = Speed(1000, 1.0, 2.0), Speed(100, 10.0, 50.0)


def line(median: float, **given: Any) -> Line:
    return Line("rest-page", "page", 1000, "a peer", ratio=Spread(median, median, median), **given)


@pytest.mark.parametrize(
    ("measured", "reached"),
    [
        (line(2.0, goal=2.0), True),
        (line(1.99, goal=2.0), False),
        (line(1.99, goal=2.0, less_is_better=True), True),
        (line(2.01, goal=2.0, less_is_better=True), False),
        (line(9.0), None),
        (line(9.0, goal=2.0, ours=Speed(1000, 1.0, 2.0, failed=1)), False),
        (Line("rest-page", "page", 1000, "a peer", goal=2.0, note="NOT MEASURED"), False),
    ],
)
def test_a_goal_that_was_not_reached_is_marked(measured: Line, reached: bool | None) -> None:
    assert measured.reached is reached
    assert ("MISSED" in results.table([measured])) is (reached is False)
    assert json.loads(results.as_json([measured], {}))["figures"][0]["reached"] is reached


def test_the_slowest_search_is_compared_with_the_one_by_id() -> None:
    seen = [Line("rest-id", "by id", 1000, "", ours=FAST), Line("rest-page", "page", 1000, "", ours=SLOW)]
    [found] = growth.slowest(seen, 1000)
    assert found.ratio is not None
    assert found.ratio.median == 25
    assert found.reached is False
    assert growth.slowest(seen[1:], 1000) == []


def test_parameters_are_different_and_as_many_as_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "WANTED", 5)
    sample = Sample(None, 10)  # type: ignore[arg-type]

    def few() -> Iterator[dict[str, int]]:
        yield from ({"a": number % 3} for number in range(9))

    def many() -> Iterator[dict[str, int]]:
        yield from ({"a": number} for number in range(9))

    assert sample.different(few) == [{"a": 0}, {"a": 1}, {"a": 2}]
    assert len(sample.different(many)) == 5


@pytest.mark.parametrize(
    ("only", "kept"), [("rest", True), ("rest-name", True), ("rest-name-rare", True), ("rest-na", False), ("graphql", False)]
)
def test_a_figure_is_chosen_by_its_first_words(only: str, kept: bool) -> None:
    assert wanted(options(["--only", only]), "rest-name-rare") is kept


@dataclass
class Peer:
    """A server that is never asked really."""

    name: str
    session: int = 0
    postmaster: int | None = None

    @property
    def url(self) -> str:
        return self.name


def test_a_server_that_answers_nothing_is_told_of_and_the_others_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    def sent(url: str, *_: Any, **__: Any) -> Load:
        return Load(0 if url == "dead" else 100, 1.0, 0, 1.0, 2.0, 0)

    monkeypatch.setattr(load, "send", sent)
    monkeypatch.setattr(costs, "taken", lambda *_: (0.0, 0.0))
    runners = [Runner(Peer(name), "", Path()) for name in ("ours", "dead", "theirs")]  # type: ignore[arg-type]
    kept, silent = racing._timed(runners, Pace(rounds=2, seconds=1))
    assert [(one.server.name, len(one.many), len(one.alone)) for one in kept] == [("ours", 2, 2), ("theirs", 2, 2)]
    assert silent == {"dead": "NOT MEASURED: it answered nothing within 1 s"}


@pytest.mark.slow
def test_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_GENERATOR", "own")
    report = tmp_path / "bench.json"
    asked = ["--size", "500", "--rounds", "1", "--seconds", "1", "--peers", "none", "--report", str(report)]
    for only in ("rest-page", "rest-id", "direct"):
        asked += ["--only", only]
    answer = subprocess.run([sys.executable, "-m", "tests.bench", *asked], check=False, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    found = {one["figure"]: one for one in json.loads(report.read_bytes())["figures"]}
    assert set(found) == {"rest-id", "rest-page", "slowest", "direct-rest-page"}
    assert all(one["ours"]["failed"] == 0 for one in found.values())
    assert "only " in found["rest-id"]["note"]
