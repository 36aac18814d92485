"""The row of a station in stations.csv is made when its record is published, not again for every dump.

Only the status changes with the day: a row is kept as what stands before it and what stands after it.
"""

from alembic import op

revision = "2026_11_26_03"
down_revision = "2026_11_26_02"
branch_labels = None
depends_on = None

# As COPY writes it: empty for null, in quotation marks where it must be.
FIELD = """
CREATE FUNCTION csv_field(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN value IS NULL THEN ''
        WHEN value = '' OR value ~ '[",\\n\\r]' THEN '"' || replace(value, '"', '""') || '"'
        ELSE value
    END
$$;
"""

# One statement without functions of its own but `csv_field`, which PostgreSQL takes apart: others would cost more than all the rest.
ROWS = """
    INSERT INTO published_row (station_id, version_id, before_status, after_status)
    SELECT made.station_id, made.version_id,
        csv_field(one ->> 'id')
        || ',' || csv_field(one ->> 'call_sign')
        || ',' || csv_field(one -> 'station_class' ->> 'code')
        || ',' || csv_field(one -> 'station_class' -> 'name' ->> 'ja')
        || ',' || csv_field(one -> 'station_class' -> 'name' ->> 'en')
        || ',' || csv_field(one -> 'licensee' ->> 'id')
        || ',' || csv_field(one -> 'licensee' ->> 'name')
        || ',' || csv_field(one -> 'licensee' ->> 'kind')
        || ',' || csv_field(one -> 'licensee' ->> 'corporate_number')
        || ',' || csv_field(one -> 'license' ->> 'licensed_on')
        || ',' || csv_field(one -> 'license' ->> 'valid_from')
        || ',' || csv_field(one -> 'license' ->> 'valid_to')
        || ',' || csv_field(one -> 'license' ->> 'ended_on')
        || ',' || csv_field(one -> 'license' ->> 'end_kind')
        || ',',
        ',' || csv_field(nullif(array_to_string(made.purposes, ' '), ''))
        || ',' || csv_field(nullif(array_to_string(made.communication_matters, ' '), ''))
        || ',' || csv_field(one ->> 'communication_partner')
        || ',' || csv_field(one -> 'bureau' ->> 'code')
        || ',' || csv_field(one -> 'bureau' -> 'name' ->> 'ja')
        || ',' || csv_field(one -> 'bureau' -> 'name' ->> 'en')
        || ',' || csv_field(one -> 'location' ->> 'municipality_code')
        || ',' || csv_field(one -> 'location' -> 'name' ->> 'ja')
        || ',' || csv_field(one -> 'location' -> 'name' ->> 'en')
        || ',' || csv_field(one ->> 'movement_area')
        || ',' || csv_field(one ->> 'moves')
        || ',' || csv_field(one ->> 'station_count')
        || ',' || csv_field(one -> 'registration' -> 'standard' ->> 'code')
        || ',' || csv_field(one -> 'registration' -> 'standard' -> 'name' ->> 'ja')
        || ',' || csv_field(one -> 'registration' -> 'standard' -> 'name' ->> 'en')
        || ',' || jsonb_array_length(one -> 'assignments')
        || ',' || csv_field(one ->> 'operating_hours')
        || ',' || csv_field(one -> 'broadcasting' ->> 'matter')
        || ',' || csv_field(one -> 'broadcasting' ->> 'area')
        || ',' || csv_field(one ->> 'note')
        || ',' || CASE WHEN one -> 'synthetic' <> '[]' THEN csv_field((
            SELECT string_agg(word, ' ' ORDER BY place)
            FROM jsonb_array_elements_text(one -> 'synthetic') WITH ORDINALITY AS words (word, place)
        )) ELSE '' END
    FROM {made} CROSS JOIN LATERAL (SELECT made.document::jsonb AS one OFFSET 0) AS document
"""

TABLE = """
CREATE TABLE published_row (
    station_id uuid NOT NULL,
    version_id uuid NOT NULL,
    before_status text NOT NULL,
    after_status text NOT NULL
);
"""

ENTER = """
CREATE FUNCTION enter_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {rows};
    RETURN NULL;
END $$;
CREATE TRIGGER enter_rows AFTER INSERT ON published_license REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION enter_rows();
"""

# The stations of a dump come in the order of their ids, and so do their rows, in one walk of two indexes.
KEY = "ALTER TABLE published_row ADD CONSTRAINT pk_published_row PRIMARY KEY (station_id, version_id)"
VIEW = """
CREATE VIEW public_row AS SELECT * FROM published_row;
GRANT SELECT ON public_row TO partner_public;
"""

# Nobody rewrites a row; staff and the system write, administrators read, the owner of the views reads for the public.
GUARD = """
CREATE TRIGGER refuse_rewriting BEFORE UPDATE OR DELETE ON published_row FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON published_row FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
ALTER TABLE published_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE published_row FORCE ROW LEVEL SECURITY;
CREATE POLICY published_row_office ON published_row TO partner_app USING (partner_standing() IN ('staff', 'system'))
    WITH CHECK (partner_standing() IN ('staff', 'system'));
CREATE POLICY published_row_administrator ON published_row FOR SELECT TO partner_app USING (partner_standing() = 'administrator');
CREATE POLICY published_row_views ON published_row FOR SELECT TO partner_owner USING (true);
GRANT SELECT, INSERT ON published_row TO partner_app;
"""

BACK = """
DROP VIEW public_row;
DROP TRIGGER enter_rows ON published_license;
DROP TABLE published_row;
DROP FUNCTION enter_rows(), csv_field(text);
"""


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(FIELD)
    op.execute(TABLE)
    op.execute(ROWS.replace("{made}", "published_license AS made") + " ORDER BY made.station_id")
    op.execute(KEY)
    op.execute(ENTER.replace("{rows}", ROWS.replace("{made}", "made").strip()))
    op.execute(GUARD)
    op.execute(VIEW)


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(BACK)
