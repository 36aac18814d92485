"""The public register at national scale: documents ready to send, postings for names, numbers of licenses day by day.

`document` and `musen` become text that leaves as it is. `published_gram` lists, for every pair of neighbouring characters of a
published name, its stations in order. `published_tally` holds what each day adds to and takes from the licenses of a facet: the sum
up to a day is their number on that day, with no write when a license expires. Both follow `published_license` by triggers.
"""

from alembic import op

revision = "2026_11_25_06"
down_revision = "2026_11_22_05"
branch_labels = None
depends_on = None

TABLES = """
DROP VIEW public_license, public_assignment;
DROP INDEX ix_published_license_grams, ix_published_license_licensee, ix_published_license_public_licensee_id;
ALTER TABLE published_license DROP CONSTRAINT ck_published_license_masked;
ALTER TABLE published_license
    ALTER COLUMN document TYPE text USING
        replace(jsonb_set(document, '{license,status}', '"in_force"')::text, '"status": "in_force"', '"status":"in_force"'),
    ALTER COLUMN document SET STORAGE MAIN,
    ALTER COLUMN licensee_name TYPE text COLLATE "C",
    ALTER COLUMN call_sign TYPE text COLLATE "C",
    ALTER COLUMN musen TYPE text USING musen::text,
    DROP COLUMN licensee_grams,
    ADD COLUMN registration_standard text,
    ADD CONSTRAINT ck_published_license_masked CHECK (
        licensee_kind <> 'individual' OR (licensee_search = '' AND corporate_number IS NULL AND public_licensee_id IS NULL));
DROP INDEX ix_published_license_class, ix_published_license_bureau, ix_published_license_municipality, ix_published_license_licensed_on,
    ix_published_license_term_to;
CREATE INDEX ix_published_license_class ON published_license (station_class, station_id);
CREATE INDEX ix_published_license_class_prefecture ON published_license (station_class, prefecture, station_id);
CREATE INDEX ix_published_license_class_place
    ON published_license (station_class, municipality, licensed_on, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_bureau ON published_license (bureau, station_id);
CREATE INDEX ix_published_license_prefecture ON published_license (prefecture, station_id);
CREATE INDEX ix_published_license_municipality ON published_license (municipality, station_id);
CREATE INDEX ix_published_license_licensee_id ON published_license (public_licensee_id, station_id);
CREATE INDEX ix_published_license_standard ON published_license (registration_standard, station_id);
CREATE INDEX ix_published_license_licensed_on ON published_license (licensed_on, station_id);
CREATE INDEX ix_published_license_term_to ON published_license (term_to, station_id);
CREATE INDEX ix_published_license_licensee_name ON published_license (licensee_name, station_id);
CREATE INDEX ix_published_license_sign ON published_license (call_sign, station_id);
CREATE INDEX ix_published_license_sign_part ON published_license USING gin (call_sign_search gin_trgm_ops);
DROP INDEX ix_published_assignment_frequency, ix_published_assignment_bureau, ix_published_assignment_emission,
    ix_published_assignment_bundle, ix_published_assignment_station_id;
ALTER TABLE published_assignment DROP COLUMN bureau, ADD COLUMN emission_class text GENERATED ALWAYS AS (
    CASE WHEN length(emission) BETWEEN 7 AND 9 THEN substr(emission, 5) END) STORED;
CREATE INDEX ix_published_assignment_point
    ON published_assignment (frequency_low, station_id) INCLUDE (version_id) WHERE frequency_low = frequency_high;
CREATE INDEX ix_published_assignment_range
    ON published_assignment (frequency_low, frequency_high) INCLUDE (version_id) WHERE frequency_low < frequency_high;
CREATE INDEX ix_published_assignment_emission ON published_assignment (emission, station_id) INCLUDE (version_id);
CREATE INDEX ix_published_assignment_emission_class ON published_assignment (emission_class, station_id) INCLUDE (version_id);
CREATE INDEX ix_published_assignment_bundle ON published_assignment (bundle, station_id) INCLUDE (version_id);
CREATE TABLE published_gram (
    gram text COLLATE "C" NOT NULL,
    station_id uuid NOT NULL,
    version_id uuid NOT NULL,
    CONSTRAINT pk_published_gram PRIMARY KEY (gram, station_id, version_id)
);
CREATE TABLE published_tally (
    facet text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    registered boolean NOT NULL,
    day date NOT NULL,
    in_force bigint NOT NULL,
    suspended bigint NOT NULL,
    CONSTRAINT pk_published_tally PRIMARY KEY (facet, value, registered, day)
);
"""

