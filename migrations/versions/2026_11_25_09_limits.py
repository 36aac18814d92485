"""Buckets of the rate limits: how many requests a caller has left. Nothing is lost with them, so they are not logged.

And an index of the call signs of a class: most classes have none, which is known at once.
"""

from alembic import op

revision = "2026_11_25_09"
down_revision = "2026_11_25_08"
branch_labels = None
depends_on = None

BUCKETS = """
CREATE UNLOGGED TABLE rate_bucket (
    caller text CONSTRAINT pk_rate_bucket PRIMARY KEY,
    tokens double precision NOT NULL,
    granted integer NOT NULL,
    refilled_at timestamptz NOT NULL
);
ALTER TABLE rate_bucket ENABLE ROW LEVEL SECURITY;
ALTER TABLE rate_bucket FORCE ROW LEVEL SECURITY;
CREATE POLICY rate_bucket_system ON rate_bucket TO partner_app
    USING (partner_standing() = 'system') WITH CHECK (partner_standing() = 'system');
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_bucket TO partner_app;
"""


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(BUCKETS)
    op.execute("CREATE INDEX ix_published_license_class_sign ON published_license (station_class, call_sign, station_id)")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP INDEX ix_published_license_class_sign; DROP TABLE rate_bucket")
