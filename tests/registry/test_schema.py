from __future__ import annotations

from sqlalchemy import text

from partner.database import SYSTEM, Database


async def test_the_register_begins_empty(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        row = (await (await session.connection()).execute(text("SELECT sequence, updated_at FROM register_counter"))).one()
    assert tuple(row) == (0, None)
