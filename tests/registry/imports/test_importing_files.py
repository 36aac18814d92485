"""A file of stations is put on record: each station once, each change once, each bad record told and none in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from partner.database import SYSTEM, Access, Database, Standing
from partner.errors import Invalid
from partner.identifiers import new_id
from partner.registry import bulk, progress, record_queries
from partner.registry import service as register
from partner.registry.imports import formats, running
from partner.registry.imports.stations import Stations
from partner.registry.progress import Progress
from tests.conftest import Cluster
from tests.registry.acting import changes, grant, rows
from tests.registry.imports.files import AMATEUR, BASE, a_run, bases, everything, fates, feed, imported, troubles, write_csv, write_lines
from tests.registry.samples import BASE as FACTS
from tests.registry.samples import TAXI, law

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "importing.md"


@pytest.fixture(autouse=True)
def chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_A_TIME", 20)


@pytest.fixture
def database_name(cluster: Cluster, request: pytest.FixtureRequest) -> Any:
    """A fresh database for each test: keys and numbers are remembered."""
    name = f"import_{abs(hash(request.node.nodeid)) % 10**12}"
    cluster.create(name, "partner_template")
    yield name
    cluster.drop(name)


async def license_of(database: Database, number: str) -> Any:
    async with database.transaction(SYSTEM) as session:
        return await register.license_by_number(session, number)


async def test_stations_are_granted_one_entry_each_with_the_facts_of_the_file(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [*bases(50), AMATEUR])
    assert await imported(database, path) == {"new": 51}
    entries = await feed(database)
    assert [entry["kind"] for entry in entries] == ["granted"] * 51
    assert [entry["sequence"] for entry in entries] == list(range(1, 52))
    assert len({entry["station_id"] for entry in entries}) == 51
    held = await license_of(database, "関基第7号")
    assert held.licensee.name == "みどりタクシー株式会社"
    assert [(line.emission, line.frequency_hz, line.frequency_to_hz, str(line.power_w)) for line in held.facts.assignments] == [
        ("8K50F3E", 467_000_000, None, "5"),
        ("16K0F3E", 467_012_500, 467_025_000, "0.5"),
    ]
    assert held.facts.identification == "みどりきち１"
    assert "みどりきち" not in str(entries)
    assert "総務" not in str(entries)
    assert troubles(path) == []
    async with database.transaction(SYSTEM) as session:
        assert [row["count"] for row in await rows(session, "SELECT count(*) FROM licensee")] == [2]


async def test_the_same_file_twice_says_so_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", bases(45))
    await imported(database, path)
    before = await everything(database)
    run = a_run(database, path)
    assert await run.run() is False
    assert run.state.new == 45
    assert await everything(database) == before
    assert await imported(database, path, again=True) == {"unchanged": 45}
    assert await everything(database) == before
    renamed = write_csv(tmp_path / "b.csv", bases(45))
    assert await a_run(database, renamed).run() is False


async def test_a_file_that_comes_again_with_changes_makes_one_change_for_each(database: Database, tmp_path: Path) -> None:
    await imported(database, write_csv(tmp_path / "a.csv", bases(30)))
    records = bases(31)
    records[3] |= {"municipality": "13102"}
    records[4] |= {"licensed_on": "2027-06-01", "valid_to": "2032-05-31", "assignments": "8K50F3E@468000000/5"}
    records[5] |= {"ended_on": "2024-01-01", "end_kind": "discontinued", "valid_to": "2023-12-31"}
    path = write_csv(tmp_path / "b.csv", records)
    assert await imported(database, path) == {"new": 1, "changed": 3, "unchanged": 27}
    entries = (await feed(database))[30:]
    assert [entry["kind"] for entry in entries] == ["corrected", "renewed", "corrected", "granted"]
    moved, renewed, ended, _ = entries
    assert (moved["before"]["location"]["municipality_code"], moved["after"]["location"]["municipality_code"]) == ("13101", "13102")
    assert renewed["before"]["license"] == renewed["after"]["license"]  # the new term is one of a later day
    assert renewed["after"]["license"]["valid_to"] == "2027-05-31"
    assert ended["after"]["license"]["status"] == "ended"
    async with database.transaction(SYSTEM) as session:
        belief = await record_queries.beliefs_by_number(session, "関基第5号")
    assert [version.facts.assignments[0].frequency_hz for version in belief] == [467_000_000, 468_000_000]
    assert [version.valid_to.year for version in belief] == [2027, 2032]


async def test_what_a_file_does_not_speak_of_stays_on_record(database: Database, tmp_path: Path) -> None:
    await imported(database, write_csv(tmp_path / "a.csv", bases(1, note="注意", site_address="一丁目")))
    record = {name: value for name, value in BASE.items() if name not in {"identification", "purposes"}} | {"municipality": "13102"}
    assert await imported(database, write_csv(tmp_path / "b.csv", [record])) == {"changed": 1}
    held = await license_of(database, "関基第1号")
    assert (held.facts.note, held.facts.site_address, held.facts.identification) == ("注意", "一丁目", "みどりきち１")
    assert held.facts.purposes == ("x-general",)
    blank = record | {"municipality": "13102", "note": ""}
    assert await imported(database, write_csv(tmp_path / "c.csv", [blank])) == {"changed": 1}
    assert (await license_of(database, "関基第1号")).facts.note is None


async def test_a_station_that_the_register_knows_by_its_number_is_that_station(database: Database, tmp_path: Path) -> None:
    async with database.transaction(SYSTEM) as session:
        held = await grant(session, TAXI, FACTS)
    record = BASE | {"license_number": held.license_number, "licensed_on": "2020-06-01", "valid_to": "2025-05-31"}
    path = write_csv(tmp_path / "a.csv", [record])
    assert await imported(database, path) == {"changed": 1}
    async with database.transaction(SYSTEM) as session:
        kinds = [row["kind"] for row in await changes(session, held.station_id)]
        found = await register.license_of_station(session, held.station_id)
    assert kinds == ["granted", "corrected"]
    assert found is not None
    assert found.facts.site_address == FACTS.site_address
    assert found.licensee_id == held.licensee_id
    assert found.licensee.name == "みどりタクシー株式会社"


async def test_one_bad_record_never_stops_the_rest(database: Database, tmp_path: Path) -> None:
    bad: list[tuple[dict[str, Any], str, str]] = [
        ({"licensed_on": "2022-02-30"}, "licensed_on", "not_a_date"),
        ({"station_class": ""}, "station_class", "required"),
        ({"licensee_name": ""}, "licensee/name", "required"),
        ({"licensee_kind": "company"}, "licensee/kind", "unknown_value"),
        ({"assignments": "8K50F3E@467000000.5/5"}, "assignments", "not_an_object"),
        ({"assignments": "8K50F3E@0/5"}, "assignments/0/frequency_hz", "out_of_range"),
        ({"assignments": "8K50F3E@9000000000000/5"}, "assignments/0/frequency_hz", "out_of_range"),
        ({"assignments": "+8K50F3E"}, "assignments", "not_an_object"),
        ({"call_sign": "ja1abc"}, "call_sign", "not_a_call_sign"),
        ({"valid_to": "2022-05-31"}, "valid_to", "invalid_term"),
        ({"ended_on": "2023-01-01"}, "ended_on", "invalid_end"),
        ({"municipality": "千代田区"}, "municipality", "invalid"),
        ({"licensee_corporate_number": "12"}, "licensee/corporate_number", "invalid"),
        ({"moves": "perhaps"}, "moves", "not_a_flag"),
        ({"station_count": "0"}, "station_count", "out_of_range"),
        ({"note": "a\x00b"}, "note", "not_writable"),
        ({"licensee_name": "長" * 601}, "licensee/name", "too_long"),
        ({"purposes": "x" * 101}, "purposes", "too_long"),
    ]
    records = [
        record
        for number, (change, _, _) in enumerate(bad)
        for record in (BASE | {"license_number": f"関基第{number}号"} | change, BASE | {"license_number": f"東基第{number}号"})
    ]
    path = write_csv(tmp_path / "a.csv", records)
    assert await imported(database, path) == {"new": len(bad), "refused": len(bad)}
    assert troubles(path) == [(2 + 2 * number, field, code) for number, (_, field, code) in enumerate(bad)]
    assert len(await feed(database)) == len(bad)


async def test_lines_that_are_no_records_are_refused_alone(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", bases(3))
    text = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([text[0], text[1], b"too,few", text[2].replace("みどり".encode(), b"\xff\xfe"), text[3]]))
    assert await imported(database, path) == {"new": 2, "refused": 2}
    assert [(line, code) for line, _, code in troubles(path)] == [(3, "wrong_number_of_cells"), (4, "not_writable"), (4, "not_writable")]
    lines = tmp_path / "a.jsonl"
    good = b'{"station_class": "FB", "bureau": "A", "licensee": {"kind": "club", "name": "\xe3\x81\x82"}, '
    good += b'"licensed_on": "2022-06-01", "valid_to": "2027-05-31"}'
    lines.write_bytes(b"\n".join([b"{", b"[]", b'"x"', good, b'{"license": {}}', b'{"licensee": 1}', b"\xff"]))
    assert await imported(database, lines) == {"new": 1, "refused": 6}
    assert {line for line, _, _ in troubles(lines)} == {1, 2, 3, 5, 6, 7}


async def test_what_the_register_refuses_is_refused_alone(database: Database, tmp_path: Path) -> None:
    other = AMATEUR | {"licensee_name": "総務　花子", "movement_area": "BBB"}
    await imported(database, write_csv(tmp_path / "a.csv", [BASE, AMATEUR]))
    older = BASE | {"licensed_on": "2010-06-01", "valid_to": "2015-05-31"}
    path = write_csv(tmp_path / "b.csv", [*bases(25)[1:], older, other, BASE | {"license_number": "関基第9号", "station_class": "FX"}])
    assert await imported(database, path) == {"new": 24, "refused": 3}
    assert [code for _, _, code in troubles(path)] == ["older_term", "call_sign_held", "given_twice"]
    async with database.transaction(SYSTEM) as session:
        holders = await rows(session, "SELECT DISTINCT name FROM licensee_version WHERE kind = 'individual'")
    assert [row["name"] for row in holders] == ["総務　太郎"]


async def test_a_file_that_contradicts_itself_is_told_wherever_it_does(database: Database, tmp_path: Path) -> None:
    near, far = BASE | {"municipality": "13102"}, BASE | {"municipality": "13103"}
    path = write_csv(tmp_path / "a.csv", [BASE, near, *bases(60)[1:], far, BASE])
    assert await imported(database, path) == {"new": 60, "unchanged": 1, "refused": 2}
    assert [(line, code) for line, _, code in troubles(path)] == [(3, "given_twice"), (63, "given_twice")]


async def test_unknown_codes_are_kept_and_told_once(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", bases(40, purposes="QQQ;x-general", station_class="ZZ", color="red"))
    assert await imported(database, path) == {"new": 40}
    assert troubles(path) == [(2, "station_class", "unknown_code"), (2, "purposes", "unknown_code"), (2, "color", "unknown_field")]
    assert (await license_of(database, "関基第1号")).facts.purposes == ("QQQ", "x-general")


async def test_a_dry_run_tells_what_would_happen_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    await imported(database, write_csv(tmp_path / "a.csv", bases(50)))
    records = bases(70)
    records[3] |= {"municipality": "13102"}
    records[69] |= {"valid_to": ""}
    path = write_csv(tmp_path / "b.csv", [*records, records[60], records[61] | {"municipality": "13102"}])
    before = await everything(database)
    found = await running.examine(database, law(), running.source_of(path))
    assert dict(found.fates) == {"new": 19, "changed": 1, "unchanged": 50, "refused": 2}
    assert await everything(database) == before
    assert troubles(path) == []
    assert await imported(database, path) == dict(found.fates)


async def test_a_limit_takes_the_first_records_and_a_later_run_the_rest(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", bases(90))
    assert await imported(database, path, limit=33) == {"new": 33}
    run = a_run(database, path)
    await run.run(limit=33)
    assert (run.state.done, run.state.finished_at) == (33, None)
    assert await imported(database, path) == {"new": 90}
    assert len(await feed(database)) == 90
    assert await a_run(database, path).run() is False


class Stopped(Exception):
    pass


async def test_a_run_that_fails_is_taken_up_where_it_was(database: Database, tmp_path: Path) -> None:
    records = bases(130)
    for number in range(0, 130, 13):
        records[number] |= {"valid_to": "never"}
    path = write_csv(tmp_path / "a.csv", records)
    seen: list[Progress] = []

    def stop(state: Progress) -> None:
        seen.append(state)
        if len(seen) == 3:
            raise Stopped

    with pytest.raises(Stopped):
        await a_run(database, path, stop).run()
    assert seen[-1].done == 60
    assert await imported(database, path) == {"new": 120, "refused": 10}
    entries = await feed(database)
    assert [entry["sequence"] for entry in entries] == list(range(1, 121))
    assert len({entry["station_id"] for entry in entries}) == 120
    assert [line for line, _, _ in troubles(path)] == [2 + number for number in range(0, 130, 13)]


async def test_what_failed_within_a_chunk_leaves_nothing_of_it(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = bases(50)
    records[45] |= {"valid_to": "never"}
    path = write_csv(tmp_path / "a.csv", records)
    kept = progress.keep

    async def fail(session: Any, state: Progress) -> None:
        await kept(session, state)
        if state.done == 50:
            raise Stopped

    monkeypatch.setattr(progress, "keep", fail)
    with pytest.raises(Stopped):
        await a_run(database, path).run()
    monkeypatch.undo()
    assert len(await feed(database)) == 40
    run = a_run(database, path)
    await run.run()
    assert fates(run.state) == {"new": 49, "refused": 1}
    assert [line for line, _, _ in troubles(path)] == [47]


async def test_no_more_than_two_chunks_are_in_memory(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "a.csv", bases(400))
    read, ahead = [0], []
    original = Stations.read

    def counted(self: Any, raw: Any) -> Any:
        read[0] += 1
        return original(self, raw)

    monkeypatch.setattr(Stations, "read", counted)
    await a_run(database, path, lambda state: ahead.append(read[0] - state.done)).run()
    assert max(ahead) <= 2 * bulk.AT_A_TIME


def sizes(path: Path) -> list[int]:
    """How many records each chunk of a file takes, the empty one at its end left out."""
    return [len(chunk.records) for chunk in running.chunks(running.source_of(path), law(), first=0, limit=None) if chunk.records]


async def test_a_record_of_a_sign_of_the_chunk_before_begins_another(tmp_path: Path) -> None:
    """What can be looked up only when the chunk before is on record keeps a few records waiting, not thousands. No line is left out."""
    records = bases(70)
    assert sizes(write_csv(tmp_path / "a.csv", records)) == [20, 20, 20, 10]
    shared = records[3]["call_sign"] = records[27]["call_sign"] = "JKA1"
    assert sizes(write_csv(tmp_path / "b.csv", records)) == [20, 7, 20, 20, 3]
    for record in records[20:]:
        record["call_sign"] = shared
    assert sizes(write_csv(tmp_path / "c.csv", records)) == [20, 20, 20, 10], "a chunk that begins with such a record waits as a whole"


async def test_unmarked_stations_are_told_apart_by_their_order(database: Database, tmp_path: Path) -> None:
    record = {name: value for name, value in BASE.items() if name != "license_number"}
    hertz = [f"8K50F3E@{467_000_000 + 12_500 * number}/5" for number in range(50)]
    records = [record | {"assignments": text} for text in hertz]
    assert await imported(database, write_csv(tmp_path / "a.csv", records)) == {"new": 50}
    records[30] |= {"assignments": "8K50F3E@468000000/5"}
    assert await imported(database, write_csv(tmp_path / "b.csv", records), limit=10) == {"unchanged": 10}
    assert await imported(database, tmp_path / "b.csv") == {"unchanged": 49, "changed": 1}


async def test_keys_decide_whatever_else_changes(database: Database, tmp_path: Path) -> None:
    record = AMATEUR | {"key": "x/1"}
    assert await imported(database, write_csv(tmp_path / "a.csv", [record])) == {"new": 1}
    moved = record | {"call_sign": "JJ1AAB", "municipality": "13102", "movement_area": "BBB", "license_number": "関Ａ第5号"}
    assert await imported(database, write_csv(tmp_path / "b.csv", [moved])) == {"changed": 1}
    held = await license_of(database, "関Ａ第5号")
    assert (held.call_sign, held.facts.municipality, held.facts.moves) == ("JJ1AAB", "13102", False)


async def test_a_file_that_is_none_is_refused_as_a_whole(database: Database, tmp_path: Path) -> None:
    for name, text, code in [("a.csv", "a,b\n1,2\n", "wrong_header"), ("a.json", "[]", "not_musen"), ("b.json", "{", "not_musen")]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(Invalid) as refused:
            await imported(database, tmp_path / name)
        assert refused.value.code == code
    with pytest.raises(Invalid, match="unknown_format"):
        running.source_of(write_lines(tmp_path / "a.txt", []))
    assert await feed(database) == []


async def test_the_example_of_the_documentation_can_be_imported_and_its_columns_are_all(database: Database, tmp_path: Path) -> None:
    words = DOCUMENTATION.read_text(encoding="utf-8")
    example = words.partition("```json\n")[2].partition("```")[0]
    assert await imported(database, write_lines(tmp_path / "a.jsonl", [orjson.loads(example)])) == {"new": 1}
    names = [name.removeprefix("licensee_") for name in formats.COLUMNS]
    assert [name for name in names if f"`{name}`" not in words] == []
    every = dict.fromkeys(formats.COLUMNS, "") | BASE | {"license_number": "関基第2号"}
    path = write_csv(tmp_path / "b.csv", [every])
    assert await imported(database, path) == {"new": 1}
    assert troubles(path) == []


async def test_an_applicant_cannot_import(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [BASE])
    before = await everything(database)

    class Applicants(Database):
        def transaction(self, access: Access) -> Any:  # noqa: ARG002
            return super().transaction(Access(Standing.APPLICANT, new_id()))

    refused = Applicants.__new__(Applicants)
    refused.__dict__.update(database.__dict__)
    with pytest.raises(Exception):  # noqa: B017, PT011 -- whichever table refuses first
        await a_run(refused, path).run()
    assert await everything(database) == before
    async with database.transaction(Access(Standing.STAFF, new_id(), "A")) as session:
        assert await rows(session, "SELECT * FROM import_progress") == []
        assert await rows(session, "SELECT * FROM import_key") == []
