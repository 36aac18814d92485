"""Whatever stands in a file, the import ends well: each record is on record or refused in words, and the database never has to refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partner.database import Database
from tests.registry.imports.files import a_run as run_of
from tests.registry.imports.files import fates, troubles

ODD = ["", " ", "＊＊＊＊＊", "*****", "AT", "FB", "A", "13101", "99999", "1AM", "F3E", "x" * 700, "\\N", "\\.", "\x7f", "JJ1AAA", "true"]
TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(ODD))
DATES = st.sampled_from(["2019-01-01", "2023-12-31", "2024-01-01", "2028-12-31", "1900-01-01", "2999-12-31", "2024-02-30", "x"])
QUANTITIES = [467_000_000, 10**12, 10**19, 0.5, 1e-7, 1e300, "5", "1e3", "NaN", "0.00000000000000000000000001"]
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from(QUANTITIES))
ANY = st.one_of(TEXTS, NUMBERS, st.none(), st.booleans(), st.lists(TEXTS, max_size=2), st.dictionaries(TEXTS, TEXTS, max_size=2))
SAID_OF_A_LINE = {
    "emission": TEXTS,
    "bundle": TEXTS,
    "frequency_hz": NUMBERS,
    "frequency_to_hz": NUMBERS,
    "power_w": NUMBERS,
    "continued": ANY,
}
LINE = st.fixed_dictionaries({}, optional=SAID_OF_A_LINE)
CORPORATE_NUMBERS = st.sampled_from(["1000000000002", "1", ""])
LICENSEE = st.fixed_dictionaries(
    {"kind": st.sampled_from(["individual", "club", "corporation", "government"]), "name": TEXTS},
    optional={"name_kana": TEXTS, "corporate_number": CORPORATE_NUMBERS, "municipality": TEXTS, "birth_date": DATES},
)
USUAL = {
    "licensee": LICENSEE,
    "station_class": TEXTS,
    "bureau": TEXTS,
    "licensed_on": DATES,
    "valid_to": DATES,
}
FURTHER = {
    "key": TEXTS,
    "license_number": TEXTS,
    "call_sign": TEXTS,
    "valid_from": DATES,
    "ended_on": DATES,
    "end_kind": st.sampled_from(["discontinued", "other", "x"]),
    "purposes": st.lists(TEXTS, max_size=2),
    "assignments": st.lists(LINE, max_size=3),
    "sites": st.lists(st.fixed_dictionaries({"role": TEXTS, "municipality": TEXTS}), max_size=1),
    "municipality": TEXTS,
    "movement_area": TEXTS,
    "moves": ANY,
    "station_count": NUMBERS,
    "note": TEXTS,
    "identification": TEXTS,
    "registration_standard": TEXTS,
    "starting_limit": DATES,
}
LIKELY = st.fixed_dictionaries(USUAL, optional=FURTHER)
UNLIKELY = st.dictionaries(st.sampled_from([*USUAL, *FURTHER, "license"]), ANY)
TOLERANT = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=60, deadline=None, suppress_health_check=TOLERANT)
@given(records=st.lists(st.one_of(LIKELY, UNLIKELY), max_size=40))
async def test_any_records_end_on_record_or_refused(database: Database, tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    run = run_of(database, path)
    await run.run(again=True)
    assert sum(fates(run.state).values()) == len(records)
    assert {line for line, _, _ in troubles(path)} <= set(range(1, len(records) + 1))
