"""Several processes serve one port: who dies is followed by another, and a signal ends them all."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import httpx2

from partner import regulation
from partner.embedded_state import processes_in
from partner.settings import Settings
from tests.acceptance.service import Service
from tests.acceptance.test_command import cluster_of, until
from tests.licensing import drafts

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


def test_every_process_takes_an_amended_law(fresh: Service, tmp_path: Path) -> None:
    """By itself within seconds, and at once on SIGHUP to the parent."""
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "regulation"))
    fresh.settings |= PRODUCTION | {"PARTNER_REGULATION_DIR": str(root)}
    fresh.start()
    digests = {digest_of(fresh)}
    drafts.amend(root)
    wanted = regulation.load(root).digest
    assert wanted not in digests
    assert fresh.process is not None
    fresh.process.send_signal(signal.SIGHUP)
    assert until(lambda: {digest_of(fresh) for _ in range(20)} == {wanted})
    drafts.append(root, "windows/amateur-renewal.yaml", "- nonsense\n")
    assert until(lambda: httpx2.get(f"{fresh.url}/readyz", timeout=60).json() == {"status": "ok", "law": "refused"})
    assert {digest_of(fresh) for _ in range(20)} == {wanted}
    assert fresh.stop() == 0


def digest_of(service: Service) -> str:
    """By which law the process goes that happens to answer."""
    return str(httpx2.get(f"{service.url}/api/v1/regulation", timeout=60).json()["digest"])
