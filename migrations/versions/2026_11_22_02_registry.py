"""Tables of the register: what is licensed, and when; and what of it is public."""

from alembic import op

revision = "2026_11_22_02"
down_revision = "2026_11_22_01"
branch_labels = None
depends_on = None

RECORDS = """
CREATE TABLE licensee (
    id uuid CONSTRAINT pk_licensee PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);
CREATE TABLE licensee_version (
    id uuid CONSTRAINT pk_licensee_version PRIMARY KEY,
    licensee_id uuid NOT NULL CONSTRAINT fk_licensee_version_licensee_id_licensee REFERENCES licensee,
    kind text NOT NULL CONSTRAINT ck_licensee_version_kind CHECK (kind IN ('individual', 'club', 'corporation', 'government')),
    name text NOT NULL CONSTRAINT ck_licensee_version_name CHECK (name <> ''),
    name_kana text NOT NULL,
    corporate_number text CONSTRAINT ck_licensee_version_corporate_number CHECK (corporate_number ~ '^[0-9]{13}$'),
    municipality text CONSTRAINT ck_licensee_version_municipality CHECK (municipality ~ '^[0-9]{5}$'),
    address text,
    birth_date date,
    match_key text NOT NULL,
    recorded tstzrange NOT NULL CONSTRAINT ck_licensee_version_recorded CHECK (NOT isempty(recorded) AND NOT lower_inf(recorded)),
    CONSTRAINT ck_licensee_version_individual CHECK (kind <> 'individual' OR corporate_number IS NULL)
);
CREATE INDEX ix_licensee_version_licensee_id ON licensee_version (licensee_id);
CREATE UNIQUE INDEX uq_licensee_version_match_key ON licensee_version (match_key) WHERE upper_inf(recorded);
CREATE TABLE station (
    id uuid CONSTRAINT pk_station PRIMARY KEY,
    station_class text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE TABLE register_counter (
    "only" boolean CONSTRAINT pk_register_counter PRIMARY KEY,
    sequence bigint NOT NULL,
    updated_at timestamptz,
    recorded_at timestamptz,
    CONSTRAINT ck_register_counter_one_row CHECK ("only"),
    CONSTRAINT ck_register_counter_sequence CHECK (sequence >= 0)
);
INSERT INTO register_counter ("only", sequence) VALUES (true, 0);
CREATE TABLE register_change (
    id uuid CONSTRAINT pk_register_change PRIMARY KEY,
    station_id uuid NOT NULL CONSTRAINT fk_register_change_station_id_station REFERENCES station,
    kind text NOT NULL CONSTRAINT ck_register_change_kind CHECK (
        kind IN ('granted', 'renewed', 'modified', 'ended', 'corrected', 'suspended', 'reinstated', 'revoked', 'expired')),
    cause text NOT NULL,
    effective_on date NOT NULL,
    at timestamptz NOT NULL,
    sequence bigint
);
CREATE INDEX ix_register_change_station_id ON register_change (station_id);
CREATE UNIQUE INDEX uq_register_change_sequence ON register_change (sequence);
CREATE TABLE license_version (
    id uuid CONSTRAINT pk_license_version PRIMARY KEY,
    station_id uuid NOT NULL CONSTRAINT fk_license_version_station_id_station REFERENCES station,
    licensee_id uuid NOT NULL CONSTRAINT fk_license_version_licensee_id_licensee REFERENCES licensee,
    licensee_version_id uuid NOT NULL
        CONSTRAINT fk_license_version_licensee_version_id_licensee_version REFERENCES licensee_version,
    change_id uuid NOT NULL CONSTRAINT fk_license_version_change_id_register_change REFERENCES register_change,
    license_number text NOT NULL CONSTRAINT ck_license_version_license_number CHECK (license_number <> ''),
    call_sign text CONSTRAINT ck_license_version_call_sign CHECK (call_sign ~ '^[0-9A-Z][0-9A-Z-]{1,11}$'),
    bureau text NOT NULL,
    licensed_on date NOT NULL,
    term_from date NOT NULL,
    term_to date NOT NULL,
    ended_on date,
    end_kind text CONSTRAINT ck_license_version_end_kind CHECK (end_kind IN ('discontinued', 'revoked', 'dissolved', 'other')),
    suspended boolean NOT NULL,
    purposes text[] NOT NULL,
    municipality text CONSTRAINT ck_license_version_municipality CHECK (municipality ~ '^[0-9]{5}$'),
    moves boolean NOT NULL,
    movement_area text,
    station_count integer NOT NULL CONSTRAINT ck_license_version_station_count CHECK (station_count >= 1),
    identification text,
    particulars jsonb NOT NULL,
    valid daterange NOT NULL,
    recorded tstzrange NOT NULL CONSTRAINT ck_license_version_recorded CHECK (NOT isempty(recorded) AND NOT lower_inf(recorded)),
    CONSTRAINT ck_license_version_term CHECK (term_from <= term_to AND licensed_on <= term_from),
    CONSTRAINT ck_license_version_valid CHECK (
        NOT isempty(valid) AND NOT lower_inf(valid) AND NOT upper_inf(valid) AND valid <@ daterange(term_from, term_to, '[]')),
    CONSTRAINT ck_license_version_ended CHECK (
        (ended_on IS NULL) = (end_kind IS NULL) AND (ended_on IS NULL OR (ended_on >= term_from AND term_to <= ended_on))),
    CONSTRAINT ex_license_version_one_truth EXCLUDE USING gist (station_id WITH =, valid WITH &&) WHERE (upper_inf(recorded)),
    CONSTRAINT ex_license_version_number EXCLUDE USING gist (license_number WITH =, station_id WITH <>) WHERE (upper_inf(recorded))
);
CREATE INDEX ix_license_version_station_id ON license_version (station_id);
CREATE INDEX ix_license_version_licensee_id ON license_version (licensee_id);
CREATE INDEX ix_license_version_license_number ON license_version (license_number);
CREATE INDEX ix_license_version_call_sign ON license_version (call_sign) WHERE upper_inf(recorded);
CREATE TABLE assignment (
    version_id uuid NOT NULL CONSTRAINT fk_assignment_version_id_license_version REFERENCES license_version,
    ordinal integer NOT NULL CONSTRAINT ck_assignment_ordinal CHECK (ordinal >= 1),
    emission text,
    bundle text,
    frequency_hz bigint CONSTRAINT ck_assignment_frequency CHECK (frequency_hz > 0),
    frequency_to_hz bigint,
    power_w numeric CONSTRAINT ck_assignment_power CHECK (power_w > 0),
    continued boolean NOT NULL,
    CONSTRAINT pk_assignment PRIMARY KEY (version_id, ordinal),
    CONSTRAINT ck_assignment_range CHECK (frequency_to_hz IS NULL OR (frequency_hz IS NOT NULL AND frequency_to_hz >= frequency_hz)),
    CONSTRAINT ck_assignment_says_something CHECK (emission IS NOT NULL OR bundle IS NOT NULL OR frequency_hz IS NOT NULL),
    CONSTRAINT ck_assignment_continued CHECK (NOT continued OR ordinal > 1)
);
CREATE TABLE call_sign (
    id uuid CONSTRAINT pk_call_sign PRIMARY KEY,
    sign text NOT NULL CONSTRAINT ck_call_sign_sign CHECK (sign ~ '^[0-9A-Z][0-9A-Z-]{1,11}$'),
    licensee_id uuid NOT NULL CONSTRAINT fk_call_sign_licensee_id_licensee REFERENCES licensee,
    bureau text NOT NULL,
    recorded tstzrange NOT NULL CONSTRAINT ck_call_sign_recorded CHECK (NOT isempty(recorded) AND NOT lower_inf(recorded))
);
CREATE UNIQUE INDEX uq_call_sign_sign ON call_sign (sign) WHERE upper_inf(recorded);
CREATE INDEX ix_call_sign_licensee_id ON call_sign (licensee_id);
CREATE TABLE call_sign_block (
    bureau text NOT NULL,
    prefix text NOT NULL,
    suffix_from text NOT NULL,
    last_sign text NOT NULL,
    CONSTRAINT pk_call_sign_block PRIMARY KEY (bureau, prefix, suffix_from)
);
CREATE TABLE license_number_counter (
    bureau text NOT NULL,
    letter text NOT NULL,
    last_number bigint NOT NULL CONSTRAINT ck_license_number_counter_last_number CHECK (last_number >= 0),
    CONSTRAINT pk_license_number_counter PRIMARY KEY (bureau, letter)
);
CREATE TABLE disposition (
    id uuid CONSTRAINT pk_disposition PRIMARY KEY,
    station_id uuid NOT NULL CONSTRAINT fk_disposition_station_id_station REFERENCES station,
    kind text NOT NULL CONSTRAINT ck_disposition_kind CHECK (kind IN ('suspension', 'revocation')),
    period daterange NOT NULL CONSTRAINT ck_disposition_period CHECK (NOT isempty(period) AND NOT lower_inf(period)),
    reason text NOT NULL,
    recorded tstzrange NOT NULL CONSTRAINT ck_disposition_recorded CHECK (NOT isempty(recorded) AND NOT lower_inf(recorded)),
    CONSTRAINT ex_disposition_one_truth EXCLUDE USING gist (station_id WITH =, kind WITH =, period WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX ix_disposition_station_id ON disposition (station_id);
"""

