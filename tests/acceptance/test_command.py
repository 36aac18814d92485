"""The `partner` command from outside: it starts, tells, attaches, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

from partner.embedded_state import processes_in
from tests.acceptance.service import COMMAND, ROOT, Service

BARE = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def cluster_of(service: Service) -> Path:
    return service.data_dir / "postgres" / "data"


def test_the_first_start_is_ready_and_notes_the_mode(service: Service) -> None:
    service.start(command="demo")
    assert (service.data_dir / "mode").read_text(encoding="utf-8").strip() == "demo"
    assert httpx2.get(f"{service.url}/healthz").json() == {"status": "ok"}
    assert until(lambda: service.url in service.words())


def test_a_token_of_a_persona_needs_no_other_variable_than_place_and_port(service: Service) -> None:
    environment = BARE | {"PARTNER_DATA_DIR": str(service.data_dir), "PARTNER_PORT": str(service.port)}
    answer = subprocess.run([str(COMMAND), "token", "taro"], check=True, cwd=ROOT, env=environment, capture_output=True, text=True)
    token = answer.stdout.strip()
    assert token.count(".") == 2
    mine = httpx2.get(f"{service.url}/api/v1/applications", headers={"Authorization": f"Bearer {token}"})
    assert mine.status_code == 200
    assert httpx2.get(f"{service.url}/api/v1/applications").status_code == 401


def test_a_token_of_nobody_is_refused_with_the_names(service: Service) -> None:
    answer = service.run("token", "jiro")
    assert answer.returncode == 1
    assert "taro, hanako" in answer.stderr


def test_the_doctor_finds_the_running_service_and_shares_its_database(service: Service) -> None:
    answer = service.run("doctor")
    assert answer.returncode == 0, answer.stdout
    assert "this service listens there" in answer.stdout
    assert "trigrams of 無線局" in answer.stdout
    assert "!!" not in answer.stdout
    service.wait()


def test_a_second_server_on_the_same_port_says_so_at_once(service: Service) -> None:
    answer = service.run("serve")
    assert answer.returncode == 1
    assert "PARTNER_PORT" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_ctrl_c_leaves_no_process_and_the_second_start_is_quick(service: Service) -> None:
    assert processes_in(cluster_of(service)) != []
    assert service.stop(signal.SIGINT) == 0
    assert processes_in(cluster_of(service)) == []
    begun = time.perf_counter()
    service.start()
    assert time.perf_counter() - begun < 30  # the promise is 5 s on a machine that does nothing else
    assert service.stop(signal.SIGTERM) == 0
    assert processes_in(cluster_of(service)) == []


def test_a_killed_server_leaves_no_process_and_no_obstacle(service: Service) -> None:
    service.start()
    assert service.stop(signal.SIGKILL) == -9
    assert until(lambda: processes_in(cluster_of(service)) == [])
    service.start()
    assert service.stop() == 0


def test_production_is_refused_without_a_secret_and_without_a_traceback(service: Service) -> None:
    environment = BARE | {"PARTNER_MODE": "production", "PARTNER_DATA_DIR": str(service.data_dir)}
    answer = subprocess.run([str(COMMAND), "serve"], check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stderr.startswith("partner: PARTNER_SECRET_KEY")


def test_help_and_the_law_need_no_settings() -> None:
    broken = BARE | {"PARTNER_CLOCK": "never", "PARTNER_DATABASE_URL": "nowhere"}
    for words in (["--help"], ["serve", "--help"], ["regulation", "check"]):
        answer = subprocess.run([str(COMMAND), *words], check=False, cwd=ROOT, env=broken, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr


def test_settings_that_are_wrong_are_named() -> None:
    wrong = BARE | {"PARTNER_CLOCK": "2020-06-01T09:00:00", "PARTNER_MODE": "demo"}
    answer = subprocess.run([str(COMMAND), "serve"], check=False, cwd=ROOT, env=wrong, capture_output=True, text=True)
    assert answer.returncode == 1
    assert "PARTNER_CLOCK needs a time zone" in answer.stderr
    elsewhere = BARE | {
        "PARTNER_MODE": "demo",
        "PARTNER_DATABASE_URL": "mysql://x",
        "PARTNER_DATABASE_PUBLIC_URL": "mysql://x",
        "PARTNER_PORT": "0",
    }
    answer = subprocess.run([str(COMMAND), "serve"], check=False, cwd=ROOT, env=elsewhere, capture_output=True, text=True)
    assert "PARTNER_PORT" in answer.stderr
