"""Several processes serve one port: who dies is followed by another, and a signal ends them all."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx2

from partner.embedded_state import processes_in
from tests.acceptance.service import Service
from tests.acceptance.test_command import cluster_of, until

PRODUCTION = {"PARTNER_MODE": "production", "PARTNER_SECRET_KEY": "a key for tests", "PARTNER_WORKERS": "2"}


def children(service: Service) -> set[int]:
    """The processes that serve."""
    assert service.process is not None
    number = service.process.pid
    found = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii").split()
    return {int(child) for child in found if "serve" in Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8")}


def test_a_worker_that_dies_is_followed_by_another(fresh: Service) -> None:
    fresh.settings |= PRODUCTION
    fresh.start()
    before = children(fresh)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    assert until(lambda: len(children(fresh)) == 2 and children(fresh) != before)
    assert httpx2.get(f"{fresh.url}/api/v1/stations", timeout=60).json()["items"] == []
    served = children(fresh)
    assert fresh.stop() == 0
    assert [child for child in served if Path(f"/proc/{child}").exists()] == []
    assert processes_in(cluster_of(fresh)) == []
    assert "Traceback" not in fresh.words()


def test_a_clock_that_moves_is_that_of_one_process(fresh: Service) -> None:
    fresh.settings |= {"PARTNER_WORKERS": "2"}
    answer = fresh.run("serve")
    assert answer.returncode == 1
    assert "PARTNER_WORKERS" in answer.stderr
