"""Tables of identity: standing `system` reads and writes them, an account reads itself, nobody else reads anything."""

from alembic import op

revision = "2026_11_22_03"
down_revision = "2026_11_22_02"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE account (
    id uuid CONSTRAINT pk_account PRIMARY KEY,
    issuer text NOT NULL,
    subject text NOT NULL,
    display_name text NOT NULL,
    claims jsonb NOT NULL,
    roles text[] NOT NULL,
    bureau text,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT uq_account_issuer_subject UNIQUE (issuer, subject),
    CONSTRAINT ck_account_identified CHECK (issuer <> '' AND subject <> '')
);
CREATE TABLE session (
    id uuid CONSTRAINT pk_session PRIMARY KEY,
    account_id uuid NOT NULL CONSTRAINT fk_session_account_id_account REFERENCES account,
    token_hash bytea NOT NULL CONSTRAINT uq_session_token_hash UNIQUE,
    id_token text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT ck_session_lasts CHECK (expires_at > created_at)
);
CREATE INDEX ix_session_account_id ON session (account_id);
CREATE TABLE sign_in_attempt (
    id uuid CONSTRAINT pk_sign_in_attempt PRIMARY KEY,
    kind text NOT NULL,
    state_hash bytea NOT NULL CONSTRAINT uq_sign_in_attempt_state_hash UNIQUE,
    browser_hash bytea NOT NULL,
    nonce text NOT NULL,
    code_verifier text NOT NULL,
    return_path text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT ck_sign_in_attempt_kind CHECK (kind IN ('applicant', 'staff'))
);
CREATE TABLE api_client (
    id uuid CONSTRAINT pk_api_client PRIMARY KEY,
    issuer text NOT NULL,
    client_id text NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT uq_api_client_issuer_client_id UNIQUE (issuer, client_id)
);
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON account, api_client TO partner_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, sign_in_attempt TO partner_app;
"""

ROW_LEVEL_SECURITY = """
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE session ENABLE ROW LEVEL SECURITY;
ALTER TABLE session FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_attempt FORCE ROW LEVEL SECURITY;
ALTER TABLE api_client ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_client FORCE ROW LEVEL SECURITY;
CREATE POLICY system ON account USING (partner_standing() = 'system');
CREATE POLICY system ON session USING (partner_standing() = 'system');
CREATE POLICY system ON sign_in_attempt USING (partner_standing() = 'system');
CREATE POLICY system ON api_client USING (partner_standing() = 'system');
CREATE POLICY itself ON account FOR SELECT USING (id = partner_account());
CREATE POLICY its_own ON session FOR SELECT USING (account_id = partner_account());
"""


def upgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute(TABLES)
    op.execute(GRANTS)
    op.execute(ROW_LEVEL_SECURITY)


def downgrade() -> None:
    op.execute("SET LOCAL ROLE partner_owner")
    op.execute("DROP TABLE api_client, sign_in_attempt, session, account")
