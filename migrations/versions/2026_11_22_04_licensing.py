"""Tables of licensing."""

from alembic import op

revision = "2026_11_22_04"
down_revision = "2026_11_22_03"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
