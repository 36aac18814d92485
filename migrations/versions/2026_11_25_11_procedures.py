"""Stations opened under a blanket license or registration; the desk of the Minister beside that of the bureau."""

from alembic import op

revision = "2026_11_25_11"
down_revision = "2026_11_25_10"
branch_labels = None
depends_on = None

IS = "(SELECT partner_standing()) = "
BUREAU = "(SELECT partner_bureau())"
OPENED = """
CREATE TABLE opened_station (
    id UUID NOT NULL,
    station_id UUID NOT NULL,
    opened_on DATE NOT NULL,
    closed_on DATE,
    municipality TEXT,
    address TEXT,
    conformity_number TEXT,
    serial_number TEXT,
    cause TEXT NOT NULL,
    recorded TSTZRANGE NOT NULL,
    CONSTRAINT pk_opened_station PRIMARY KEY (id),
    CONSTRAINT fk_opened_station_station_id_station FOREIGN KEY(station_id) REFERENCES station (id),
    CONSTRAINT ck_opened_station_days CHECK (closed_on >= opened_on),
    CONSTRAINT ck_opened_station_recorded CHECK (NOT isempty(recorded) AND NOT lower_inf(recorded))
);
CREATE INDEX ix_opened_station_station_id ON opened_station (station_id);
CREATE UNIQUE INDEX uq_opened_station_serial ON opened_station (station_id, serial_number)
    WHERE upper_inf(recorded) AND closed_on IS NULL AND serial_number IS NOT NULL;
CREATE TRIGGER refuse_rewriting BEFORE DELETE ON opened_station FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON opened_station FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER only_close BEFORE UPDATE ON opened_station FOR EACH ROW EXECUTE FUNCTION only_close();
ALTER TABLE opened_station ENABLE ROW LEVEL SECURITY;
ALTER TABLE opened_station FORCE ROW LEVEL SECURITY;
CREATE POLICY opened_station_office ON opened_station TO partner_app USING (partner_standing() IN ('staff', 'system'))
    WITH CHECK (partner_standing() IN ('staff', 'system'));
CREATE POLICY opened_station_administrator ON opened_station FOR SELECT TO partner_app USING (partner_standing() = 'administrator');
GRANT SELECT, INSERT, UPDATE (recorded) ON opened_station TO partner_app;
"""
OWN_APPLICANTS = (
    "SELECT link.applicant_id FROM applicant_account link WHERE link.account_id = (SELECT partner_account()) AND link.confirmed"
)
DELEGATED_APPLICANTS = (
    "SELECT given.applicant_id FROM delegation given WHERE given.agent_account_id = (SELECT partner_account()) AND given.revoked_at IS NULL"
)


def _visible(desk: str) -> str:
    """Who sees a case; `desk` says which staff."""
    return (
        f"{IS}'administrator' OR ({IS}'staff' AND ({desk})"
        f" AND (channel = 'paper' OR reception_number IS NOT NULL))"
        f" OR ({IS}'applicant' AND (channel <> 'paper' OR status <> 'draft')"
        f" AND (applicant_id IN ({OWN_APPLICANTS}) OR applicant_id IN ({DELEGATED_APPLICANTS})))"
    )


def _see(desk: str) -> None:
    condition = _visible(desk)
    op.execute("DROP POLICY seen ON application")
    op.execute("DROP POLICY locked ON application")
    op.execute(f"CREATE POLICY seen ON application FOR SELECT USING ({condition})")
    op.execute(f"CREATE POLICY locked ON application FOR UPDATE USING ({condition}) WITH CHECK (false)")


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(OPENED)
    op.execute("ALTER TABLE application ADD COLUMN authority TEXT NOT NULL DEFAULT ''")
    op.execute("CREATE INDEX ix_application_authority ON application (authority, status, id) WHERE authority <> ''")
    _see(f"bureau = {BUREAU} OR (authority <> '' AND authority = {BUREAU})")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    _see(f"bureau = {BUREAU}")
    op.execute("ALTER TABLE application DROP COLUMN authority")
    op.execute("DROP TABLE opened_station")
