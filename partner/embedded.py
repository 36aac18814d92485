"""Starts the embedded PostgreSQL when no database is configured.

One server serves a data directory, however many processes use it: the first starts it, later ones find it, the last to go
stops it. The programs and the user as whom they run are the matter of `partner.embedded_binaries`; `partner.embedded_keeper`
stops the server when its users were killed, and starts it again when it was.

State directory (0711, ours): `data` the cluster, `password` the secret from which the roles' passwords come, `postgres.log`,
and the lock files `lock` (who starts or stops) and `users` (who uses).
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from partner import embedded_keeper
from partner.embedded_binaries import ENVIRONMENT, Account, Binaries, PostgresError, find, reachable
from partner.embedded_state import (
    SHARED_STATE,
    account_of_server,
    directory,
    locked,
    password_of,
    postmaster,
    private,
    processes_in,
    secret_in,
    used,
)

ROLES = ("partner_owner", "partner_app", "partner_public")
PATIENCE_S = 30.0
PAUSE_S = 0.005
TRIES = 3

_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_outlived_by: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Launched:
    """The port of a server, and its keeper if this process started it."""

    port: int
    keeper: subprocess.Popen[bytes] | None = None


class Server:
    """A running server that this process uses."""

    def __init__(self, state: Path, *, launched: Launched, secret: str, users: IO[bytes]) -> None:
        self.state = state
        self.port = launched.port
        self._keeper = launched.keeper
        self._secret = secret
        self._users = users

    def url(self, role: str, database: str = "partner") -> str:
        """The SQLAlchemy URL of a database as a role."""
        return f"postgresql+psycopg://{role}:{password_of(self._secret, role)}@127.0.0.1:{self.port}/{database}"

    @property
    def process_id(self) -> int | None:
        """The process of the server, or None when it has ended."""
        return postmaster(self.state / "data").process_id

    def stop(self) -> None:
        """Leave the server. The last user stops it and waits for its end; it does nothing the second time."""
        if self._users.closed:
            return
        with locked(self.state / "lock"):
            self._users.close()
            if used(self.state / "users"):
                _outlived_by.extend([self._keeper] if self._keeper else [])
                return
            _end(self.state / "data")
        if self._keeper is not None:
            self._keeper.wait()


def start(data_dir: Path, *, binaries: Path | None = None, user: str = "nobody", durable: bool = True) -> Server:
    """Use the server that belongs to `data_dir`: the running one, or start it, creating the cluster on first use.

    `binaries` is the `bin` directory of a PostgreSQL to use instead of the one found (`PARTNER_POSTGRES_BIN`). `user` runs the
    server when we are root. `durable=False` trades safety at power loss for speed, for tests. Raises PostgresError with what to
    do when it cannot be had.
    """
    account = account_of_server(user)
    state = directory(data_dir.absolute(), account)
    users = private(state / "users")
    try:
        fcntl.fcntl(users, fcntl.F_OFD_SETLKW, embedded_keeper.lock_record(fcntl.F_RDLCK))  # waits while an unused server is being stopped
        with locked(state / "lock"):
            secret = secret_in(state / "password")
            launched = _running(state, secret) or _launch(state, account, secret=secret, binaries=binaries, durable=durable)
            _prepare(launched.port, secret)
        return Server(state, launched=launched, secret=secret, users=users)
    except BaseException:
        users.close()
        raise


@atexit.register
def _collect() -> None:
    """Take note of keepers of ours that have ended since we left their servers to others."""
    for keeper in _outlived_by:
        keeper.poll()


def assert_japanese(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Assert that the search for Japanese works in this database: it does not where the cluster's character type is C.

    Raises PostgresError with what to do.
    """
    with connection.transaction(force_rollback=True):
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        row = connection.execute("SELECT cardinality(show_trgm('無線局'))").fetchone()
    if not row or not row[0]:
        raise PostgresError(
            "this PostgreSQL finds no trigrams in Japanese text, because its character type (LC_CTYPE) is C: make the cluster anew "
            "with `initdb --locale=C.UTF-8 --encoding=UTF8` (PostgreSQL 18 also takes --locale-provider=builtin "
            "--builtin-locale=PG_UNICODE_FAST), or create the database with LC_CTYPE 'C.UTF-8' from template0"
        )


