"""Names and frequencies are found within a class and a prefecture without looking at the stations elsewhere.

What is found by a name or a frequency carries its class, its prefecture and its station, so that a search by these three reads as many
entries as it finds, however large the register is, and candidates are known in the order of the answer before one is looked at.
"""

from alembic import op

revision = "2026_11_26_02"
down_revision = "2026_11_26_01"
branch_labels = None
depends_on = None

# Every row is written again, which would enter it into each index.
ASSIGNMENTS = """
DROP VIEW public_assignment;
DROP INDEX ix_published_assignment_point, ix_published_assignment_range, ix_published_assignment_emission,
    ix_published_assignment_emission_class, ix_published_assignment_bundle;
ALTER TABLE published_assignment ADD COLUMN station_class text COLLATE "C", ADD COLUMN prefecture text COLLATE "C";
ALTER TABLE published_assignment NO FORCE ROW LEVEL SECURITY;
ALTER TABLE published_assignment DISABLE TRIGGER USER;
UPDATE published_assignment AS a SET station_class = l.station_class, prefecture = l.prefecture
FROM published_license AS l WHERE l.version_id = a.version_id;
ALTER TABLE published_assignment ENABLE TRIGGER USER;
ALTER TABLE published_assignment FORCE ROW LEVEL SECURITY;
ALTER TABLE published_assignment ALTER COLUMN station_class SET NOT NULL;
CREATE INDEX ix_published_assignment_point
    ON published_assignment (frequency_low, station_id) INCLUDE (version_id) WHERE frequency_low = frequency_high;
CREATE INDEX ix_published_assignment_emission ON published_assignment (emission, station_id) INCLUDE (version_id);
CREATE INDEX ix_published_assignment_emission_class ON published_assignment (emission_class, station_id) INCLUDE (version_id);
CREATE INDEX ix_published_assignment_bundle ON published_assignment (bundle, station_id) INCLUDE (version_id);
CREATE INDEX ix_published_assignment_range
    ON published_assignment (frequency_low, frequency_high) INCLUDE (version_id, station_id, station_class, prefecture)
    WHERE frequency_low < frequency_high;
CREATE INDEX ix_published_assignment_place
    ON published_assignment (station_class, prefecture, frequency_low) INCLUDE (version_id, station_id)
    WHERE frequency_low = frequency_high;
"""

# Postings are made of the names of published_license and of nothing else, so they are made anew.
POSTINGS = """
DROP VIEW public_gram;
DROP TABLE published_gram;
CREATE TABLE published_gram (
    gram text COLLATE "C" NOT NULL,
    station_id uuid NOT NULL,
    version_id uuid NOT NULL,
    station_class text COLLATE "C" NOT NULL,
    prefecture text COLLATE "C"
);
CREATE OR REPLACE FUNCTION enter_grams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_gram (gram, station_id, version_id, station_class, prefecture)
    SELECT DISTINCT substr(made.licensee_search || ' ', place, 2), made.station_id, made.version_id, made.station_class, made.prefecture
    FROM made CROSS JOIN LATERAL generate_series(1, length(made.licensee_search)) AS place;
    RETURN NULL;
END $$;
INSERT INTO published_gram (gram, station_id, version_id, station_class, prefecture)
SELECT DISTINCT substr(made.licensee_search || ' ', place, 2), made.station_id, made.version_id, made.station_class, made.prefecture
FROM published_license AS made CROSS JOIN LATERAL generate_series(1, length(made.licensee_search)) AS place;
ALTER TABLE published_gram ADD CONSTRAINT pk_published_gram PRIMARY KEY (gram, station_id, version_id);
CREATE INDEX ix_published_gram_place ON published_gram (gram, station_class, prefecture, station_id) INCLUDE (version_id);
"""

VIEWS = """
CREATE VIEW public_assignment AS SELECT * FROM published_assignment;
CREATE VIEW public_gram AS SELECT * FROM published_gram;
GRANT SELECT ON public_assignment, public_gram TO partner_public;
"""

BACK_ASSIGNMENTS = """
DROP VIEW public_assignment;
ALTER TABLE published_assignment DROP COLUMN station_class, DROP COLUMN prefecture;
DROP INDEX IF EXISTS ix_published_assignment_range;
CREATE INDEX ix_published_assignment_range
    ON published_assignment (frequency_low, frequency_high) INCLUDE (version_id) WHERE frequency_low < frequency_high;
"""

BACK_POSTINGS = """
DROP VIEW public_gram;
ALTER TABLE published_gram DROP COLUMN station_class, DROP COLUMN prefecture;
CREATE OR REPLACE FUNCTION enter_grams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_gram (gram, station_id, version_id)
    SELECT DISTINCT substr(made.licensee_search || ' ', place, 2), made.station_id, made.version_id
    FROM made CROSS JOIN LATERAL generate_series(1, length(made.licensee_search)) AS place;
    RETURN NULL;
END $$;
"""


def guard() -> None:
    """Nobody rewrites a posting; staff and the system write, administrators read, the owner of the views reads for the public."""
    op.execute("CREATE TRIGGER refuse_rewriting BEFORE UPDATE OR DELETE ON published_gram FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()")
    op.execute("CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON published_gram FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()")
    op.execute("ALTER TABLE published_gram ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE published_gram FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY published_gram_office ON published_gram TO partner_app USING (partner_standing() IN ('staff', 'system'))"
        " WITH CHECK (partner_standing() IN ('staff', 'system'))"
    )
    op.execute(
        "CREATE POLICY published_gram_administrator ON published_gram FOR SELECT TO partner_app"
        " USING (partner_standing() = 'administrator')"
    )
    op.execute("CREATE POLICY published_gram_views ON published_gram FOR SELECT TO partner_owner USING (true)")
    op.execute("GRANT SELECT, INSERT ON published_gram TO partner_app")


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(ASSIGNMENTS)
    op.execute(POSTINGS)
    guard()
    op.execute(VIEWS)


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(BACK_ASSIGNMENTS)
    op.execute(BACK_POSTINGS)
    op.execute(VIEWS)
