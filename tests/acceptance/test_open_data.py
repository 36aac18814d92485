"""Open data from outside: the demonstration has a dump when it is ready, the command makes one, the examples of the guide run."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from tests.acceptance.conftest import a_service
from tests.acceptance.service import ROOT, Service

GUIDE = (ROOT / "docs" / "api" / "open-data.md").read_text(encoding="utf-8")
API_GUIDE = (ROOT / "docs" / "api" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo() -> Iterator[Service]:
    """The demonstration, asked for its manifest at the very moment when it is ready."""
    with a_service() as made:
        made.start("2026-06-01T09:00:00+09:00", command="demo")
        assert httpx2.get(f"{made.url}/open-data/latest/manifest.json", timeout=60).status_code == 200
        yield made


def manifest_of(place: Path) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((place / "latest" / "manifest.json").read_bytes())
    return found


def told_by_examples(demo: Service, guide: str) -> list[str]:
    """What the Python examples of a guide print."""
    told = []
    for example in re.findall(r"```python\n(.*?)```", guide, re.DOTALL):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            exec(compile(example.replace("http://127.0.0.1:8000", demo.url), "docs/api", "exec"), {})
        told.append(output.getvalue())
    return told


def freshness(demo: Service) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{demo.url}/api/v1/freshness", timeout=60).json()
    return found


def test_the_example_of_events_ends_with_the_newest(demo: Service) -> None:
    before = freshness(demo)["sequence"]
    (told,) = told_by_examples(demo, API_GUIDE)
    first, *others = [int(line.split()[0]) for line in told.splitlines()]
    assert others == [first + 1, first + 2]
    assert before <= others[-1] <= freshness(demo)["sequence"]  # the daily work may be adding to the feed meanwhile


def test_the_examples_of_the_guide_run(demo: Service) -> None:
    before = freshness(demo)
    told = told_by_examples(demo, GUIDE)
    assert "stations.parquet" in told[0]
    stations, sequence = re.fullmatch(r"(\d+) stations at sequence (\d+)\n", told[1]).groups()  # type: ignore[union-attr] # else it fails
    assert int(stations) == before["dump"]["stations"]
    assert before["sequence"] <= int(sequence) <= freshness(demo)["sequence"]


def test_the_command_publishes_beside_the_running_service(demo: Service, tmp_path: Path) -> None:
    answer = demo.run("export", "open-data", str(tmp_path))
    assert answer.returncode == 0, answer.stderr
    told = manifest_of(tmp_path)
    assert f"{told['counts']['stations']:,} stations as of {told['as_of']}, sequence {told['sequence']}" in answer.stdout
    assert "stations.parquet" in answer.stdout
    assert "stations.jsonl" in answer.stderr  # a bar for each file
    served = httpx2.get(f"{demo.url}/open-data/latest/manifest.json", timeout=60).json()
    demo.run("export", "open-data")
    again = httpx2.get(f"{demo.url}/open-data/latest/manifest.json", timeout=60).json()
    assert again["id"] != served["id"]


def test_a_suspicious_dump_is_refused_with_3_and_accepted_when_told_to(demo: Service, tmp_path: Path) -> None:
    assert demo.run("export", "open-data", str(tmp_path)).returncode == 0
    path = tmp_path / "latest" / "manifest.json"
    told = manifest_of(tmp_path)
    path.write_bytes(orjson.dumps({**told, "counts": {**told["counts"], "stations": told["counts"]["stations"] * 2}}))
    refused = demo.run("export", "open-data", str(tmp_path))
    assert refused.returncode == 3
    assert "--accept-churn" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert manifest_of(tmp_path)["id"] == told["id"]
    assert (tmp_path / "refused" / "stations.csv").is_file()
    assert demo.run("export", "open-data", str(tmp_path), "--accept-churn").returncode == 0
    assert manifest_of(tmp_path)["id"] != told["id"]
    assert not (tmp_path / "refused").exists()
