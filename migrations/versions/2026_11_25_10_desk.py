"""What a side of a case has not looked at yet, the documents of messages, and later review of what was decided straight through.

A mark belongs to one side: the applicant's, or that of the bureau in charge. It is closed, never deleted. And a decision is locked: what
was decided, on which form, by which law and when changes by a new decision on a new case only.
"""

from alembic import op

revision = "2026_11_25_10"
down_revision = "2026_11_25_09"
branch_labels = None
depends_on = None

IS = "(SELECT partner_standing()) = "
OF_A_VISIBLE_APPLICATION = "EXISTS (SELECT FROM application seen WHERE seen.id = application_id)"
OF_A_VISIBLE_MESSAGE = "EXISTS (SELECT FROM message seen WHERE seen.id = message_id)"

TABLES = """
CREATE TABLE case_mark (
    id UUID NOT NULL,
    application_id UUID NOT NULL,
    side TEXT NOT NULL,
    kind TEXT NOT NULL,
    message_id UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    seen_by UUID,
    CONSTRAINT pk_case_mark PRIMARY KEY (id),
    CONSTRAINT ck_case_mark_side CHECK (side IN ('applicant', 'bureau')),
    CONSTRAINT ck_case_mark_kind CHECK (kind IN ('message', 'overdue')),
    CONSTRAINT fk_case_mark_application_id_application FOREIGN KEY(application_id) REFERENCES application (id),
    CONSTRAINT fk_case_mark_message_id_message FOREIGN KEY(message_id) REFERENCES message (id),
    CONSTRAINT fk_case_mark_seen_by_account FOREIGN KEY(seen_by) REFERENCES account (id)
);
CREATE INDEX ix_case_mark_application_id ON case_mark (application_id);
CREATE INDEX ix_case_mark_unseen ON case_mark (side, application_id) WHERE seen_at IS NULL;
CREATE TABLE message_document (
    message_id UUID NOT NULL,
    document_id UUID NOT NULL,
    CONSTRAINT pk_message_document PRIMARY KEY (message_id, document_id),
    CONSTRAINT fk_message_document_message_id_message FOREIGN KEY(message_id) REFERENCES message (id),
    CONSTRAINT fk_message_document_document_id_filed_document FOREIGN KEY(document_id) REFERENCES filed_document (id)
);
CREATE INDEX ix_message_document_document_id ON message_document (document_id);
ALTER TABLE application ADD COLUMN review TEXT;
ALTER TABLE application ADD CONSTRAINT ck_application_review CHECK (review IN ('open', 'done'));
CREATE INDEX ix_application_review ON application (bureau, id) WHERE review = 'open';
"""
LOCKED = ("status", "procedure", "applicant_id", "form", "decision", "decided_at", "law_digest")
OLD, NEW = (", ".join(f"{row}.{name}" for name in LOCKED) for row in ("OLD", "NEW"))
LOCK = f"""
CREATE FUNCTION licensing_keep_decision() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'case % is decided: a new decision is needed', OLD.id USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER decided BEFORE UPDATE ON application FOR EACH ROW
    WHEN (OLD.decision IS NOT NULL AND ({OLD}) IS DISTINCT FROM ({NEW}))
    EXECUTE FUNCTION licensing_keep_decision();
"""
SEEN = {
    "case_mark": (f"(({IS}'applicant' AND side = 'applicant') OR ({IS}'staff' AND side = 'bureau')) AND {OF_A_VISIBLE_APPLICATION}"),
    "message_document": f"{IS}ANY ('{{applicant,staff}}') AND {OF_A_VISIBLE_MESSAGE}",
}


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(TABLES)
    op.execute(LOCK)
    for name, condition in SEEN.items():
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT{', UPDATE' if name == 'case_mark' else ''} ON {name} TO partner_app")
        op.execute(f"CREATE POLICY system ON {name} USING ({IS}'system') WITH CHECK ({IS}'system')")
        op.execute(f"CREATE POLICY seen ON {name} FOR SELECT USING ({condition})")
    op.execute(
        "CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON message_document"
        " FOR EACH STATEMENT EXECUTE FUNCTION licensing_refuse_change()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP TRIGGER decided ON application")
    op.execute("DROP FUNCTION licensing_keep_decision()")
    op.execute("ALTER TABLE application DROP COLUMN review")
    op.execute("DROP TABLE case_mark, message_document")
