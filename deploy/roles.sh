#!/bin/sh
# Runs once, when the database's container makes its cluster: the two roles of the application, with the passwords that it uses.
# The migrations give them their rights.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --set=app="$PARTNER_APP_PASSWORD" --set=public="$PARTNER_PUBLIC_PASSWORD" <<'SQL'
CREATE ROLE partner_owner LOGIN;
CREATE ROLE partner_app LOGIN PASSWORD :'app';
CREATE ROLE partner_public LOGIN PASSWORD :'public';
SQL
