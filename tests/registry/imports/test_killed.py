"""The command is killed at any moment, and the same command takes the file up: nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Cluster
from tests.registry.imports.files import bases, troubles, write_csv

PROGRAM = "from partner.registry import bulk; bulk.AT_A_TIME = 50; from partner.cli import main; main()"
LOCK = "LOCK TABLE import_key IN SHARE MODE"  # read by all, written by nobody: the last rows of a chunk have to wait
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
RECORDS = 600


class Command:
    """`partner import stations FILE`, with chunks of fifty records."""

    def __init__(self, cluster: Cluster, name: str, path: Path) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PARTNER_MODE": "test",
            "PARTNER_DATABASE_URL": cluster.url("partner_app", name),
            "PARTNER_DATABASE_PUBLIC_URL": cluster.url("partner_public", name),
        }
        self.words = [sys.executable, "-c", PROGRAM, "import", "stations", str(path)]

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.words, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.words, env=self.environment, capture_output=True, text=True, check=False)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def value(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> int:
    found = connection.execute(statement).fetchone()
    return int(str(found[0])) if found is not None and found[0] is not None else 0


def done(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    return value(connection, "SELECT max(done) FROM import_progress")


@pytest.mark.slow
def test_a_killed_import_is_taken_up_without_loss_or_doubles(cluster: Cluster, database_name: str, tmp_path: Path) -> None:
    records = bases(RECORDS)
    for number in range(0, RECORDS, 50):
        records[number] |= {"valid_to": "never"}
    path = write_csv(tmp_path / "a.csv", records)
    command = Command(cluster, database_name, path)
    url = cluster.url("postgres", database_name).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection, psycopg.connect(url, autocommit=True) as other:
        _kill_within_a_chunk(command, connection, other)
        within = done(connection)
        _kill_after_a_chunk(command, connection)
        assert within < done(connection) < RECORDS
        finished = command.run()
        assert finished.returncode == 3, finished.stderr
        assert value(connection, "SELECT count(DISTINCT station_id) FROM published_change") == RECORDS - 12
        assert value(connection, "SELECT count(*) FROM published_change") == RECORDS - 12
        assert value(connection, "SELECT max(sequence) FROM published_change") == RECORDS - 12
        assert value(connection, "SELECT count(*) FROM license_version") == RECORDS - 12
        assert value(connection, "SELECT count(*) FROM licensee") == 1
    assert [line for line, _, _ in troubles(path)] == [2 + number for number in range(0, RECORDS, 50)]
    again = command.run()
    assert again.returncode == 0
    assert "imported whole" in again.stdout


def _kill_within_a_chunk(
    command: Command, connection: psycopg.Connection[tuple[object, ...]], other: psycopg.Connection[tuple[object, ...]]
) -> None:
    """The import has written the register's rows of a chunk and waits in the middle of its transaction."""
    with other.transaction():
        other.execute(LOCK)
        process = command.start()
        until(lambda: value(connection, WAITING) > 0)
        process.kill()
        process.wait()
    until(lambda: value(connection, WAITING) == 0)


def _kill_after_a_chunk(command: Command, connection: psycopg.Connection[tuple[object, ...]]) -> None:
    before = done(connection)
    process = command.start()
    until(lambda: done(connection) > before)
    process.kill()
    process.wait()
