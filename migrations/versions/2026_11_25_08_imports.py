"""Putting stations on record in bulk: how far each file has come, and which record of a file is which station."""

from alembic import op

revision = "2026_11_25_08"
down_revision = "2026_11_25_07"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE import_progress (
    source text CONSTRAINT pk_import_progress PRIMARY KEY CONSTRAINT ck_import_progress_source CHECK (source <> ''),
    name text NOT NULL,
    line bigint NOT NULL,
    done bigint NOT NULL,
    new bigint NOT NULL,
    changed bigint NOT NULL,
    unchanged bigint NOT NULL,
    refused bigint NOT NULL,
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT ck_import_progress_counts CHECK (
        new >= 0 AND changed >= 0 AND unchanged >= 0 AND refused >= 0 AND done >= new + changed + unchanged + refused)
);
CREATE TABLE import_key (
    key text CONSTRAINT pk_import_key PRIMARY KEY CONSTRAINT ck_import_key_key CHECK (key <> ''),
    station_id uuid NOT NULL CONSTRAINT fk_import_key_station_id_station REFERENCES station,
    content text NOT NULL,
    source text NOT NULL
);
"""

UPDATED = {
    "import_progress": "name, line, done, new, changed, unchanged, refused, started_at, updated_at, finished_at",
    "import_key": "content, source",
}


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(TABLES)
    for table, columns in UPDATED.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_system ON {table} TO partner_app "
            "USING (partner_standing() = 'system') WITH CHECK (partner_standing() = 'system')"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE ({columns}) ON {table} TO partner_app")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP TABLE import_key, import_progress")
