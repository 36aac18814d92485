"""Files of stations as tests write them, and what the register says afterwards."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from partner.database import SYSTEM, Database
from partner.registry.imports import running
from partner.registry.progress import Progress
from tests.registry.acting import rows
from tests.registry.samples import law

BASE: dict[str, Any] = {
    "license_number": "関基第1号",
    "station_class": "FB",
    "bureau": "A",
    "licensee_kind": "corporation",
    "licensee_name": "みどりタクシー株式会社",
    "licensee_corporate_number": "1000000000002",
    "licensed_on": "2022-06-01",
    "valid_to": "2027-05-31",
    "purposes": "x-general",
    "municipality": "13101",
    "identification": "みどりきち１",
    "assignments": "8K50F3E@467000000/5;16K0F3E@467012500-467025000/0.5",
}
AMATEUR: dict[str, Any] = {
    "call_sign": "JJ1AAA",
    "station_class": "AT",
    "bureau": "A",
    "licensee_kind": "individual",
    "licensee_name": "総務　太郎",
    "licensee_name_kana": "ソウム　タロウ",
    "licensee_municipality": "13101",
    "licensee_address": "霞が関２－１－２",
    "licensed_on": "2022-06-01",
    "valid_to": "2027-05-31",
    "purposes": "ATC",
    "municipality": "13101",
    "movement_area": "AAA",
    "assignments": "1AM",
}


def bases(count: int, **changed: Any) -> list[dict[str, Any]]:
    """Base stations of one company, with the numbers from 1."""
    return [BASE | {"license_number": f"関基第{number}号"} | changed for number in range(1, count + 1)]


def write_csv(path: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for record in records for name in record))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(records)
    return path


def write_lines(path: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path


def a_run(database: Database, path: Path, told: Callable[[Progress], None] = lambda _: None) -> running.Run:
    return running.Run(database, law(), running.source_of(path), running.TroubleFile(errors_of(path)), told)


async def imported(database: Database, path: Path, **options: Any) -> dict[str, int]:
    """Import a file; the fates of its records."""
    run = a_run(database, path)
    await run.run(**options)
    return fates(run.state)


def fates(state: Progress) -> dict[str, int]:
    return {name: count for name in ("new", "changed", "unchanged", "refused") if (count := getattr(state, name))}


def errors_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.errors.csv")


def troubles(path: Path) -> list[tuple[int, str, str]]:
    """Line, field and code of everything in the file of errors."""
    if not errors_of(path).exists():
        return []
    with errors_of(path).open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert all(row["message_ja"] and row["message_en"] for row in found)
    return [(int(row["line"]), row["field"], row["code"]) for row in found]


async def feed(database: Database) -> list[dict[str, Any]]:
    async with database.transaction(SYSTEM) as session:
        return await rows(session, "SELECT sequence, station_id, kind, before, after FROM published_change ORDER BY sequence")


async def everything(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    async with database.transaction(SYSTEM) as session:
        names = await rows(
            session, "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        return {row["name"]: (await rows(session, f"SELECT count(*) AS many FROM {row['name']}"))[0]["many"] for row in names}