PUBLISHED = """
CREATE TABLE published_license (
    version_id uuid CONSTRAINT pk_published_license PRIMARY KEY
        CONSTRAINT fk_published_license_version_id_license_version REFERENCES license_version,
    station_id uuid NOT NULL CONSTRAINT fk_published_license_station_id_station REFERENCES station,
    sequence bigint NOT NULL,
    call_sign text,
    call_sign_search text NOT NULL,
    station_class text NOT NULL,
    bureau text NOT NULL,
    municipality text,
    prefecture text,
    licensee_name text NOT NULL,
    licensee_search text NOT NULL,
    licensee_grams text[] NOT NULL,
    licensee_kind text NOT NULL,
    corporate_number text,
    public_licensee_id uuid,
    purposes text[] NOT NULL,
    communication_matters text[] NOT NULL,
    movement_area text,
    moves boolean NOT NULL,
    station_count integer NOT NULL,
    licensed_on date NOT NULL,
    valid daterange NOT NULL,
    term_from date NOT NULL,
    term_to date NOT NULL,
    ended_on date,
    recorded tstzrange NOT NULL CONSTRAINT ck_published_license_recorded CHECK (NOT isempty(recorded)),
    suspended boolean NOT NULL,
    latitude double precision,
    longitude double precision,
    max_power_w numeric,
    document jsonb NOT NULL,
    musen jsonb NOT NULL,
    CONSTRAINT ck_published_license_masked CHECK (
        licensee_kind <> 'individual'
        OR (licensee_search = '' AND licensee_grams = '{}' AND corporate_number IS NULL AND public_licensee_id IS NULL)),
    CONSTRAINT ex_published_license_one_truth EXCLUDE USING gist (station_id WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX ix_published_license_station_id ON published_license (station_id);
CREATE INDEX ix_published_license_sequence ON published_license (sequence);
CREATE INDEX ix_published_license_call_sign ON published_license (call_sign_search text_pattern_ops);
CREATE INDEX ix_published_license_class ON published_license (station_class, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_bureau ON published_license (bureau, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_municipality ON published_license (municipality, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_licensee ON published_license (licensee_search, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_licensed_on ON published_license (licensed_on, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_term_to ON published_license (term_to, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_public_licensee_id ON published_license (public_licensee_id);
CREATE INDEX ix_published_license_grams ON published_license USING gin (licensee_grams) WHERE upper_inf(recorded);
CREATE TABLE published_assignment (
    version_id uuid NOT NULL CONSTRAINT fk_published_assignment_version_id_published_license REFERENCES published_license,
    ordinal integer NOT NULL,
    station_id uuid NOT NULL CONSTRAINT fk_published_assignment_station_id_station REFERENCES station,
    bureau text NOT NULL,
    emission text,
    bundle text,
    frequency_low bigint,
    frequency_high bigint,
    power_w numeric,
    CONSTRAINT pk_published_assignment PRIMARY KEY (version_id, ordinal),
    CONSTRAINT ck_published_assignment_range CHECK (
        (frequency_low IS NULL) = (frequency_high IS NULL) AND frequency_low <= frequency_high)
);
CREATE INDEX ix_published_assignment_frequency
    ON published_assignment (frequency_low, frequency_high) INCLUDE (version_id, station_id);
CREATE INDEX ix_published_assignment_bureau
    ON published_assignment (bureau, frequency_low, frequency_high) INCLUDE (version_id, station_id);
CREATE INDEX ix_published_assignment_station_id ON published_assignment (station_id);
CREATE INDEX ix_published_assignment_emission ON published_assignment (emission);
CREATE INDEX ix_published_assignment_bundle ON published_assignment (bundle);
CREATE TABLE published_change (
    sequence bigint CONSTRAINT pk_published_change PRIMARY KEY,
    station_id uuid NOT NULL CONSTRAINT fk_published_change_station_id_station REFERENCES station,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT ck_published_change_says_something CHECK (before IS NOT NULL OR after IS NOT NULL)
);
CREATE INDEX ix_published_change_station_id ON published_change (station_id);
CREATE VIEW public_license AS SELECT * FROM published_license;
CREATE VIEW public_assignment AS SELECT * FROM published_assignment;
CREATE VIEW public_change AS SELECT * FROM published_change;
CREATE VIEW public_counter AS SELECT sequence, updated_at FROM register_counter;
"""

