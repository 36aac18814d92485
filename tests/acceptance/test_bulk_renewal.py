"""A company renews a thousand licenses (or `PARTNER_TEST_ROWS`) with one table; killed half way, nothing is lost or doubled."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import text

from partner.database import SYSTEM
from tests.acceptance import fleet
from tests.acceptance.service import Client, Service

NOW = "2023-07-03T09:00:00+09:00"
ROWS = int(os.environ.get("PARTNER_TEST_ROWS", "1000"))
PATIENCE_S = 3_600.0
FILED = """
SELECT count(*), count(DISTINCT about_license), count(DISTINCT reception_number), count(*) FILTER (WHERE version = 2) FROM application
"""
STORIES = """
SELECT story, count(*) FROM (
    SELECT string_agg(action || '>' || to_status, ' ' ORDER BY sequence) AS story FROM application_event GROUP BY application_id
) stories GROUP BY story
"""


def watched(client: Client, filing: dict[str, Any], reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """How an upload stands as soon as it has come so far; it never goes back."""
    deadline, last = time.monotonic() + PATIENCE_S, -1
    while time.monotonic() < deadline:
        seen: dict[str, Any] = client.get(f"/api/v1/bulk-filings/{filing['id']}")
        assert seen["checked"] + seen["finished"] >= last
        last = seen["checked"] + seen["finished"]
        if reached(seen):
            return seen
        time.sleep(0.2)
    raise AssertionError(f"it has not come so far: {seen}")


def sent(client: Client, content: bytes) -> dict[str, Any]:
    answer = client.send("POST", "/api/v1/bulk-filings", files={"file": ("renewals.csv", content, "text/csv")})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def killed(service: Service) -> None:
    """End the process at work without a warning, by its own id."""
    assert service.process is not None
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()
    service.process = None


async def counted(service: Service, statement: str) -> list[tuple[Any, ...]]:
    async with service.database() as database, database.transaction(SYSTEM) as session:
        return [tuple(row) for row in await (await session.connection()).execute(text(statement))]


async def test_ten_thousand_renewals_survive_the_process_that_files_them(fresh: Service) -> None:
    fresh.start(NOW)
    async with fresh.database() as database:
        await fleet.settle(database, ROWS)
    taxi = fresh.as_("taxi")
    book = load_workbook(io.BytesIO(taxi.send("GET", "/api/v1/renewals.xlsx").content), read_only=True)
    assert sum(1 for _ in book["land-mobile-renewal"].iter_rows(max_col=1)) == ROWS + 3
    table = fleet.returned(taxi.send("GET", "/api/v1/renewals.csv").content)
    assert (table.rows, table.good) == (ROWS, ROWS - ROWS // 100)

    filing = sent(taxi, table.content)
    watched(taxi, filing, lambda seen: 0 < seen["checked"] < ROWS)
    killed(fresh)
    fresh.start(NOW)
    taxi = fresh.as_("taxi")
    checked = watched(taxi, filing, lambda seen: seen["state"] == "checked")
    assert checked["outcomes"] == {"new": table.good, "unchanged": 0, "changed": 0, "error": ROWS - table.good}
    assert await counted(fresh, "SELECT count(*) FROM application") == [(0,)]

    taxi.post(f"/api/v1/bulk-filings/{filing['id']}/confirm", {"submit": True}, expect=202)
    watched(taxi, filing, lambda seen: seen["finished"] > table.good // 2)
    killed(fresh)
    fresh.start(NOW)
    taxi = fresh.as_("taxi")
    done = watched(taxi, filing, lambda seen: seen["state"] == "done")
    assert done["results"] == {"drafted": 0, "filed": table.good, "kept": 0, "refused": 0}
    assert await counted(fresh, FILED) == [(table.good,) * 4]
    assert await counted(fresh, STORIES) == [("draft>draft submit>fee_due", table.good)]
    errors = taxi.send("GET", f"/api/v1/bulk-filings/{filing['id']}/errors.csv").content.decode("utf-8-sig")
    assert len({line.split(",")[1] for line in errors.splitlines()[1:]}) == ROWS - table.good

    again = sent(taxi, table.content)
    assert watched(taxi, again, lambda seen: seen["state"] == "checked")["outcomes"]["unchanged"] == table.good
    taxi.post(f"/api/v1/bulk-filings/{again['id']}/confirm", {"submit": True}, expect=202)
    assert watched(taxi, again, lambda seen: seen["state"] == "done")["results"]["kept"] == table.good
    assert await counted(fresh, FILED) == [(table.good,) * 4]
