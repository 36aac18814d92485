"""Datasette on SQLite with the same rows, columns and indexes: https://datasette.io, by pip into an environment of its own."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson

from tests.acceptance.service import free_port
from tests.bench.figures import DATASETTE
from tests.bench.load import Asked
from tests.bench.ours import limit_of, quoted
from tests.bench.peers.places import PEERS, Missing, Process, running
from tests.bench.register import BUILD, Register, directory, say
from tests.bench.sampling import Parameters

PACKAGES = ("datasette==0.65.5",)
AT_A_TIME = 5_000
ON, PLACE = "&on={on}&most={limit}", "&station_class={station_class}&prefecture={prefecture}"
BAND = "?low={low}&high={high}"
QUERIES: dict[str, dict[str, tuple[str, str]]] = {
    "rest-id": {"": ("id", "?id={id}&on={on}")},
    "rest-sign": {"": ("sign", "?call_sign={call_sign}" + ON)},
    "rest-page": {"": ("page", "?" + PLACE[1:] + ON)},
    "rest-next": {"": ("next", "?after={after}" + PLACE + ON)},
    "rest-name-rare": {"": ("name", "?name={name}" + ON)},
    "rest-name-common": {"": ("name", "?name={name}" + ON)},
    "rest-name-absent": {"": ("name", "?name={name}" + ON)},
    "rest-band-narrow": {"": ("band", BAND + ON), "walking": ("band-walking", BAND + ON)},
    "rest-band-wide": {"": ("band", BAND + ON), "walking": ("band-walking", BAND + ON)},
    "rest-circle": {"": ("circle", "?latitude={latitude}&longitude={longitude}&radius_km={radius_km}" + ON)},
    "rest-three-name": {
        "": ("three-name", "?name={name}" + PLACE + ON),
        "walking": ("three-name-walking", "?name={name}" + PLACE + ON),
    },
    "rest-three-band": {"": ("three-band", BAND + PLACE + ON), "walking": ("three-band-walking", BAND + PLACE + ON)},
}
SHAPES = ("document", "columns")


class Datasette:
    """What every server of the benchmark has."""

    name = DATASETTE

    def __init__(self, process: Process) -> None:
        self.url, self.session, self.postmaster = process.url, process.session, process.postmaster

    def variants(self, figure: str, parameters: list[Parameters]) -> dict[str, list[Asked]]:
        """The requests, by the way in which they may be asked; none for what Datasette is not asked."""
        found = {}
        for way, (query, given) in QUERIES.get(figure, {}).items():
            for shape in SHAPES:
                form = f"/register/{query}-{shape}.json{given}&_shape=array"
                asked = [Asked(form.format(**quoted(one), limit=limit_of(figure))) for one in parameters]
                found[f"{shape}, {way}" if way else shape] = asked
        return found

    def answer(self, body: bytes) -> list[Any]:
        """The ids of an answer, in their order."""
        return [orjson.loads(row["document"])["id"] if "document" in row else row["id"] for row in orjson.loads(body)]


@contextmanager
def datasette(register: Register, *, processes: int, threads: int) -> Iterator[Datasette]:
    """Datasette on a copy of a register: so many processes, so many threads for queries together. Raises Missing where it cannot be had."""
    python = _environment()
    file = _exported(register)
    port = free_port()
    command = [str(python), str(PEERS / "datasette_app.py"), str(file), str(port), str(processes), str(threads // processes)]
    with running("Datasette", command, {}, ready="/-/versions.json", port=port) as process:
        yield Datasette(process)


def _environment() -> Path:
    """The interpreter of Datasette's own environment. Raises Missing."""
    place = BUILD / "datasette"
    python = place / "bin" / "python"
    if not (place / "bin" / "datasette").exists():
        say("installing Datasette")
        for command in ([sys.executable, "-m", "venv", str(place)], [str(python), "-m", "pip", "install", "--quiet", *PACKAGES]):
            answer = subprocess.run(command, check=False, capture_output=True, text=True)
            if answer.returncode != 0:
                raise Missing(f"Datasette cannot be installed: {answer.stderr.strip()[-300:]}")
    return python


