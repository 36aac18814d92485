"""Many filings in one file: the upload, its rows, and which row made the case for a license and its term.

A row that has made a case keeps the key (license number, last day of the term) to itself, so that none is filed twice, however often a file
is uploaded and wherever the work breaks off. And a case notes the license that it is about, so that the open ones are found at once.
"""

from alembic import op

revision = "2026_11_25_13"
down_revision = "2026_11_25_12"
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
TABLES = """
CREATE TABLE bulk_filing (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    applicant_id UUID NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    columns JSONB NOT NULL,
    total INTEGER NOT NULL,
    submits BOOLEAN NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bulk_filing PRIMARY KEY (id),
    CONSTRAINT ck_bulk_filing_state CHECK (state IN ('checking', 'checked', 'filing', 'done')),
    CONSTRAINT fk_bulk_filing_account_id_account FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_bulk_filing_applicant_id_applicant FOREIGN KEY(applicant_id) REFERENCES applicant (id)
);
CREATE INDEX ix_bulk_filing_applicant_id ON bulk_filing (applicant_id);
CREATE INDEX ix_bulk_filing_unfinished ON bulk_filing (id) WHERE state IN ('checking', 'filing');
CREATE TABLE bulk_row (
    filing_id UUID NOT NULL,
    position INTEGER NOT NULL,
    sheet TEXT NOT NULL,
    number INTEGER NOT NULL,
    cells JSONB NOT NULL,
    formulas JSONB NOT NULL,
    outcome TEXT NOT NULL,
    step TEXT NOT NULL,
    procedure TEXT,
    license_number TEXT,
    expires_on DATE,
    form JSONB,
    changes JSONB NOT NULL,
    errors JSONB NOT NULL,
    application_id UUID,
    claims BOOLEAN NOT NULL,
    CONSTRAINT pk_bulk_row PRIMARY KEY (filing_id, position),
    CONSTRAINT ck_bulk_row_outcome CHECK (outcome IN ('waiting', 'new', 'unchanged', 'changed', 'error')),
    CONSTRAINT ck_bulk_row_step CHECK (step IN ('none', 'drafted', 'filed', 'kept', 'refused')),
    CONSTRAINT ck_bulk_row_claims CHECK
        (NOT claims OR (application_id IS NOT NULL AND license_number IS NOT NULL AND expires_on IS NOT NULL)),
    CONSTRAINT fk_bulk_row_filing_id_bulk_filing FOREIGN KEY(filing_id) REFERENCES bulk_filing (id),
    CONSTRAINT fk_bulk_row_application_id_application FOREIGN KEY(application_id) REFERENCES application (id)
);
CREATE UNIQUE INDEX uq_bulk_row_claims ON bulk_row (license_number, expires_on) WHERE claims;
CREATE INDEX ix_bulk_row_license_number ON bulk_row (filing_id, license_number);
CREATE INDEX ix_bulk_row_progress ON bulk_row (filing_id, outcome, step, position);
CREATE INDEX ix_bulk_row_application_id ON bulk_row (application_id);
ALTER TABLE application ADD COLUMN about_license TEXT;
CREATE INDEX ix_application_about_license ON application (procedure, about_license);
CREATE INDEX ix_application_about_unknown ON application (procedure, applicant_id) WHERE about_license IS NULL;
"""
SEEN = {
    "bulk_filing": f"{IS}'applicant' AND (applicant_id IN ({OWN_APPLICANTS}) OR applicant_id IN ({DRAFTED_APPLICANTS}))",
    "bulk_row": f"{IS}'applicant' AND EXISTS (SELECT FROM bulk_filing seen WHERE seen.id = filing_id)",
}


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(TABLES)
    for name, condition in SEEN.items():
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {name} TO partner_app")
        op.execute(f"CREATE POLICY system ON {name} USING ({IS}'system') WITH CHECK ({IS}'system')")
        op.execute(f"CREATE POLICY seen ON {name} FOR SELECT USING ({condition})")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP TABLE bulk_row, bulk_filing")
    op.execute("ALTER TABLE application DROP COLUMN about_license")
