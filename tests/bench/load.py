"""The generator of load: wrk with a script of ours, or where it cannot be had a slower client of ours; one of them for everybody."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

from tests.bench.register import BUILD, say

SCRIPT = Path(__file__).with_name("load.lua")
ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = 16
INSTALLATION = (("apt-get", "update", "-qq"), ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "wrk"))


@dataclass(frozen=True)
class Asked:
    """One request: GET of a path, or POST of a JSON body to it."""

    path: str
    body: bytes | None = None

    @property
    def line(self) -> bytes:
        """The request as the generators read it from a file."""
        return b"GET\t" + self.path.encode() if self.body is None else b"POST\t" + self.path.encode() + b"\t" + self.body


@dataclass(frozen=True)
class Load:
    """What one run of the generator saw: times in milliseconds, `failed` requests included in `requests`."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float
    bytes: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def written(name: str, requests: Sequence[Asked]) -> Path:
    """The file of these requests."""
    place = BUILD / "requests"
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{name}.txt"
    file.write_bytes(b"\n".join(request.line for request in requests) + b"\n")
    return file


@cache
def generator() -> str:
    """What `BENCH_GENERATOR` chooses; else `wrk`, installed by apt when we are root and it is missing; else `own`."""
    if chosen := os.environ.get("BENCH_GENERATOR"):
        return chosen
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing wrk")
        for command in INSTALLATION:
            subprocess.run(command, check=False, capture_output=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    if shutil.which("wrk"):
        return "wrk"
    say("NOTE: wrk cannot be had: a client in Python sends the requests. It takes much of a core, and all ratios come out nearer to 1.")
    return "own"


def send(url: str, file: Path, *, seconds: float, connections: int = CONNECTIONS, start: int = 0) -> Load:
    """Send the requests of a file over and over for some seconds, from a line on. Raises RuntimeError when the generator fails."""
    whole = max(1, round(seconds))
    wrk = ["wrk", "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "60s", "-s", str(SCRIPT), url, "--", str(file), str(start)]
    own = [sys.executable, "-m", "tests.bench.own_client", url, str(file), str(start), str(connections), str(whole)]
    answer = subprocess.run(wrk if generator() == "wrk" else own, check=False, capture_output=True, cwd=ROOT)
    if answer.returncode != 0 or not answer.stdout.strip():
        raise RuntimeError(f"the generator of load failed: {answer.stderr.decode(errors='replace')}")
    return Load(**orjson.loads(answer.stdout.strip().splitlines()[-1]))
