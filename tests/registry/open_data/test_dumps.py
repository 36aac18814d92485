"""A dump says what the register publishes, in every format the same, and nothing that is withheld; with the feed it is the register."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import Future
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pyarrow.parquet
import pytest

from partner import clock
from partner.database import SYSTEM, Database
from partner.errors import Conflict
from partner.registry import feed, search
from partner.registry import service as register
from partner.registry.open_data import columns, parquet, shelf
from partner.registry.open_data.dumps import Dump, Publisher
from tests.registry.acting import grant, rows
from tests.registry.open_data import reading
from tests.registry.open_data.conftest import TODAY, publish
from tests.registry.samples import BASE, TAXI, law

SECRETS = (
    "総務太郎",
    "総務　太郎",
    "ソウムタロウ",
    "霞が関２－１－２",
    "総務花子",
    "築地１－１－１",
    "みどりきち",
    "IABH999",
    "1960-05-01",
)
FILES = ["stations.csv", "assignments.csv", "sites.csv", "stations.jsonl", "codes.csv", "stations.parquet", "catalog.jsonld"]


@pytest.fixture
async def dump(publisher: Publisher) -> Dump:
    return await publish(publisher)


@pytest.fixture
def schemas(publisher: Publisher) -> Path:
    return publisher.root / "schemas"


async def shown(database: Database, station_id: str) -> Any:
    """What `GET /api/v1/stations/{id}` answers."""
    reads = database.reads
    return orjson.loads((await search.station(reads, UUID(station_id), as_of=None, known_at=None))[1])


async def test_the_lines_are_what_the_api_answers_one_for_each_station(database: Database, dump: Dump) -> None:
    lines = reading.lines(dump.place)
    async with database.transaction(SYSTEM) as session:
        published = await rows(session, "SELECT DISTINCT station_id::text AS id FROM published_license")
    assert [line["id"] for line in lines] == sorted(row["id"] for row in published)
    assert lines == [await shown(database, line["id"]) for line in lines]
    assert {line["license"]["status"] for line in lines} == {"in_force", "not_yet", "expired", "ended", "suspended"}


async def test_every_line_and_the_manifest_fit_their_schemas(dump: Dump, schemas: Path) -> None:
    for line in reading.lines(dump.place):
        reading.valid(line, schemas / "station.schema.json")
    reading.valid(reading.json(dump.place / "manifest.json"), schemas / "manifest.schema.json")
    with pytest.raises(Exception, match="is a required property"):
        reading.valid({}, schemas / "station.schema.json")


async def test_the_csv_files_say_what_the_lines_say(dump: Dump, schemas: Path) -> None:
    lines = reading.lines(dump.place)
    stations = reading.table(dump.place, "stations", schemas)
    assert [row["id"] for row in stations] == [line["id"] for line in lines]
    for row, line in zip(stations, lines, strict=True):
        assert row == {column.name: _flat(line, column) for column in columns.STATIONS.columns}
    for name in ("assignments", "sites"):
        expected = [(line["id"], place, one) for line in lines for place, one in enumerate(line[name], 1)]
        steps = getattr(columns, name.upper()).columns[2:]
        found = reading.table(dump.place, name, schemas)
        assert found == [
            {"station_id": station_id, "ordinal": place, **{column.name: _reached(one, column.steps) for column in steps}}
            for station_id, place, one in expected
        ]
        assert len(found) == dump.manifest["counts"][name] > 80
    names = {(row["list"], row["code"]): (row["name_ja"], row["name_en"]) for row in reading.table(dump.place, "codes", schemas)}
    for line in lines:
        for list_id, one in [("purposes", one) for one in line["purposes"]] + [("bureaus", line["bureau"])]:
            assert names.get((list_id, one["code"]), (one["code"], one["code"])) == (one["name"]["ja"], one["name"]["en"])
    assert [code for _, code in names if " " in code] == []


def _reached(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        value = None if value is None else value[step]
    return value


def _flat(line: dict[str, Any], column: columns.Column) -> Any:
    value = _reached(line, column.steps)
    if column.name == "assignments":
        return len(value)
    if column.is_list:
        return [one["code"] if isinstance(one, dict) else one for one in value]
    if column.schema.get("format") == "date" and value is not None:
        return date.fromisoformat(value)
    return value


async def test_parquet_holds_the_same_documents(dump: Dump) -> None:
    file = pyarrow.parquet.ParquetFile(dump.place / "stations.parquet")
    assert file.schema_arrow.metadata[b"sequence"] == str(dump.manifest["sequence"]).encode()
    documents = file.read().to_pylist()
    assert isinstance(documents[0]["license"]["valid_to"], date)
    assert orjson.loads(orjson.dumps(documents)) == reading.lines(dump.place)


async def test_values_that_are_hard_to_write_come_back(dump: Dump, schemas: Path) -> None:
    (odd,) = [row for row in reading.table(dump.place, "stations", schemas) if row["note"]]
    assert odd["note"] == '改行と"引用符",カンマ\r\nと逆斜線\\を含む "status":"in_force"'
    assert odd["license_status"] == "in_force"
    lines = [row for row in reading.table(dump.place, "assignments", schemas) if row["station_id"] == odd["id"]]
    assert [(line["frequency_hz"], line["frequency_to_hz"], line["power_w"]) for line in lines] == [
        (467_000_000, 467_250_000, 0.1),
        (9_007_199_254, None, 0.0000025),
    ]
    text = (dump.place / "assignments.csv").read_text(encoding="utf-8")
    assert f"9007199254,,{Decimal('0.0000025'):f}" in text


async def test_what_is_withheld_is_in_no_file(dump: Dump) -> None:
    files = [path for path in dump.place.iterdir() if path.suffix != ".parquet"]
    content = {path.name: path.read_text(encoding="utf-8") for path in files}
    table = pyarrow.parquet.ParquetFile(dump.place / "stations.parquet").read()
    content["stations.parquet"] = orjson.dumps(table.to_pylist()).decode()
    assert "みどりタクシー" in content["stations.csv"]
    assert "みどりタクシー" in content["stations.parquet"]
    assert [(name, secret) for name, text in content.items() for secret in SECRETS if secret in text] == []


async def test_the_manifest_counts_and_the_checksums_hold(dump: Dump) -> None:
    told = reading.json(dump.place / "manifest.json")
    assert [file["name"] for file in told["files"]] == FILES
    assert sorted([*FILES, "manifest.json"]) == sorted(path.name for path in dump.place.iterdir())
    for file in told["files"]:
        content = (dump.place / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    many = len(reading.lines(dump.place))
    counted = {file["name"]: file["rows"] for file in told["files"]}
    assert {counted[name] for name in ("stations.csv", "stations.jsonl", "stations.parquet")} == {many}
    assert told["counts"]["stations"] == many == sum(told["counts"]["by_status"].values())
    assert told["as_of"] == TODAY.isoformat()
    assert told["feed"] == f"https://register.example/api/v1/changes?after={told['sequence']}"


async def test_the_catalog_names_every_file_with_its_checksum(dump: Dump) -> None:
    catalog = reading.json(dump.place / "catalog.jsonld")
    (dataset,) = catalog["dcat:dataset"]
    assert (catalog["@type"], dataset["@type"]) == ("dcat:Catalog", "dcat:Dataset")
    assert dataset["dct:accrualPeriodicity"]["@id"].endswith("/DAILY")
    assert dataset["dct:publisher"]["foaf:name"] == "PARTNER"
    found = {one["dct:title"]: one for one in dataset["dcat:distribution"]}
    assert list(found) == FILES[:-1]
    for file in dump.manifest["files"][:-1]:
        one = found[file["name"]]
        assert one["spdx:checksum"]["spdx:checksumValue"]["@value"] == file["sha256"]
        assert one["dcat:downloadURL"]["@id"] == f"https://register.example/open-data/2023-12-07/{file['name']}"
    prefixes = {key.split(":")[0] for key in _keys(catalog) if ":" in key}
    assert prefixes <= set(catalog["@context"])


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set[str]().union(*map(_keys, value)) if isinstance(value, list) else set()


async def test_a_dump_in_the_midst_of_changes_is_of_one_state_and_the_feed_goes_on_from_it(
    database: Database, publisher: Publisher, schemas: Path
) -> None:
    loop = asyncio.get_running_loop()
    changed: list[str] = []
    began: list[str] = []

    async def change() -> None:
        async with database.transaction(SYSTEM) as session:
            new = await grant(session, TAXI, BASE)
            gone = await grant(session, TAXI, BASE)
            await register.end(session, gone.station_id, ends_on=date(2023, 12, 1), cause="test", law=law())
            if changed:
                await register.end(session, UUID(changed[0]), ends_on=TODAY, cause="test", law=law())
                changed.pop(0)
        changed.append(str(new.station_id))

    def watch(name: str, done: int, total: int | None) -> None:
        """Before the rest of each file is written, the register moves on."""
        if name not in began:
            began.append(name)
            done_there: Future[None] = asyncio.run_coroutine_threadsafe(change(), loop)
            done_there.result(30)

    dump = await publish(publisher, watch=watch)
    assert began == ["stations.csv", "assignments.csv", "sites.csv", "stations.jsonl", "stations.parquet"]
    mirror = {line["id"]: line for line in reading.lines(dump.place)}
    assert {row["id"] for row in reading.table(dump.place, "stations", schemas)} == set(mirror)
    assert {row["station_id"] for row in reading.table(dump.place, "assignments", schemas)} <= set(mirror)
    assert changed[0] not in mirror
    reads = database.reads
    entries = await feed.changes(reads, after=dump.manifest["sequence"], limit=1000)
    assert len(entries.items) == 5 * 3 + 4
    for entry in map(orjson.loads, entries.items):
        mirror[entry["station_id"]] = entry["after"]
    now = await publish(publisher)
    assert mirror == {line["id"]: line for line in reading.lines(now.place)}
    differing = now.manifest["churn"]
    assert (differing["added"], differing["removed"], differing["changed"], differing["unexplained"]) == (10, 0, 0, 0)


async def test_a_status_is_that_of_the_day_with_no_write(publisher: Publisher) -> None:
    clock.move_to(datetime(2024, 1, 1, tzinfo=UTC))
    later = await publish(publisher)
    assert later.manifest["as_of"] == "2024-01-01"
    statuses = {line["id"]: line["license"]["status"] for line in reading.lines(later.place)}
    assert {key: list(statuses.values()).count(key) for key in set(statuses.values())} == later.manifest["counts"]["by_status"]
    assert "suspended" not in statuses.values()


async def test_without_pyarrow_the_rest_is_there_and_the_manifest_says_so(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "is_installed", lambda: False)
    dump = await publish(publisher)
    assert not (dump.place / "stations.parquet").exists()
    assert [one["name"] for one in dump.manifest["left_out"]] == ["stations.parquet"]
    assert "stations.parquet" not in [file["name"] for file in dump.manifest["files"]]


async def test_two_dumps_cannot_be_made_in_one_place_at_once(publisher: Publisher) -> None:
    with shelf.locked(publisher.root), pytest.raises(Conflict, match="dump_under_way"):
        await publish(publisher)
    assert (await publish(publisher)).manifest["as_of"] == TODAY.isoformat()


async def test_a_dump_that_fails_leaves_nothing_and_latest_as_it_was(publisher: Publisher, dump: Dump) -> None:
    def interrupted(name: str, done: int, total: int | None) -> None:
        if name == "stations.jsonl":
            raise InterruptedError

    clock.move_to(clock.now() + timedelta(seconds=5))
    with pytest.raises(InterruptedError):
        await publish(publisher, watch=interrupted)
    assert shelf.place_of(publisher.root, "latest") == dump.place.resolve()
    assert [path.name for path in (publisher.root / ".dumps").iterdir()] == [dump.place.name]