GUARDS = """
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION only_close() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reopened record := NEW;
BEGIN
    reopened.recorded := OLD.recorded;
    IF reopened IS DISTINCT FROM OLD OR NOT upper_inf(OLD.recorded) OR upper_inf(NEW.recorded)
        OR lower(NEW.recorded) <> lower(OLD.recorded) THEN
        RAISE EXCEPTION 'rows of % are closed, never changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

CLOSED = ("licensee_version", "license_version", "call_sign", "disposition", "published_license")
FIXED = ("licensee", "station", "register_change", "assignment", "published_assignment", "published_change")
COUNTERS = {
    "register_counter": "sequence, updated_at, recorded_at",
    "call_sign_block": "last_sign",
    "license_number_counter": "last_number",
}
PUBLIC = ("published_license", "published_assignment", "published_change", "register_counter")


def guard(table: str) -> None:
    """No row of `table` is deleted, and none is updated but, where it has a record time, to close it."""
    refused = "DELETE" if table in CLOSED else "UPDATE OR DELETE"
    op.execute(f"CREATE TRIGGER refuse_rewriting BEFORE {refused} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()")
    op.execute(f"CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()")
    if table in CLOSED:
        op.execute(f"CREATE TRIGGER only_close BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION only_close()")


def secure(table: str) -> None:
    """Staff and the system write, administrators read, nobody else sees a row."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_office ON {table} TO partner_app USING (partner_standing() IN ('staff', 'system')) "
        "WITH CHECK (partner_standing() IN ('staff', 'system'))"
    )
    op.execute(f"CREATE POLICY {table}_administrator ON {table} FOR SELECT TO partner_app USING (partner_standing() = 'administrator')")
    op.execute(f"GRANT SELECT, INSERT ON {table} TO partner_app")


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    for statements in (RECORDS, PUBLISHED, GUARDS):
        op.execute(statements)
    for table in (*CLOSED, *FIXED):
        guard(table)
        secure(table)
    for table in CLOSED:
        op.execute(f"GRANT UPDATE (recorded) ON {table} TO partner_app")
    for table, columns in COUNTERS.items():
        secure(table)
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO partner_app")
    for table in PUBLIC:
        op.execute(f"CREATE POLICY {table}_views ON {table} FOR SELECT TO partner_owner USING (true)")
    op.execute("GRANT SELECT ON public_license, public_assignment, public_change, public_counter TO partner_public")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP VIEW public_counter, public_change, public_assignment, public_license")
    op.execute("DROP TABLE published_change, published_assignment, published_license, disposition, license_number_counter")
    op.execute("DROP TABLE call_sign_block, call_sign, assignment, license_version, register_change, register_counter")
    op.execute("DROP TABLE station, licensee_version, licensee")
    op.execute("DROP FUNCTION only_close(), refuse_rewriting()")
