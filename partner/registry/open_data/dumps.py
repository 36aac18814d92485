"""Makes a dump of all that is published, from one snapshot of the register, and puts it where it is served from.

The snapshot has a sequence: the dump, and then the entries of the change feed after that sequence, are the register.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from partner import clock, identifiers
from partner.database import Database
from partner.registry.open_data import catalog, churn, formats, manifest, parquet, queries, schemas, shelf
from partner.registry.open_data.churn import Churn, SuspiciousChurn
from partner.registry.open_data.columns import STATIONS
from partner.registry.open_data.formats import Copy, Watch, Written, unwatched
from partner.registry.open_data.manifest import CATALOG, LINES, MANIFEST, PARQUET, SCHEMAS, State
from partner.registry.open_data.structure import SCHEMA_VERSION
from partner.regulation import Law
from partner.settings import Settings

WITHOUT_PARQUET = "pyarrow is not installed: pip install 'partner[open-data]'"


@dataclass(frozen=True)
class Publisher:
    """What it takes to publish: the database, the law for the names of codes, the settings, and where to."""

    database: Database
    law: Law
    settings: Settings
    root: Path


@dataclass(frozen=True)
class Dump:
    """A dump: where it lies, and its manifest."""

    place: Path
    manifest: Mapping[str, Any]


def refresh(publisher: Publisher, *, accept_churn: bool = False, watch: Watch = unwatched) -> Dump | None:
    """Publish, unless the last dump is of today and of the present sequence. Raises as `publish`."""
    known = shelf.last(publisher.root)
    if known is not None and known["as_of"] == clock.today().isoformat():
        with publisher.database.snapshot() as connection:
            if _counter(connection)[0] == known["sequence"]:
                return None
    return publish(publisher, accept_churn=accept_churn, watch=watch)


def publish(publisher: Publisher, *, accept_churn: bool = False, watch: Watch = unwatched) -> Dump:
    """Make a dump and let `latest` and its day lead to it, in one step; who reads meanwhile reads on.

    Raises SuspiciousChurn when too much differs from the last dump: then `refused` leads to the new one, and `latest` to the old.
    Raises Conflict when another dump is being made.
    """
    root, settings = publisher.root, publisher.settings
    with shelf.locked(root):
        shelf.sweep(root, today=clock.today(), keep_days=settings.open_data_keep_days)
        previous = shelf.last(root)
        with shelf.making(root) as making:
            made = _made(publisher, making, previous, watch)
            place = shelf.shelve(root, making, f"{made['as_of']}-{made['sequence']}-{made['id']}")
        differing = None if made["churn"] is None else Churn(**made["churn"])
        if previous is not None and differing is not None and not accept_churn:
            most = settings.open_data_most_churn
            if churn.is_suspicious(differing, previous, most=most):
                shelf.point(root, shelf.REFUSED, place)
                raise SuspiciousChurn(differing, most, str(root / shelf.REFUSED))
        shelf.note(root / SCHEMAS, schemas.documents())
        shelf.point(root, made["as_of"].isoformat(), place)
        shelf.point(root, shelf.LATEST, place)
        (root / shelf.REFUSED).unlink(missing_ok=True)
    return Dump(place, shelf.manifest(place))


def _made(publisher: Publisher, making: Path, previous: Mapping[str, Any] | None, watch: Watch) -> dict[str, Any]:
    """All files of a dump in a directory, and its manifest."""
    with publisher.database.snapshot() as connection:
        state = _state(connection)
        files = _from_register(connection, state, making, watch)
        differing = None
        if previous is not None:
            differing = churn.since(connection, previous, sequence=state.sequence, stations=state.stations)
    files.append(formats.codes(making / "codes.csv", publisher.law))
    left_out = {}
    if parquet.is_installed():
        facts = {"schema_version": SCHEMA_VERSION, "sequence": str(state.sequence), "as_of": state.as_of.isoformat()}
        files.append(parquet.write(making / LINES, making / PARQUET, facts, total=state.stations, watch=watch))
    else:
        left_out[PARQUET] = WITHOUT_PARQUET
    described = manifest.as_json(catalog.described(state, files, publisher.settings))
    files.append(formats.content(making / CATALOG, described))
    made = manifest.described(state, files, previous=previous, churn=differing, left_out=left_out, settings=publisher.settings)
    formats.content(making / MANIFEST, manifest.as_json(made))
    return made


def _from_register(connection: Connection[TupleRow], state: State, making: Path, watch: Watch) -> list[Written]:
    copies = {
        "stations.csv": Copy(queries.stations(), state.stations, STATIONS.columns),
        "assignments.csv": Copy(queries.assignments(), None),
        "sites.csv": Copy(queries.sites(), None),
        LINES: Copy(queries.documents(), state.stations),
    }
    values = {"as_of": state.as_of}
    return [formats.copied(connection, copy, values, making / name, watch) for name, copy in copies.items()]


def _counter(connection: Connection[TupleRow]) -> tuple[int, datetime | None]:
    """The sequence of the register, and the time of its last change."""
    sequence, updated_at = connection.execute(queries.COUNTER).fetchone() or (0, None)
    return sequence, updated_at


def _state(connection: Connection[TupleRow]) -> State:
    """The state that the snapshot shows, on today's date. Record times never go back, whatever our clock says."""
    sequence, updated_at = _counter(connection)
    at = max(clock.now(), updated_at or clock.now())
    as_of = clock.today()
    counted = connection.execute(queries.STATUSES, {"as_of": as_of}).fetchall()
    updated = None if updated_at is None else updated_at.astimezone(at.tzinfo)
    return State(identifiers.new_id(), at, as_of, sequence, updated, {str(status): int(many) for status, many in counted})
