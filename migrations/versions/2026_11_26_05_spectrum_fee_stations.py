"""What is demanded by the number of open stations says how many were counted."""

from alembic import op

revision = "2026_11_26_05"
down_revision = "2026_11_26_04"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("ALTER TABLE spectrum_fee ADD COLUMN stations INTEGER, ADD CONSTRAINT ck_spectrum_fee_stations CHECK (stations > 0)")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("ALTER TABLE spectrum_fee DROP COLUMN stations")
