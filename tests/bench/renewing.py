"""Many renewals with one file: cases per second to a draft, and on the straight-through route to a license, beside TPC-B of pgbench."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from partner import clock, embedded, regulation
from partner.auth import service as sign_in
from partner.auth.actor import Actor, Claims, Role
from partner.auth.identity import Identity
from partner.database import SYSTEM, Database
from partner.licensing import actions, bulk_filings, bulk_work, commands, renewals, sheet_writing
from partner.licensing.bulk_filings import Upload
from partner.registry import importing
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.importing import LicenseRecord
from partner.regulation import Law
from partner.settings import Settings
from tests.acceptance import fleet
from tests.bench import bulk
from tests.bench.register import directory, libpq, processes, say
from tests.bench.results import Line, Spread

CASES = 500
NOW = datetime.fromisoformat("2023-07-03T09:00:00+09:00")
RULE = """    straight_through:
      authority: {ja: 課長（専決）, en: Head of the division (by delegation)}
      sample_percent: 5
    governed_by:"""
PERSON = LicenseeFacts(
    "individual", "総務　太郎", "ソウム　タロウ", municipality="13101", address="霞が関２－１－２", birth_date=date(1960, 4, 1)
)
TPC_B = 10  # scale and seconds
WAYS = {
    "bulk-renewal-draft": "bulk renewal: row to draft",
    "bulk-renewal-license": "bulk renewal: row to license, straight through",
}


def measure() -> Iterator[Line]:
    """Both rates on an empty database of their own, and what pgbench does on the same server."""
    place = directory("renewing")
    law = _amended(place / "regulation")
    before = clock.offset()
    server = embedded.start(place)
    try:
        with bulk.database(server, "renewing"):
            clock.move_to(NOW)
            rates = asyncio.run(_rates(server, law))
        tpc_b, why = _pgbench(server)
    finally:
        clock._clock = clock.Clock()
        clock.move_by(before)
        server.stop()
    for figure, rate in zip(WAYS, rates, strict=True):
        ratio = Spread(rate / tpc_b, rate / tpc_b, rate / tpc_b) if tpc_b else None
        note = f"{rate:,.1f} cases/s; " + (f"TPC-B {tpc_b:,.0f} transactions/s" if tpc_b else f"NOT MEASURED: {why}")
        yield Line(figure, WAYS[figure], CASES, "pgbench TPC-B", ratio=ratio, note=note)


def _amended(place: Path) -> Law:
    """The law with a straight-through rule in the renewal of amateur stations, as an office would write it."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(Settings().regulation_root, place)
    file = place / "procedures" / "amateur-renewal.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("    governed_by:", RULE, 1), encoding="utf-8")
    return regulation.load(place)


def _licenses() -> Iterator[LicenseRecord]:
    facts = LicenseFacts(
        station_class="AT",
        bureau="A",
        purposes=("ATC",),
        communication_matters=("ATC",),
        municipality="13101",
        site_address=PERSON.address,
        movement_area="AAA",
        moves=True,
        assignments=(AssignmentFacts(emission="3VA", frequency_hz=145_000_000, power_w=Decimal(50)),),
    )
    for number in range(1, 2 * CASES + 1):
        yield LicenseRecord(PERSON, facts, date(2019, 1, 1), date(2023, 12, 31), license_number=f"関Ａ第{2_000_000 + number}号")


async def _rates(server: embedded.Server, law: Law) -> tuple[float, float]:
    """Cases per second to draft and to license; each with rows of its own, checked before the time begins."""
    database = Database(server.url("partner_app", "renewing"), server.url("partner_public", "renewing"))
    async with database.opened():
        async with database.transaction(SYSTEM) as session:
            await importing.import_licenses(session, _licenses(), law=law, cause="bench")
            claims = Claims(
                name=PERSON.name, name_kana=PERSON.name_kana, birth_date="1960-04-01", municipality="13101", address=PERSON.address or ""
            )
            identity = Identity("bench", "taro", "taro", claims, frozenset({Role.APPLICANT}), None)
            actor = sign_in.actor_of(await sign_in.save_account(session, identity))
        lines = await _table(database, actor, law)
        say(f"bulk renewal of {CASES} rows to drafts")
        drafts = await _checked(database, actor, law, lines[: CASES + 1])
        drafted = await _filed(database, actor, law, drafts, submits=False)
        say(f"bulk renewal of {CASES} rows to licenses")
        filed = await _checked(database, actor, law, [lines[0], *lines[CASES + 1 :]])
        begun = time.perf_counter()
        await _filed(database, actor, law, filed, submits=True)
        await _paid(database, actor, law, filed)
        return CASES / drafted, CASES / (time.perf_counter() - begun)


async def _table(database: Database, actor: Actor, law: Law) -> list[bytes]:
    async with database.transaction(actor.access) as session:
        party = await renewals.party(session, actor, None)
        tables = renewals.tables(law, actor, party, await renewals.due(session, actor, law, party))
    template = b"".join(sheet_writing.csv_file(tables))
    return fleet.returned(template, every=10**9).content.splitlines(keepends=True)


async def _checked(database: Database, actor: Actor, law: Law, lines: list[bytes]) -> UUID:
    async with database.transaction(actor.access) as session:
        filing = await bulk_filings.upload(session, actor, law, Upload("renewals.csv", b"".join(lines)))
    while await bulk_work.batch(database, law, filing.id):
        pass
    async with database.transaction(actor.access) as session:
        seen = (await bulk_filings.progress(session, [filing]))[filing.id]
    if seen.outcomes != {"new": CASES}:
        raise RuntimeError(f"the rows are not in order: {seen.outcomes}")
    return filing.id


async def _filed(database: Database, actor: Actor, law: Law, filing_id: UUID, *, submits: bool) -> float:
    """Seconds from the confirmation to the last case."""
    begun = time.perf_counter()
    async with database.transaction(actor.access) as session:
        await bulk_filings.confirm(session, actor, filing_id, submits=submits)
    while await bulk_work.batch(database, law, filing_id):
        pass
    return time.perf_counter() - begun


async def _paid(database: Database, actor: Actor, law: Law, filing_id: UUID) -> None:
    """Pay each case, upon which it is decided at once. Raises RuntimeError where one is not."""
    statement = text("SELECT application_id FROM bulk_row WHERE filing_id = :id AND step = 'filed' ORDER BY position")
    async with database.transaction(SYSTEM) as session:
        cases = [row[0] for row in await (await session.connection()).execute(statement, {"id": filing_id})]
    for case in cases:
        async with database.transaction(actor.access) as session:
            found = await actions.perform(session, actor, law, case, "pay", command=commands.read({"comment": "bench"}))
        if found.application.status != "granted":
            raise RuntimeError(f"a case is {found.application.status}: {found.application.findings}")


def _pgbench(server: embedded.Server) -> tuple[float | None, str]:
    """Transactions per second of TPC-B at a small scale with a client for each core; or why there is no such figure."""
    program = shutil.which("pgbench")
    if program is None:
        return None, "there is no pgbench"
    url = libpq(server.url("postgres", "postgres"))
    subprocess.run([program, "-i", "-q", "-s", str(TPC_B), url], check=True, capture_output=True)
    words = [program, "-c", str(processes()), "-j", str(processes()), "-T", str(TPC_B), url]
    answer = subprocess.run(words, check=True, capture_output=True, text=True)
    found = re.search(r"tps = ([0-9.]+)", answer.stdout)
    return (float(found[1]), "") if found else (None, "pgbench told no rate")
