"""The tables of the job queue, as procrastinate 3 makes them. They hold no facts of cases or licenses.

A later version of procrastinate brings its own changes; they become migrations after this one.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "2026_11_22_05"
down_revision = "2026_11_22_04"
branch_labels = None
depends_on = None

TABLES = ("procrastinate_workers", "procrastinate_jobs", "procrastinate_periodic_defers", "procrastinate_events")


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.get_bind().exec_driver_sql(SchemaManager.get_schema(), execution_options={"no_parameters": True})
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO partner_app")
        op.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO partner_app")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute(
        "DO $$ DECLARE found regprocedure; BEGIN FOR found IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'procrastinate\\_%' "
        "LOOP EXECUTE format('DROP FUNCTION %s CASCADE', found); END LOOP; END $$"
    )
    op.execute("DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type")
