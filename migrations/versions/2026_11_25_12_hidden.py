"""A published version says what is withheld next to it: a station whose later term is withheld is not shown as expired.

A version that is withheld stands for its days like any other. Where it follows a published one, the public register shows the station
until then and no longer; where it goes before, it does not show the station as one to come.
"""

from alembic import op

revision = "2026_11_25_12"
down_revision = "2026_11_25_11"
branch_labels = None
depends_on = None

COLUMNS = """
DROP VIEW public_license;
ALTER TABLE published_license ADD COLUMN hidden_before boolean NOT NULL DEFAULT false, ADD COLUMN hidden_from date;
"""

# What is believed now; the rows are those of the register itself, which nobody but a migration may rewrite.
FILL = """
ALTER TABLE license_version NO FORCE ROW LEVEL SECURITY;
ALTER TABLE published_license NO FORCE ROW LEVEL SECURITY;
ALTER TABLE published_license DISABLE TRIGGER USER;
WITH believed AS (
    SELECT v.id, v.station_id, lower(v.valid) AS first, p.version_id IS NOT NULL AS shown
    FROM license_version AS v LEFT JOIN published_license AS p ON p.version_id = v.id
    WHERE upper_inf(v.recorded)
), beside AS (
    SELECT id, shown, coalesce(NOT lag(shown) OVER days, false) AS hidden_before,
        CASE WHEN NOT lead(shown) OVER days THEN lead(first) OVER days END AS hidden_from
    FROM believed WINDOW days AS (PARTITION BY station_id ORDER BY first)
)
UPDATE published_license AS p SET hidden_before = beside.hidden_before, hidden_from = beside.hidden_from
FROM beside WHERE beside.id = p.version_id AND beside.shown AND (beside.hidden_before OR beside.hidden_from IS NOT NULL);
ALTER TABLE published_license ENABLE TRIGGER USER;
ALTER TABLE published_license FORCE ROW LEVEL SECURITY;
ALTER TABLE license_version FORCE ROW LEVEL SECURITY;
"""

BACK = """
DROP VIEW public_license;
ALTER TABLE published_license DROP COLUMN hidden_before, DROP COLUMN hidden_from;
"""

VIEW = """
CREATE VIEW public_license AS SELECT * FROM published_license;
GRANT SELECT ON public_license TO partner_public;
"""


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(COLUMNS)
    op.execute(FILL)
    op.execute(VIEW)


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(BACK)
    op.execute(VIEW)