# A name of n characters has n grams: its pairs of neighbours, and its last character with a space, which no name holds.
GRAMS = """
CREATE FUNCTION enter_grams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_gram (gram, station_id, version_id)
    SELECT DISTINCT substr(made.licensee_search || ' ', place, 2), made.station_id, made.version_id
    FROM made CROSS JOIN LATERAL generate_series(1, length(made.licensee_search)) AS place;
    RETURN NULL;
END $$;
CREATE TRIGGER enter_grams AFTER INSERT ON published_license REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION enter_grams();
"""

# A version counts on the days of `valid` before `ended_on`, while it is believed.
TALLIES = """
CREATE FUNCTION tally(changed published_license, sign bigint)
    RETURNS TABLE (facet text, value text, registered boolean, day date, in_force bigint, suspended bigint)
    LANGUAGE sql IMMUTABLE AS $$
    SELECT f.facet, f.value, changed.registration_standard IS NOT NULL, d.day,
        CASE WHEN changed.suspended THEN 0 ELSE d.step * sign END, CASE WHEN changed.suspended THEN d.step * sign ELSE 0 END
    FROM (VALUES
        ('all', ''),
        ('class', changed.station_class),
        ('bureau', changed.bureau),
        ('prefecture', changed.prefecture),
        ('standard', changed.registration_standard),
        ('class+bureau', changed.station_class || '|' || changed.bureau),
        ('class+prefecture', changed.station_class || '|' || changed.prefecture),
        ('standard+bureau', changed.registration_standard || '|' || changed.bureau)
    ) AS f (facet, value)
    CROSS JOIN (VALUES
        (lower(changed.valid), 1),
        (least(upper(changed.valid), coalesce(changed.ended_on, upper(changed.valid))), -1)
    ) AS d (day, step)
    WHERE f.value IS NOT NULL AND coalesce(changed.ended_on > lower(changed.valid), true)
$$;
CREATE FUNCTION enter_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_tally AS kept
    SELECT t.facet, t.value, t.registered, t.day, sum(t.in_force), sum(t.suspended)
    FROM made CROSS JOIN LATERAL tally(made, 1) AS t WHERE upper_inf(made.recorded)
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (facet, value, registered, day) DO UPDATE
    SET in_force = kept.in_force + excluded.in_force, suspended = kept.suspended + excluded.suspended;
    RETURN NULL;
END $$;
CREATE FUNCTION withdraw_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_tally AS kept
    SELECT t.facet, t.value, t.registered, t.day, sum(t.in_force), sum(t.suspended)
    FROM closed CROSS JOIN LATERAL tally(closed, -1) AS t WHERE upper_inf(closed.recorded)
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (facet, value, registered, day) DO UPDATE
    SET in_force = kept.in_force + excluded.in_force, suspended = kept.suspended + excluded.suspended;
    RETURN NULL;
END $$;
CREATE TRIGGER enter_tally AFTER INSERT ON published_license REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION enter_tally();
CREATE TRIGGER withdraw_tally AFTER UPDATE ON published_license REFERENCING OLD TABLE AS closed
    FOR EACH STATEMENT EXECUTE FUNCTION withdraw_tally();
"""

FILL = """
INSERT INTO published_gram (gram, station_id, version_id)
SELECT DISTINCT substr(made.licensee_search || ' ', place, 2), made.station_id, made.version_id
FROM published_license AS made CROSS JOIN LATERAL generate_series(1, length(made.licensee_search)) AS place;
INSERT INTO published_tally
SELECT t.facet, t.value, t.registered, t.day, sum(t.in_force), sum(t.suspended)
FROM published_license AS made CROSS JOIN LATERAL tally(made, 1) AS t WHERE upper_inf(made.recorded)
GROUP BY 1, 2, 3, 4;
"""

VIEWS = """
CREATE VIEW public_license AS SELECT * FROM published_license;
CREATE VIEW public_assignment AS SELECT * FROM published_assignment;
CREATE VIEW public_gram AS SELECT * FROM published_gram;
CREATE VIEW public_tally AS SELECT * FROM published_tally;
GRANT SELECT ON public_license, public_assignment, public_gram, public_tally TO partner_public;
"""

