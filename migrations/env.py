"""Runs the migrations as `partner_owner`, one process at a time, and never waits long for a lock."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import partner.auth.models
import partner.licensing.bulk_models
import partner.licensing.models
import partner.licensing.spectrum_models
import partner.registry.import_models
import partner.registry.models
import partner.registry.opening_models  # noqa: F401
from partner.database import metadata

LOCK = 7_206_741


def ours(name: str | None, kind: str, _: object) -> bool:
    """Leave the tables of the job queue to its own schema."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        context.configure(connection=connection, target_metadata=metadata, include_name=ours, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


run()
