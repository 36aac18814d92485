"""What MIC's Web-API asks besides: the name of a ship or aircraft, the kind of basic broadcasting; its order without looking at rows.

The index of a class in the order of its places holds all that decides whether a station is listed, so that a page far behind is found
in the index alone.
"""

from alembic import op

revision = "2026_11_25_07"
down_revision = "2026_11_25_06"
branch_labels = None
depends_on = None

COLUMNS = """
DROP VIEW public_license;
ALTER TABLE published_license ADD COLUMN craft_search text, ADD COLUMN broadcast_kind text;
DROP INDEX ix_published_license_class_place;
CREATE INDEX ix_published_license_class_place
    ON published_license (station_class, municipality, licensed_on, station_id)
    INCLUDE (version_id, bureau, valid, ended_on, suspended, registration_standard) WHERE upper_inf(recorded);
CREATE INDEX ix_published_license_craft ON published_license USING gin (craft_search gin_trgm_ops)
    WHERE upper_inf(recorded) AND craft_search IS NOT NULL;
"""

BACK = """
DROP VIEW public_license;
DROP INDEX ix_published_license_class_place, ix_published_license_craft;
CREATE INDEX ix_published_license_class_place
    ON published_license (station_class, municipality, licensed_on, station_id) WHERE upper_inf(recorded);
ALTER TABLE published_license DROP COLUMN craft_search, DROP COLUMN broadcast_kind;
"""

VIEW = """
CREATE VIEW public_license AS SELECT * FROM published_license;
GRANT SELECT ON public_license TO partner_public;
"""


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(COLUMNS)
    op.execute(VIEW)


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(BACK)
    op.execute(VIEW)
