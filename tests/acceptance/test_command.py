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


def test_a_demo_notes_its_mode_so_that_a_token_needs_only_place_and_port(fresh: Service) -> None:
    fresh.start(command="demo")
    assert (fresh.data_dir / "mode").read_text(encoding="utf-8").strip() == "demo"
    assert until(lambda: fresh.url in fresh.words())
    environment = BARE | {"PARTNER_DATA_DIR": str(fresh.data_dir), "PARTNER_PORT": str(fresh.port)}
    answer = subprocess.run([str(COMMAND), "token", "taro"], check=True, cwd=ROOT, env=environment, capture_output=True, text=True)
    token = answer.stdout.strip()
    mine = httpx2.get(f"{fresh.url}/api/v1/applications", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert mine.status_code == 200
    assert httpx2.get(f"{fresh.url}/api/v1/applications", timeout=60).status_code == 401


def test_a_command_beside_a_demo_tells_the_day_of_its_clock(fresh: Service) -> None:
    fresh.start("2020-06-01T09:00:00+09:00")
    environment = {name: value for name, value in fresh.environment.items() if name != "PARTNER_CLOCK"}

    def figures() -> str:
        answer = subprocess.run([str(COMMAND), "kpi"], check=True, cwd=ROOT, env=environment, capture_output=True, text=True)
        return answer.stdout

    assert "2020-04-01 – 2020-06-01" in figures()
    fresh.move_clock("2021-04-02")
    assert "2021-04-01 – 2021-04-02" in figures()


def test_a_token_of_nobody_is_refused_with_the_names(running: Service) -> None:
    answer = running.run("token", "jiro")
    assert answer.returncode == 1
    assert "taro, hanako" in answer.stderr


def test_the_doctor_finds_the_running_service_and_shares_its_database(running: Service) -> None:
    answer = running.run("doctor")
    assert answer.returncode == 0, answer.stdout
    assert "this service listens there" in answer.stdout
    assert "trigrams of 無線局" in answer.stdout
    assert "!!" not in answer.stdout
    running.wait()


def test_a_second_server_on_the_same_port_says_so_at_once(running: Service) -> None:
    answer = running.run("serve")
    assert answer.returncode == 1
    assert "PARTNER_PORT" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_signals_end_the_server_and_leave_no_process(fresh: Service) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        fresh.start()
        assert processes_in(cluster_of(fresh)) != []
        assert fresh.stop(number) == 0
        assert processes_in(cluster_of(fresh)) == []
        assert "Traceback" not in fresh.words()


def test_a_killed_server_leaves_no_process_and_no_obstacle(fresh: Service) -> None:
    fresh.start()
    assert fresh.stop(signal.SIGKILL) == -9
    assert until(lambda: processes_in(cluster_of(fresh)) == [])
    fresh.start()
    assert fresh.stop() == 0


def test_production_is_refused_without_a_secret_and_without_a_traceback(fresh: Service) -> None:
    environment = BARE | {"PARTNER_MODE": "production", "PARTNER_DATA_DIR": str(fresh.data_dir)}
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
