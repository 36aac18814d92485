"""The three roles, and the words in which row-level security asks who is there."""

from alembic import op

revision = "2026_11_22_01"
down_revision = None
branch_labels = None
depends_on = None

ROLES = ("partner_owner", "partner_app", "partner_public")


def upgrade() -> None:
    for role in ROLES:
        op.execute(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} LOGIN; END IF; "
            "EXCEPTION WHEN duplicate_object THEN NULL; WHEN unique_violation THEN NULL; END $$"
        )
    op.execute("GRANT partner_owner TO CURRENT_USER")
    op.execute("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO partner_owner', current_database()); END $$")
    op.execute("GRANT USAGE, CREATE ON SCHEMA public TO partner_owner")
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    op.execute("GRANT USAGE ON SCHEMA public TO partner_app, partner_public")
    op.execute("ALTER TABLE alembic_version OWNER TO partner_owner")
    op.execute("GRANT SELECT ON alembic_version TO partner_app")
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(
        "CREATE FUNCTION partner_standing() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE "
        "AS $$ SELECT coalesce(nullif(current_setting('partner.standing', true), ''), 'anonymous') $$"
    )
    op.execute(
        "CREATE FUNCTION partner_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE "
        "AS $$ SELECT nullif(current_setting('partner.account_id', true), '')::uuid $$"
    )
    op.execute(
        "CREATE FUNCTION partner_bureau() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE "
        "AS $$ SELECT nullif(current_setting('partner.bureau', true), '') $$"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION partner_bureau(), partner_account(), partner_standing()")