SCHEMA = """
CREATE TABLE station (row INTEGER PRIMARY KEY, id TEXT, call_sign TEXT, call_sign_search TEXT, station_class TEXT, bureau TEXT,
    prefecture TEXT, municipality TEXT, licensee_name TEXT, licensee_search TEXT, licensee_kind TEXT, corporate_number TEXT,
    public_licensee_id TEXT, purposes TEXT, communication_matters TEXT, movement_area TEXT, moves INTEGER, station_count INTEGER,
    licensed_on TEXT, term_from TEXT, term_to TEXT, holds_from TEXT, holds_until TEXT, ended_on TEXT, suspended INTEGER,
    max_power_w REAL, latitude REAL, longitude REAL, document TEXT);
CREATE TABLE assignment (row INTEGER, emission TEXT, bundle TEXT, low INTEGER, high INTEGER, power_w REAL);
CREATE TABLE gram (gram TEXT, row INTEGER, PRIMARY KEY (gram, row)) WITHOUT ROWID;
CREATE TABLE place (municipality TEXT PRIMARY KEY, latitude REAL, longitude REAL) WITHOUT ROWID;
"""
INDEXES = """
CREATE INDEX station_id ON station (id);
CREATE INDEX station_sign ON station (call_sign_search);
CREATE INDEX station_class_prefecture ON station (station_class, prefecture);
CREATE INDEX station_prefecture ON station (prefecture);
CREATE INDEX station_bureau ON station (bureau);
CREATE INDEX station_municipality ON station (municipality);
CREATE INDEX station_licensee ON station (public_licensee_id);
CREATE INDEX station_name ON station (licensee_name);
CREATE INDEX station_licensed_on ON station (licensed_on);
CREATE INDEX station_term_to ON station (term_to);
CREATE INDEX assignment_row ON assignment (row);
CREATE INDEX assignment_point ON assignment (low, row) WHERE low = high;
CREATE INDEX assignment_range ON assignment (low, high) WHERE low < high;
CREATE INDEX assignment_emission ON assignment (emission, row);
CREATE INDEX assignment_bundle ON assignment (bundle, row);
INSERT INTO place SELECT DISTINCT municipality, latitude, longitude FROM station WHERE latitude IS NOT NULL;
ANALYZE;
"""
COPIED = {
    "station": """
        SELECT row_number() OVER (ORDER BY l.station_id, l.version_id), l.station_id::text, l.call_sign, l.call_sign_search,
            l.station_class, l.bureau, l.prefecture, l.municipality, l.licensee_name, l.licensee_search, l.licensee_kind,
            l.corporate_number, l.public_licensee_id::text, l.purposes::text, l.communication_matters::text, l.movement_area, l.moves,
            l.station_count, l.licensed_on::text, l.term_from::text, l.term_to::text, lower(l.valid)::text, upper(l.valid)::text,
            l.ended_on::text, l.suspended, l.max_power_w::float, l.latitude, l.longitude, l.document
        FROM public_license AS l WHERE upper_inf(l.recorded) ORDER BY l.station_id, l.version_id""",
    "assignment": """
        SELECT l.row, a.emission, a.bundle, a.frequency_low, a.frequency_high, a.power_w::float
        FROM public_assignment AS a JOIN numbered AS l USING (version_id)""",
    "gram": "SELECT g.gram, l.row FROM public_gram AS g JOIN numbered AS l USING (version_id)",
}
IDENTITY = "SELECT left(md5(min(id::text) || max(id::text) || count(*)), 8) FROM station"
NUMBERED = """
CREATE TEMP TABLE numbered AS SELECT row_number() OVER (ORDER BY station_id, version_id) AS row, version_id
FROM public_license WHERE upper_inf(recorded)
"""


def _exported(register: Register) -> Path:
    """The file of SQLite with the rows of a register; a row's number is its place in the order of ids."""
    with register.connected() as connection:
        row = connection.execute(IDENTITY).fetchone()
    file = BUILD / f"sqlite-{register.size}-{row[0] if row else ''}" / "register.db"
    if file.exists():
        return file
    say(f"{register.size:,} stations: writing them for Datasette")
    partial = directory(file.parent.name) / "partial.db"
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as target, register.connected() as source:
        target.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
        source.execute(NUMBERED)
        for table, query in COPIED.items():
            with source.transaction(), source.cursor(name=table) as cursor:
                cursor.execute(query)
                while rows := cursor.fetchmany(AT_A_TIME):
                    places = ", ".join("?" * len(rows[0]))
                    target.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
        target.commit()
        target.executescript(INDEXES)
    partial.rename(file)
    return file
