"""`partner regulation simulate` over a whole register: how long, and whether what it foretells comes true."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any

from partner import regulation
from partner.database import SYSTEM, Database
from partner.settings import Settings
from tests.bench.register import Register, directory, say
from tests.bench.results import Line
from tests.licensing import applying, drafts

ON = date.fromisoformat(drafts.DAY)
CHECKED = 500


def foretelling(found: Register) -> Line:
    """Licenses tried per second by the command, start included; so many of its answers are checked against the draft really in force."""
    place = directory("simulate")
    shutil.rmtree(place / "draft", ignore_errors=True)
    draft, answers = drafts.drafted(place / "draft"), place / "changes.json"
    say(f"simulate over {found.size:,} stations")
    begun = time.perf_counter()
    answer = found.service.run("regulation", "simulate", str(draft), "--on", drafts.DAY, "--json", str(answers))
    seconds = time.perf_counter() - begun
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr)
    read = json.loads(answers.read_text(encoding="utf-8"))
    summary = read["summary"]["licenses"]
    wrong = asyncio.run(_wrong(found, draft, {row["license_number"]: row["changes"] for row in read["licenses"]}))
    note = f"{summary['total'] / seconds:,.0f} licenses/s, {summary['changed']:,} change; {CHECKED} checked, {wrong} wrong"
    say(f"  {seconds:.1f} s; {note}")
    return Line("simulate", "a draft tried on all licenses in force", found.size, "the draft in force", note=note)


async def _wrong(found: Register, draft: Path, foretold: dict[str, Any]) -> int:
    """How many of some licenses are otherwise than was foretold, once the draft is the law."""
    before, after = regulation.load(Settings().regulation_root), regulation.load(draft)
    with found.connected() as connection:
        rows = connection.execute(
            "SELECT license_number FROM license_version WHERE upper_inf(recorded) AND valid @> %s AND term_to >= %s"
            " AND (ended_on IS NULL OR ended_on > %s) ORDER BY license_number",
            [ON, ON, ON],
        ).fetchall()
    numbers = random.Random(1).sample([row[0] for row in rows], min(CHECKED, len(rows)))
    database = Database(found.server.url("partner_app"), found.server.url("partner_public"))
    async with database.opened(), database.transaction(SYSTEM) as session:
        wrong = 0
        for number in numbers:
            real = [await applying.answer(session, law, number, ON) for law in (before, after)]
            said, came = applying.compared(foretold.get(number, {}), *real)
            wrong += said != came
    return wrong
