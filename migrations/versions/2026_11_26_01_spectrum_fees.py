"""The spectrum user fee: what was demanded of each license for each of its years, and how far that has been done."""

from alembic import op

revision = "2026_11_26_01"
down_revision = "2026_11_25_13"
branch_labels = None
depends_on = None

IS = "(SELECT partner_standing()) = "
OWN_APPLICANTS = (
    "SELECT link.applicant_id FROM applicant_account link WHERE link.account_id = (SELECT partner_account()) AND link.confirmed"
)
DRAFTED_APPLICANTS = (
    "SELECT given.applicant_id FROM delegation given"
    " WHERE given.agent_account_id = (SELECT partner_account()) AND given.revoked_at IS NULL AND given.may_draft"
)
OF_MINE = f"(mine.id IN ({OWN_APPLICANTS}) OR mine.id IN ({DRAFTED_APPLICANTS}))"
OF_MY_LICENSEE = f"EXISTS (SELECT FROM applicant mine WHERE mine.licensee_id = spectrum_fee.licensee_id AND {OF_MINE})"
TABLES = """
CREATE TABLE spectrum_fee (
    id UUID NOT NULL,
    station_id UUID NOT NULL,
    licensee_id UUID NOT NULL,
    license_number TEXT NOT NULL,
    bureau TEXT NOT NULL,
    first DATE NOT NULL,
    last DATE NOT NULL,
    months INTEGER NOT NULL,
    amount_yen BIGINT NOT NULL,
    citation TEXT NOT NULL,
    law_digest TEXT NOT NULL,
    due_on DATE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    refunded_at TIMESTAMP WITH TIME ZONE,
    prepayment_id UUID,
    refund_id UUID,
    CONSTRAINT pk_spectrum_fee PRIMARY KEY (id),
    CONSTRAINT ck_spectrum_fee_months CHECK (months BETWEEN 1 AND 12),
    CONSTRAINT ck_spectrum_fee_amount CHECK (amount_yen > 0),
    CONSTRAINT ck_spectrum_fee_days CHECK (first <= last),
    CONSTRAINT ck_spectrum_fee_refunded CHECK (refunded_at IS NULL OR paid_at IS NOT NULL),
    CONSTRAINT fk_spectrum_fee_prepayment_id_application FOREIGN KEY(prepayment_id) REFERENCES application (id),
    CONSTRAINT fk_spectrum_fee_refund_id_application FOREIGN KEY(refund_id) REFERENCES application (id)
);
CREATE UNIQUE INDEX uq_spectrum_fee_year ON spectrum_fee (station_id, first);
CREATE INDEX ix_spectrum_fee_licensee_id ON spectrum_fee (licensee_id);
CREATE TABLE spectrum_fee_progress (
    id INTEGER NOT NULL,
    until DATE NOT NULL,
    CONSTRAINT pk_spectrum_fee_progress PRIMARY KEY (id),
    CONSTRAINT ck_spectrum_fee_progress_one CHECK (id = 1)
);
"""
SEEN = f"({IS}'applicant' AND {OF_MY_LICENSEE}) OR ({IS}'staff' AND bureau = (SELECT partner_bureau()))"


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(TABLES)
    for name in ("spectrum_fee", "spectrum_fee_progress"):
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {name} TO partner_app")
        op.execute(f"CREATE POLICY system ON {name} USING ({IS}'system') WITH CHECK ({IS}'system')")
    op.execute(f"CREATE POLICY seen ON spectrum_fee FOR SELECT USING ({SEEN})")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP TABLE spectrum_fee, spectrum_fee_progress")