GUARDED = """
CREATE TRIGGER refuse_rewriting BEFORE UPDATE OR DELETE ON published_gram FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON published_gram FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""


def secure(table: str, granted: str) -> None:
    """Staff and the system write, administrators read, the owner of the views reads for the public, nobody else sees a row."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_office ON {table} TO partner_app USING (partner_standing() IN ('staff', 'system')) "
        "WITH CHECK (partner_standing() IN ('staff', 'system'))"
    )
    op.execute(f"CREATE POLICY {table}_administrator ON {table} FOR SELECT TO partner_app USING (partner_standing() = 'administrator')")
    op.execute(f"CREATE POLICY {table}_views ON {table} FOR SELECT TO partner_owner USING (true)")
    op.execute(f"GRANT {granted} ON {table} TO partner_app")


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    for statements in (TABLES, GRAMS, TALLIES):
        op.execute(statements)
    op.execute(FILL)
    op.execute(GUARDED)
    secure("published_gram", "SELECT, INSERT")
    secure("published_tally", "SELECT, INSERT")
    op.execute("GRANT UPDATE (in_force, suspended) ON published_tally TO partner_app")
    op.execute(VIEWS)


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP VIEW public_tally, public_gram, public_assignment, public_license")
    op.execute("DROP TRIGGER enter_grams ON published_license; DROP TRIGGER enter_tally ON published_license")
    op.execute("DROP TRIGGER withdraw_tally ON published_license")
    op.execute("DROP TABLE published_gram, published_tally CASCADE")
    op.execute("DROP FUNCTION enter_grams(), enter_tally(), withdraw_tally(), tally(published_license, bigint)")
    op.execute(BACK)


BACK = """
ALTER TABLE published_license DROP CONSTRAINT ck_published_license_masked;
ALTER TABLE published_license
    ALTER COLUMN document TYPE jsonb USING document::jsonb #- '{license,status}',
    ALTER COLUMN musen TYPE jsonb USING musen::jsonb,
    ALTER COLUMN licensee_name TYPE text COLLATE "default",
    ALTER COLUMN call_sign TYPE text COLLATE "default",
    DROP COLUMN registration_standard,
    ADD COLUMN licensee_grams text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT ck_published_license_masked CHECK (
        licensee_kind <> 'individual'
        OR (licensee_search = '' AND licensee_grams = '{}' AND corporate_number IS NULL AND public_licensee_id IS NULL));
ALTER TABLE published_license ALTER COLUMN licensee_grams DROP DEFAULT;
DROP INDEX ix_published_license_class, ix_published_license_bureau, ix_published_license_municipality, ix_published_license_licensed_on,
    ix_published_license_term_to, ix_published_license_class_prefecture, ix_published_license_class_place, ix_published_license_prefecture,
    ix_published_license_licensee_id, ix_published_license_licensee_name, ix_published_license_sign, ix_published_license_sign_part;
CREATE INDEX ix_published_license_class ON published_license (station_class, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_bureau ON published_license (bureau, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_municipality ON published_license (municipality, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_licensed_on ON published_license (licensed_on, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_term_to ON published_license (term_to, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_licensee ON published_license (licensee_search, station_id) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_public_licensee_id ON published_license (public_licensee_id);
CREATE INDEX ix_published_license_grams ON published_license USING gin (licensee_grams) WHERE upper_inf(recorded);
DROP INDEX ix_published_assignment_point, ix_published_assignment_range, ix_published_assignment_emission,
    ix_published_assignment_bundle;
ALTER TABLE published_assignment DROP COLUMN emission_class, ADD COLUMN bureau text NOT NULL DEFAULT '';
ALTER TABLE published_assignment ALTER COLUMN bureau DROP DEFAULT;
CREATE INDEX ix_published_assignment_frequency
    ON published_assignment (frequency_low, frequency_high) INCLUDE (version_id, station_id);
CREATE INDEX ix_published_assignment_bureau
    ON published_assignment (bureau, frequency_low, frequency_high) INCLUDE (version_id, station_id);
CREATE INDEX ix_published_assignment_station_id ON published_assignment (station_id);
CREATE INDEX ix_published_assignment_emission ON published_assignment (emission);
CREATE INDEX ix_published_assignment_bundle ON published_assignment (bundle);
CREATE VIEW public_license AS SELECT * FROM published_license;
CREATE VIEW public_assignment AS SELECT * FROM published_assignment;
GRANT SELECT ON public_license, public_assignment TO partner_public;
"""
