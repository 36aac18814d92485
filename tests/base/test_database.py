from __future__ import annotations

import pytest
from sqlalchemy import text

from partner.database import SYSTEM, Database
from partner.errors import Unavailable
from tests.conftest import Cluster


async def test_the_application_is_no_superuser_and_knows_its_standing(database: Database) -> None:
    async with database.transaction(SYSTEM) as session:
        connection = await session.connection()
        role = (await connection.execute(text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"))).one()
        standing = (await connection.execute(text("SELECT partner_standing()"))).scalar_one()
    assert tuple(role) == (False, False)
    assert standing == "system"


async def test_whoever_waits_too_long_for_a_connection_is_told_so(cluster: Cluster, database_name: str) -> None:
    roles = (cluster.url("partner_app", database_name), cluster.url("partner_public", database_name))
    async with Database(*roles, pool_size=1, patience_seconds=0.05).opened() as narrow:
        async with narrow.transaction(SYSTEM), narrow.transaction(SYSTEM):
            with pytest.raises(Unavailable) as refused:
                async with narrow.transaction(SYSTEM):
                    pytest.fail("there is no third connection")
        assert refused.value.code == "busy"
        async with narrow.transaction(SYSTEM) as session:
            assert (await (await session.connection()).execute(text("SELECT 1"))).scalar_one() == 1
