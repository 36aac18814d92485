"""Parquet from the lines of `stations.jsonl`, in batches: the same documents with the same nesting, dates as dates.

Needs pyarrow, the extra `open-data`. Arrow reads the lines itself, which is ten times faster than Python would be; it reads no dates
from JSON, so these are texts first.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from partner.registry.open_data.formats import Watch, Written
from partner.registry.open_data.structure import STATION, Schema, kind

BATCH_BYTES = 1 << 19
ROWS_IN_GROUP = 5_000


def is_installed() -> bool:
    """Whether Parquet can be written here."""
    return find_spec("pyarrow") is not None


def write(lines: Path, path: Path, facts: Mapping[str, str], *, total: int, watch: Watch) -> Written:
    """Write the documents in `lines` as Parquet, with `facts` in its metadata. Memory holds one group of rows."""
    import pyarrow as pa  # noqa: PLC0415 - optional, and a fifth of a second
    from pyarrow import parquet  # noqa: PLC0415

    schema = pa.schema([*fields(dates=pa.date32())], metadata=dict(facts))
    rows = 0
    with parquet.ParquetWriter(path, schema, compression="zstd", memory_pool=pa.system_memory_pool()) as writer:
        for group in _groups(lines, schema):
            writer.write_table(group)
            rows += group.num_rows
            watch(path.name, rows, total)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256")
    return Written(path.name, path.stat().st_size, digest.hexdigest(), rows)


def fields(dates: Any) -> Iterator[Any]:
    """The columns, from the schema of the Station document; `dates` is the type of dates."""
    import pyarrow as pa  # noqa: PLC0415

    for name, schema in STATION["properties"].items():
        yield pa.field(name, _type(schema, dates))


def _groups(lines: Path, schema: Any) -> Iterator[Any]:
    """The documents as tables of at least ROWS_IN_GROUP rows, the last one aside."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import json  # noqa: PLC0415

    pool = pa.system_memory_pool()  # gives back what it does not use
    parsing = json.ParseOptions(explicit_schema=pa.schema([*fields(dates=pa.string())]), unexpected_field_behavior="error")
    waiting: list[Any] = []
    with lines.open("rb") as file:
        while batch := file.readlines(BATCH_BYTES):
            text = b"".join(batch)
            reading = json.ReadOptions(use_threads=False, block_size=len(text))
            table = json.read_json(pa.BufferReader(text), read_options=reading, parse_options=parsing, memory_pool=pool)
            waiting.append(table.cast(schema))
            if sum(table.num_rows for table in waiting) >= ROWS_IN_GROUP:
                yield pa.concat_tables(waiting)
                waiting.clear()
    if waiting:
        yield pa.concat_tables(waiting)


def _type(schema: Schema, dates: Any) -> Any:
    """The Arrow type of a value."""
    import pyarrow as pa  # noqa: PLC0415

    if kind(schema) == "object":
        return pa.struct([pa.field(name, _type(one, dates)) for name, one in schema["properties"].items()])
    if kind(schema) == "array":
        return pa.list_(_type(schema["items"], dates))
    if kind(schema) == "string":
        return dates if schema.get("format") == "date" else pa.string()
    return {"null": pa.string(), "boolean": pa.bool_(), "integer": pa.int64(), "number": pa.float64()}[kind(schema)]
