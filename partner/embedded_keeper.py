"""Keeps the embedded PostgreSQL: a small process between the server and those who use it.

Everyone who uses the server holds a shared lock on the file `users`. The keeper waits for an exclusive one: it comes when the
last user has gone, however it went (`kill -9` too), and then the server is stopped. When the server itself is killed, the
keeper starts it again on the same port. Run by path, with nothing but the standard library.

Exit status: 0 after a stop, 1 when the server did not come up.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

RESTARTS = 40
PAUSE_S = 0.25

_FLOCK = "hhlli4x"


def lock_record(kind: int) -> bytes:
    """A `struct flock` over the whole of a file."""
    return struct.pack(_FLOCK, kind, os.SEEK_SET, 0, 0, 0)


def lock_kind(record: bytes) -> int:
    """The kind of lock in a `struct flock`: F_RDLCK, F_WRLCK or F_UNLCK."""
    kind: int = struct.unpack(_FLOCK, record)[0]
    return kind


class Keeper:
    """One server and its restarts."""

    def __init__(self, command: list[str], options: dict[str, Any]) -> None:
        self._command = command
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()

    def stop(self) -> None:
        """Stop the server for good: a fast shutdown, which ends sessions and writes everything out."""
        self._over.set()
        with self._lock:
            if self._process is not None:
                self._process.send_signal(signal.SIGINT)

    def stop_when_unused(self, users: Path) -> None:
        """Wait for the last user to go; hold newcomers off until the server has ended."""
        with users.open("r+b") as file:
            fcntl.fcntl(file, fcntl.F_OFD_SETLKW, lock_record(fcntl.F_WRLCK))
            self.stop()
            if self._process is not None:
                self._process.wait()

    def run(self) -> int:
        """Run the server until it is stopped; start it again when it was killed."""
        restarts = 0
        while process := self._start():
            code = process.wait()
            if code == 0 or self._over.is_set():
                return 0
            if code > 0 and not restarts:
                return 1
            restarts += 1  # after a kill the old backends may hold the shared memory for a moment, and a start fails with 1
            if restarts > RESTARTS:
                return 1
            self._over.wait(PAUSE_S)
        return 0

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._over.is_set():
                return None
            self._process = subprocess.Popen(self._command, **self._options)
            return self._process


def main() -> int:
    """Run with one argument: a JSON object with `command`, `options` (of subprocess) and `users` (a path)."""
    told = json.loads(sys.argv[1])
    keeper = Keeper(told["command"], told["options"])
    threading.Thread(target=keeper.stop_when_unused, args=(Path(told["users"]),), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: threading.Thread(target=keeper.stop, daemon=True).start())
    return keeper.run()


if __name__ == "__main__":
    sys.exit(main())
