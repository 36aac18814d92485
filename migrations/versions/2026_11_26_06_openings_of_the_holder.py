"""The holder of a blanket license, and who acts for the holder, see which stations were opened under it: what they pay depends on it.

Whoever held the license before does not. They see their own versions of the license alone, so a function of the owner tells who holds it.
"""

from alembic import op

revision = "2026_11_26_06"
down_revision = "2026_11_26_05"
branch_labels = None
depends_on = None

OWN_APPLICANTS = (
    "SELECT link.applicant_id FROM applicant_account link WHERE link.account_id = (SELECT partner_account()) AND link.confirmed"
)
DELEGATED_APPLICANTS = (
    "SELECT given.applicant_id FROM delegation given WHERE given.agent_account_id = (SELECT partner_account()) AND given.revoked_at IS NULL"
)
OF_MINE = f"(mine.id IN ({OWN_APPLICANTS}) OR mine.id IN ({DELEGATED_APPLICANTS}))"
HOLDER = """
CREATE POLICY license_version_views ON license_version FOR SELECT TO partner_owner USING (true);
CREATE FUNCTION present_holder(station UUID) RETURNS UUID LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT licensee_id FROM license_version WHERE station_id = station AND upper_inf(recorded) ORDER BY lower(valid) DESC LIMIT 1
$$;
REVOKE ALL ON FUNCTION present_holder FROM PUBLIC;
GRANT EXECUTE ON FUNCTION present_holder TO partner_app;
"""
HELD = f"EXISTS (SELECT FROM applicant mine WHERE mine.licensee_id = present_holder(opened_station.station_id) AND {OF_MINE})"


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(HOLDER)
    condition = f"(SELECT partner_standing()) = 'applicant' AND {HELD}"
    op.execute(f"CREATE POLICY opened_station_holder ON opened_station FOR SELECT TO partner_app USING ({condition})")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP POLICY opened_station_holder ON opened_station")
    op.execute("DROP FUNCTION present_holder")
    op.execute("DROP POLICY license_version_views ON license_version")
