from __future__ import annotations

from sqlalchemy import text

from partner.database import SYSTEM, Database


async def test_the_application_is_no_superuser_and_knows_its_standing(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        connection = await session.connection()
        role = (await connection.execute(text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"))).one()
        standing = (await connection.execute(text("SELECT partner_standing()"))).scalar_one()
    assert tuple(role) == (False, False)
    assert standing == "system"
