"""The state directory of the embedded PostgreSQL: where it lies, as whom the server runs, who uses it, whether it runs."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import pwd
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from partner import embedded_keeper
from partner.embedded_binaries import Account, PostgresError, make_directory

SHARED_STATE = Path("/var/lib/partner")


def account_of_server(user: str) -> Account:
    """Ourselves, or `user` when we are root: PostgreSQL refuses to run as root."""
    own = os.geteuid()
    if own != 0:
        try:
            return Account(own, pwd.getpwuid(own).pw_gid, changes=False)
        except KeyError:
            raise PostgresError(
                f"the user {own} has no entry in /etc/passwd, and PostgreSQL needs one: add it, or set PARTNER_DATABASE_URL"
            ) from None
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise PostgresError(f"there is no user {user}: PARTNER_POSTGRES_USER must name one that exists and is not root") from None
    if entry.pw_uid == 0:
        raise PostgresError("PostgreSQL refuses to run as root: PARTNER_POSTGRES_USER must name another user")
    return Account(entry.pw_uid, entry.pw_gid, changes=True)


def directory(data_dir: Path, account: Account) -> Path:
    """`<data_dir>/postgres`, or, where the account cannot get there, a directory in /var/lib named by a note in its place."""
    data_dir.mkdir(parents=True, exist_ok=True)
    place = data_dir / "postgres"
    if place.is_file():
        state = Path(place.read_text(encoding="utf-8").strip())
    elif place.is_dir() or account.may("-x", data_dir):
        state = place
    else:
        state = SHARED_STATE / hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
        place.write_text(f"{state}\n", encoding="utf-8")
    make_directory(state)
    if not account.may("-x", state):
        raise PostgresError(
            f"the user of the database cannot enter {state}: move the data directory, or set PARTNER_DATA_DIR to another place"
        )
    if not os.access(state, os.W_OK):
        raise PostgresError(f"{state} belongs to another user (was the server once started as root?): remove it, or set PARTNER_DATA_DIR")
    return state


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time."""
    with private(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def private(path: Path) -> IO[bytes]:
    """Open a file that only its owner may open; others could hold its locks otherwise."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b")


def used(path: Path) -> bool:
    """Whether a user other than us is left. The keeper's claim to be alone is no use."""
    with path.open("r+b") as file:
        answer = fcntl.fcntl(file, fcntl.F_OFD_GETLK, embedded_keeper.lock_record(fcntl.F_WRLCK))
    return embedded_keeper.lock_kind(answer) == fcntl.F_RDLCK


def secret_in(path: Path) -> str:
    """The secret from which the passwords come, made on first use and readable by us only."""
    if not path.is_file():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8").strip()


def password_of(secret: str, role: str) -> str:
    """The password of a database role."""
    return hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Postmaster:
    """What the server wrote into `postmaster.pid`."""

    process_id: int | None
    port: int | None
    ready: bool


def postmaster(cluster: Path) -> Postmaster:
    """The server that runs in a cluster; a file left behind by one that was killed counts for nothing."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        process_id = int(lines[0])
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return Postmaster(None, None, ready=False)
    if process_id not in processes_in(cluster):
        return Postmaster(None, None, ready=False)
    complete = len(lines) >= 8
    return Postmaster(process_id, int(lines[3]) if complete else None, ready=complete and lines[7].strip() == "ready")


def processes_in(cluster: Path) -> list[int]:
    """The processes that work in a cluster: a server and its backends make it their working directory."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if (process / "cwd").samefile(cluster):
                    found.append(int(process.name))
            except OSError:
                continue  # it has ended, or it is another user's, and so not ours
    return found
