"""A notice is read by whom it is addressed to, whoever the case belongs to.

Until now an applicant's account saw the notices of the cases that it sees, which are all to the applicant of the case. From now on the
former holder of a license is told that somebody files to succeed to it: the notice is theirs, the case is not.
"""

from alembic import op

revision = "2026_11_26_04"
down_revision = "2026_11_26_03"
branch_labels = None
depends_on = None

IS = "(SELECT partner_standing()) = "
OF_A_VISIBLE_APPLICATION = "EXISTS (SELECT FROM application seen WHERE seen.id = application_id)"
OWN_APPLICANTS = (
    "SELECT link.applicant_id FROM applicant_account link WHERE link.account_id = (SELECT partner_account()) AND link.confirmed"
)
DELEGATED_APPLICANTS = (
    "SELECT given.applicant_id FROM delegation given WHERE given.agent_account_id = (SELECT partner_account()) AND given.revoked_at IS NULL"
)
ADDRESSED = f"applicant_id IN ({OWN_APPLICANTS}) OR applicant_id IN ({DELEGATED_APPLICANTS})"


def _see(condition: str) -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP POLICY seen ON notice")
    op.execute(f"CREATE POLICY seen ON notice FOR SELECT USING ({condition})")


def upgrade() -> None:
    _see(f"({IS}'staff' AND {OF_A_VISIBLE_APPLICATION}) OR ({IS}'applicant' AND ({ADDRESSED}))")


def downgrade() -> None:
    _see(f"{IS}ANY ('{{applicant,staff}}') AND {OF_A_VISIBLE_APPLICATION}")
