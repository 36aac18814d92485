"""Tables of licensing, and who may see which row.

The words of row-level security here:

- an applicant's account sees the cases of the applicants that it is linked to (confirmed) and of those who delegated to it;
  a paper filing that a clerk is still entering is not shown yet;
- staff see the cases of their own bureau; the action `transfer` moves a case;
- an administrator sees cases and events, for the figures, but no applicant, document, notice, message or payment;
- whoever sees a case may lock it; only the standing `system`, which services enter after the decision, writes;
- nobody deletes, and events, documents and notices never change.
"""

from alembic import op

revision = "2026_11_22_04"
down_revision = "2026_11_22_03"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE applicant (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_kana TEXT NOT NULL,
    corporate_number TEXT,
    birth_date DATE,
    postal_code TEXT NOT NULL,
    prefecture TEXT NOT NULL,
    municipality TEXT NOT NULL,
    address TEXT NOT NULL,
    match_key TEXT NOT NULL,
    licensee_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_applicant PRIMARY KEY (id),
    CONSTRAINT ck_applicant_kind CHECK (kind IN ('individual', 'club', 'corporation', 'government'))
);
CREATE INDEX ix_applicant_licensee_id ON applicant (licensee_id);
CREATE INDEX ix_applicant_match_key ON applicant (match_key);
CREATE UNIQUE INDEX uq_applicant_corporate_number ON applicant (corporate_number) WHERE corporate_number IS NOT NULL;
CREATE TABLE applicant_account (
    account_id UUID NOT NULL,
    applicant_id UUID NOT NULL,
    confirmed BOOLEAN NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_applicant_account PRIMARY KEY (account_id, applicant_id),
    CONSTRAINT fk_applicant_account_applicant_id_applicant FOREIGN KEY(applicant_id) REFERENCES applicant (id)
);
CREATE INDEX ix_applicant_account_applicant_id ON applicant_account (applicant_id);
CREATE TABLE delegation (
    id UUID NOT NULL,
    agent_account_id UUID NOT NULL,
    applicant_id UUID NOT NULL,
    may_draft BOOLEAN NOT NULL,
    may_file BOOLEAN NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_delegation PRIMARY KEY (id),
    CONSTRAINT uq_delegation_agent_account_id_applicant_id_valid_from UNIQUE (agent_account_id, applicant_id, valid_from),
    CONSTRAINT ck_delegation_valid CHECK (valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT fk_delegation_applicant_id_applicant FOREIGN KEY(applicant_id) REFERENCES applicant (id)
);
CREATE INDEX ix_delegation_agent_account_id ON delegation (agent_account_id);
CREATE INDEX ix_delegation_applicant_id ON delegation (applicant_id);
CREATE TABLE application (
    id UUID NOT NULL,
    reception_number TEXT,
    procedure TEXT NOT NULL,
    route TEXT NOT NULL,
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    received_on DATE,
    entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    applicant_id UUID NOT NULL,
    filed_by UUID,
    bureau TEXT NOT NULL,
    form JSONB NOT NULL,
    findings JSONB NOT NULL,
    unmapped JSONB NOT NULL,
    fee JSONB NOT NULL,
    law_digest TEXT NOT NULL,
    law_dates JSONB NOT NULL,
    proposal JSONB,
    decision JSONB,
    provisional JSONB,
    inspection JSONB,
    time_limit_on DATE,
    license JSONB,
    station_id UUID,
    recheck BOOLEAN NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT pk_application PRIMARY KEY (id),
    CONSTRAINT ck_application_status CHECK (status IN ('draft', 'received', 'fee_due', 'examining', 'correction_requested',
        'in_approval', 'provisional', 'completion_notified', 'granted', 'recorded', 'refused', 'dismissed', 'withdrawn')),
    CONSTRAINT ck_application_channel CHECK (channel IN ('electronic', 'paper')),
    CONSTRAINT ck_application_received CHECK (status IN ('draft', 'withdrawn')
        OR (reception_number IS NOT NULL AND received_on IS NOT NULL)),
    CONSTRAINT fk_application_applicant_id_applicant FOREIGN KEY(applicant_id) REFERENCES applicant (id)
);
CREATE INDEX ix_application_applicant_id ON application (applicant_id);
CREATE INDEX ix_application_queue ON application (bureau, status, id);
CREATE INDEX ix_application_station_id ON application (station_id);
CREATE UNIQUE INDEX uq_application_reception_number ON application (reception_number) WHERE reception_number IS NOT NULL;
CREATE TABLE application_event (
    serial BIGINT GENERATED ALWAYS AS IDENTITY,
    application_id UUID NOT NULL,
    sequence INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    actor_roles JSONB NOT NULL,
    action TEXT NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    changes JSONB NOT NULL,
    comment TEXT NOT NULL,
    law_digest TEXT NOT NULL,
    procedure TEXT NOT NULL,
    act TEXT NOT NULL,
    channel TEXT NOT NULL,
    bureau TEXT NOT NULL,
    applicant_id UUID NOT NULL,
    applicant_kind TEXT NOT NULL,
    received_on DATE,
    CONSTRAINT pk_application_event PRIMARY KEY (serial),
    CONSTRAINT uq_application_event_application_id_sequence UNIQUE (application_id, sequence),
    CONSTRAINT fk_application_event_application_id_application FOREIGN KEY(application_id) REFERENCES application (id),
    CONSTRAINT fk_application_event_applicant_id_applicant FOREIGN KEY(applicant_id) REFERENCES applicant (id)
);
CREATE INDEX ix_application_event_applicant_id ON application_event (applicant_id);
CREATE TABLE filed_document (
    id UUID NOT NULL,
    application_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content BYTEA NOT NULL,
    filed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    filed_by UUID,
    CONSTRAINT pk_filed_document PRIMARY KEY (id),
    CONSTRAINT fk_filed_document_application_id_application FOREIGN KEY(application_id) REFERENCES application (id)
);
CREATE INDEX ix_filed_document_application_id ON filed_document (application_id);
CREATE TABLE correction_request (
    id UUID NOT NULL,
    application_id UUID NOT NULL,
    field TEXT NOT NULL,
    message JSONB NOT NULL,
    due_on DATE NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_correction_request PRIMARY KEY (id),
    CONSTRAINT fk_correction_request_application_id_application FOREIGN KEY(application_id) REFERENCES application (id)
);
CREATE INDEX ix_correction_request_application_id ON correction_request (application_id);
CREATE TABLE payment (
    id UUID NOT NULL,
    application_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    amount_yen BIGINT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    reference TEXT NOT NULL,
    CONSTRAINT pk_payment PRIMARY KEY (id),
    CONSTRAINT ck_payment_paid_or_cancelled CHECK (paid_at IS NULL OR cancelled_at IS NULL),
    CONSTRAINT ck_payment_purpose CHECK (purpose IN ('application', 'inspection')),
    CONSTRAINT ck_payment_amount CHECK (amount_yen > 0),
    CONSTRAINT fk_payment_application_id_application FOREIGN KEY(application_id) REFERENCES application (id)
);
CREATE UNIQUE INDEX uq_payment_owed ON payment (application_id, purpose) WHERE paid_at IS NULL AND cancelled_at IS NULL;
CREATE TABLE notice (
    id UUID NOT NULL,
    application_id UUID NOT NULL,
    applicant_id UUID NOT NULL,
    kind TEXT NOT NULL,
    title JSONB NOT NULL,
    body JSONB NOT NULL,
    content JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_notice PRIMARY KEY (id),
    CONSTRAINT fk_notice_application_id_application FOREIGN KEY(application_id) REFERENCES application (id),
    CONSTRAINT fk_notice_applicant_id_applicant FOREIGN KEY(applicant_id) REFERENCES applicant (id)
);
CREATE INDEX ix_notice_applicant_id ON notice (applicant_id);
CREATE INDEX ix_notice_application_id ON notice (application_id);
CREATE TABLE message (
    id UUID NOT NULL,
    application_id UUID NOT NULL,
    side TEXT NOT NULL,
    author_id UUID,
    author_name TEXT NOT NULL,
    body TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_message PRIMARY KEY (id),
    CONSTRAINT fk_message_application_id_application FOREIGN KEY(application_id) REFERENCES application (id)
);
CREATE INDEX ix_message_application_id ON message (application_id);
CREATE TABLE reception_counter (
    bureau TEXT NOT NULL,
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    CONSTRAINT pk_reception_counter PRIMARY KEY (bureau, year)
);
CREATE TABLE idempotency_key (
    account_id UUID NOT NULL,
    key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    status INTEGER NOT NULL,
    response JSONB,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_idempotency_key PRIMARY KEY (account_id, key)
);
"""

# Foreign keys into the rooms below: (table, column, table referred to).
BELOW = (
    ("applicant", "licensee_id", "licensee"),
    ("applicant_account", "account_id", "account"),
    ("delegation", "agent_account_id", "account"),
    ("application", "filed_by", "account"),
    ("application", "station_id", "station"),
    ("application_event", "actor_id", "account"),
    ("filed_document", "filed_by", "account"),
    ("message", "author_id", "account"),
    ("idempotency_key", "account_id", "account"),
)

NAMES = (
    "applicant",
    "applicant_account",
    "delegation",
    "application",
    "application_event",
    "filed_document",
    "correction_request",
    "payment",
    "notice",
    "message",
    "reception_counter",
    "idempotency_key",
)
UPDATABLE = (
    "applicant",
    "applicant_account",
    "delegation",
    "application",
    "correction_request",
    "payment",
    "reception_counter",
    "idempotency_key",
)
IMMUTABLE = ("application_event", "filed_document", "notice", "message")

OWN_APPLICANTS = (
    "SELECT link.applicant_id FROM applicant_account link WHERE link.account_id = (SELECT partner_account()) AND link.confirmed"
)
DELEGATED_APPLICANTS = (
    "SELECT given.applicant_id FROM delegation given WHERE given.agent_account_id = (SELECT partner_account()) AND given.revoked_at IS NULL"
)
IS = "(SELECT partner_standing()) = "
VISIBLE_APPLICATION = (
    f"{IS}'administrator' OR ({IS}'staff' AND bureau = (SELECT partner_bureau())"
    f" AND (channel = 'paper' OR reception_number IS NOT NULL))"
    f" OR ({IS}'applicant' AND (channel <> 'paper' OR status <> 'draft')"
    f" AND (applicant_id IN ({OWN_APPLICANTS}) OR applicant_id IN ({DELEGATED_APPLICANTS})))"
)
OF_A_VISIBLE_APPLICATION = "EXISTS (SELECT FROM application seen WHERE seen.id = application_id)"
SEEN = {
    "applicant": (
        f"({IS}'applicant' AND (id IN ({OWN_APPLICANTS}) OR id IN ({DELEGATED_APPLICANTS})))"
        f" OR ({IS}'staff' AND EXISTS (SELECT FROM application seen WHERE seen.applicant_id = applicant.id))"
    ),
    "applicant_account": f"{IS}'applicant' AND account_id = (SELECT partner_account())",
    "delegation": (f"{IS}'applicant' AND (agent_account_id = (SELECT partner_account()) OR applicant_id IN ({OWN_APPLICANTS}))"),
    "application": VISIBLE_APPLICATION,
    "application_event": f"{IS}ANY ('{{applicant,staff,administrator}}') AND {OF_A_VISIBLE_APPLICATION}",
    "filed_document": f"{IS}ANY ('{{applicant,staff}}') AND {OF_A_VISIBLE_APPLICATION}",
    "correction_request": f"{IS}ANY ('{{applicant,staff}}') AND {OF_A_VISIBLE_APPLICATION}",
    "payment": f"{IS}ANY ('{{applicant,staff}}') AND {OF_A_VISIBLE_APPLICATION}",
    "notice": f"{IS}ANY ('{{applicant,staff}}') AND {OF_A_VISIBLE_APPLICATION}",
    "message": f"{IS}ANY ('{{applicant,staff}}') AND {OF_A_VISIBLE_APPLICATION}",
}

# What an applicant, or an agent with a delegation, reads in the register: the records of the licensees that they are.
OF_A_HELD_LICENSEE = "IN (SELECT own.licensee_id FROM applicant own WHERE own.licensee_id IS NOT NULL)"
HELD = {
    "licensee": f"id {OF_A_HELD_LICENSEE}",
    "licensee_version": f"licensee_id {OF_A_HELD_LICENSEE}",
    "license_version": f"licensee_id {OF_A_HELD_LICENSEE}",
    "call_sign": f"licensee_id {OF_A_HELD_LICENSEE}",
    "assignment": "EXISTS (SELECT FROM license_version held WHERE held.id = version_id)",
    "station": "EXISTS (SELECT FROM license_version held WHERE held.station_id = station.id)",
    "disposition": "EXISTS (SELECT FROM license_version held WHERE held.station_id = disposition.station_id)",
}


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(TABLES)
    for table, column, below in BELOW:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_{column}_{below} FOREIGN KEY ({column}) REFERENCES {below} (id)")
    for name in NAMES:
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT{', UPDATE' if name in UPDATABLE else ''} ON {name} TO partner_app")
        op.execute(f"CREATE POLICY system ON {name} USING ({IS}'system') WITH CHECK ({IS}'system')")
    for name, condition in SEEN.items():
        op.execute(f"CREATE POLICY seen ON {name} FOR SELECT USING ({condition})")
    op.execute(f"CREATE POLICY locked ON application FOR UPDATE USING ({VISIBLE_APPLICATION}) WITH CHECK (false)")
    op.execute(
        "CREATE POLICY own ON idempotency_key USING (account_id = (SELECT partner_account()))"
        " WITH CHECK (account_id = (SELECT partner_account()))"
    )
    for table, condition in HELD.items():
        op.execute(f"CREATE POLICY {table}_holder ON {table} FOR SELECT TO partner_app USING ({IS}'applicant' AND {condition})")
    _refuse_changes()


def _refuse_changes() -> None:
    op.execute(
        "CREATE FUNCTION licensing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for name in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION licensing_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    for table in HELD:
        op.execute(f"DROP POLICY {table}_holder ON {table}")
    op.execute(f"DROP TABLE {', '.join(NAMES)}")  # at once, for their policies look at one another
    op.execute("DROP FUNCTION licensing_refuse_change()")
