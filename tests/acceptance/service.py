"""A real server process with a data directory of its own, driven from outside over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from partner.connecting import databases
from partner.database import Database
from partner.settings import Mode
from partner.settings import Settings as PartnerSettings

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("partner")
PATIENCE_S = 240.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Service:
    """`start` it with a clock, talk to it as a persona, move its clock, `restart` it, `stop` it."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir / "service.log"

    @property
    def environment(self) -> dict[str, str]:
        ours = {"PARTNER_MODE": "test", "PARTNER_PORT": str(self.port), "PARTNER_DATA_DIR": str(self.data_dir)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARTNER_")}
        return kept | ours | self.settings

    def start(self, clock: str | None = None, *, command: str = "serve") -> Service:
        """Start the server and wait until it is ready. `clock` as `PARTNER_CLOCK`."""
        if clock is not None:
            self.settings["PARTNER_CLOCK"] = clock
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(COMMAND), command], cwd=ROOT, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )
        self.wait()
        return self

    def wait(self) -> None:
        """Wait until `/readyz` answers 200; fail with the server's last words."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.words()}")
            with suppress(httpx2.TransportError):  # it does not listen yet
                if httpx2.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the server is not ready after {PATIENCE_S} s:\n{self.words()}")

    def words(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the server by a signal and answer its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE_S)
        self.process = None
        return status

    def restart(self, clock: str | None = None) -> Service:
        """Stop and start again, on the same data; at another time if `clock` is given."""
        self.stop()
        return self.start(clock)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the `partner` command with this server's settings."""
        return subprocess.run([str(COMMAND), *words], check=False, cwd=ROOT, env=self.environment, capture_output=True, text=True)

    def python(self, module: str) -> subprocess.CompletedProcess[str]:
        """Run a module of the tests with this server's settings."""
        return subprocess.run([sys.executable, "-m", module], check=False, cwd=ROOT, env=self.environment, capture_output=True, text=True)

    def token(self, persona: str) -> str:
        """What `partner token PERSONA` prints, asked without starting a process."""
        answer = httpx2.post(f"{self.url}/standin/tokens", json={"persona": persona}, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def as_(self, persona: str | None) -> Client:
        """A client of the API as a persona; as nobody when None."""
        headers = {"Authorization": f"Bearer {self.token(persona)}"} if persona else {}
        return Client(self.url, headers)

    @asynccontextmanager
    async def database(self, *, connections: int = 8) -> AsyncIterator[Database]:
        """The database of the running server, written to from this process, whose clock must then be the server's."""
        with databases(PartnerSettings(mode=Mode.TEST, data_dir=self.data_dir)) as addresses:
            async with Database(addresses.app, addresses.public, pool_size=connections).opened() as opened:
                yield opened

    def move_clock(self, moment: str) -> None:
        """Move the clock forward, as the administrator. Tokens may be over then."""
        self.as_("admin").post("/api/v1/clock", {"now": moment})


class Client:
    """HTTP that expects success, unless told which status it expects."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url = url
        self.headers = headers

    def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any) -> httpx2.Response:
        """One request on a connection of its own; the answer, whatever its status."""
        return httpx2.request(method, self.url + path, headers={**self.headers, **(headers or {})}, timeout=60, **content)

    def get(self, path: str, *, expect: int = 200, **parameters: Any) -> Any:
        return self._read(self.send("GET", path, params=parameters), expect)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, expect: int = 200) -> Any:
        return self._read(self.send("POST", path, json=body or {}), expect)

    def put(self, path: str, body: Mapping[str, Any], *, expect: int = 200) -> Any:
        return self._read(self.send("PUT", path, json=body), expect)

    def post_file(self, content: bytes) -> dict[str, Any]:
        """Import one file of the e-filing client; the whole answer."""
        answer = self.send("POST", "/api/v1/applications/import", content=content, headers={"Content-Type": "application/xml"})
        return dict(self._read(answer, expect=201))

    def import_file(self, content: bytes) -> dict[str, Any]:
        """Import one file that holds one filing; its case."""
        [case] = self.post_file(content)["applications"]
        return dict(case)

    def attach(self, case: Mapping[str, Any], kind: str, content: bytes) -> None:
        """Attach a PDF to a case."""
        path = f"/api/v1/applications/{case['id']}/attachments"
        headers = {"Content-Type": "application/pdf"}
        self._read(self.send("POST", path, params={"kind": kind}, content=content, headers=headers), expect=201)

    def act(self, case: Mapping[str, Any], action: str, body: Mapping[str, Any] | None = None, *, expect: int = 200) -> dict[str, Any]:
        """Take one step of a case."""
        return dict(self.post(f"/api/v1/applications/{case['id']}/actions/{action}", body, expect=expect))

    def case(self, case: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self.get(f"/api/v1/applications/{case['id']}"))

    def events(self, case: Mapping[str, Any]) -> list[dict[str, Any]]:
        return list(self.get(f"/api/v1/applications/{case['id']}/events")["items"])

    def text(self, path: str, **parameters: Any) -> str:
        answer = self.send("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.text

    @staticmethod
    def _read(answer: httpx2.Response, expect: int) -> Any:
        assert answer.status_code == expect, f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None