def _wait(condition: Callable[[], bool], failure: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise PostgresError(failure())
        time.sleep(PAUSE_S)


def _end(cluster: Path) -> None:
    """Stop the server by a fast shutdown, and wait until none of its processes is left."""
    process_id = postmaster(cluster).process_id
    if process_id is not None:
        with suppress(ProcessLookupError):  # the keeper was faster
            os.kill(process_id, signal.SIGINT)
    _wait(lambda: not processes_in(cluster), lambda: f"the server in {cluster} does not stop")


def _connect(port: int, secret: str) -> psycopg.Connection[tuple[object, ...]]:
    password = password_of(secret, "postgres")
    return psycopg.connect(
        host="127.0.0.1", port=port, user="postgres", password=password, dbname="postgres", autocommit=True, connect_timeout=10
    )


def _running(state: Path, secret: str) -> Launched | None:
    """The server that runs already. A server that is starting, or being started again, is waited for."""
    cluster = state / "data"
    deadline = time.monotonic() + PATIENCE_S
    while found := postmaster(cluster).process_id:
        port = postmaster(cluster).port
        if port is not None and _answers(port, secret):
            return Launched(port)
        if time.monotonic() > deadline:
            raise PostgresError(f"the server in {cluster} (process {found}) runs but does not answer; see {state / 'postgres.log'}")
        time.sleep(PAUSE_S)
    _wait(lambda: not processes_in(cluster), lambda: f"processes of a killed server still work in {cluster}: end them")
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    return None


def _answers(port: int, secret: str) -> bool:
    try:
        _connect(port, secret).close()
    except psycopg.OperationalError:
        return False
    return True


def _launch(state: Path, account: Account, *, secret: str, binaries: Path | None, durable: bool) -> Launched:
    """Start the server on a free port, and wait until it answers."""
    cluster = state / "data"
    made_by = (cluster / "PG_VERSION").read_text(encoding="utf-8").strip() if cluster.is_dir() else None
    found = reachable(find(binaries, int(made_by) if made_by else None), account, SHARED_STATE)
    if made_by is None:
        _create(cluster, found, account=account, password=password_of(secret, "postgres"))
    log = state / "postgres.log"
    for _ in range(TRIES):
        port = _free_port()
        keeper = _start_keeper(state, port, found, account=account, durable=durable, log=log)

        def up(port: int = port, keeper: subprocess.Popen[bytes] = keeper) -> bool:
            return keeper.poll() is not None or (postmaster(cluster).ready and _answers(port, secret))

        _wait(up, lambda: f"PostgreSQL does not come up; see {log}")
        if keeper.poll() is None:
            return Launched(port, keeper)
    raise PostgresError(f"PostgreSQL does not start; its last words in {log}:\n{_tail(log)}")


def _start_keeper(state: Path, port: int, binaries: Binaries, *, account: Account, durable: bool, log: Path) -> subprocess.Popen[bytes]:
    settings = _ALWAYS | {"port": str(port)} | ({} if durable else _NOT_DURABLE)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [binaries.program("postgres"), "-D", str(state / "data"), *options]
    told = json.dumps({"command": command, "options": account.process_options, "users": str(state / "users")})
    log.unlink(missing_ok=True)
    with private(log) as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", embedded_keeper.__file__, told],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,  # Ctrl-C is for us; the server is stopped after its last user
        )


def _create(cluster: Path, binaries: Binaries, *, account: Account, password: str) -> None:
    """Make a cluster: beside its place first, so that one broken off is never taken for a cluster."""
    partial = cluster.with_name("data.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    words = cluster.with_name("password.initdb")
    with os.fdopen(os.open(words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(password)
    for path in (partial, words):
        os.chown(path, account.uid, account.gid)
    command = [
        binaries.program("initdb"),
        "-D",
        str(partial),
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        f"--pwfile={words}",
        *_locale(binaries.major),
    ]
    try:
        made = subprocess.run(command, check=False, capture_output=True, text=True, **account.process_options)  # type: ignore[call-overload]
    finally:
        words.unlink()
    if made.returncode != 0:
        raise PostgresError(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")
    partial.rename(cluster)


def _locale(major: int) -> list[str]:
    """Options under which letters outside ASCII are letters, whatever `LANG` says, and indexes outlive an update of the C library."""
    options = ["--encoding=UTF8", "--locale=C.UTF-8"]
    if major >= 17:
        options += ["--locale-provider=builtin", f"--builtin-locale={'PG_UNICODE_FAST' if major >= 18 else 'C.UTF-8'}"]
    return options


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:])


def _prepare(port: int, secret: str) -> None:
    """The roles and the database, when they are missing; and the assertion that Japanese can be searched."""
    with _connect(port, secret) as connection:
        for role in ROLES:
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                words = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(words.format(sql.Identifier(role), sql.Literal(password_of(secret, role))))
        if connection.execute("SELECT FROM pg_database WHERE datname = 'partner'").fetchone() is None:
            connection.execute("CREATE DATABASE partner")
        assert_japanese(connection)
