"""Where peers come from, as whom they read, and how they run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
from psycopg import sql

from tests.bench.register import BUILD, Register, directory, say

PEERS = Path(__file__).parent
ROLE, PASSWORD = "bench_peer", "bench"
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Process:
    """A peer that runs: where it listens, its session, and the PostgreSQL that it reads."""

    url: str
    session: int
    postmaster: int | None = None


class Missing(Exception):
    """A peer cannot be had on this machine; the message says why."""


def installed_by_npm(program: str) -> Path:
    """A program of the packages in package-lock.json, installed below build/bench/ on first use. Raises Missing."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise Missing("node and npm are not installed")
    place = directory("node")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PEERS / name, place)
    found = place / "node_modules" / ".bin" / program
    if not found.exists():
        say("installing the peers that come from npm")
        answer = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], check=False, cwd=place, capture_output=True, text=True)
        if answer.returncode != 0 or not found.exists():
            raise Missing(f"npm could not install {program}: {answer.stderr.strip()[-300:]}")
    return found


def peer_url(register: Register) -> str:
    """The address of the database as the role of the peers, which is made here: it may log in and read what it is granted."""
    with register.connected() as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(ROLE), sql.Literal(PASSWORD)))
    return f"postgresql://{ROLE}:{PASSWORD}@127.0.0.1:{register.server.port}/partner"


@contextmanager
def running(
    name: str, command: Sequence[str], environment: Mapping[str, str], *, ready: str, port: int, database: Register | None = None
) -> Iterator[Process]:
    """A peer as a process of its own, until the block ends. `ready` is a path that it answers as soon as it works."""
    log = BUILD / f"{name.lower()}.log"
    kept = {**os.environ, **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(list(command), env=kept, stdout=output, stderr=output, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(name, process, url + ready, log)
        yield Process(url, process.pid, database.server.process_id if database else None)
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait(name: str, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx2.TransportError):  # it does not listen yet
            if httpx2.get(url, timeout=30).status_code < 500:
                return
        time.sleep(0.05)
    raise Missing(f"{name} does not start: {log.read_text(encoding='utf-8', errors='replace')[-300:]}")
