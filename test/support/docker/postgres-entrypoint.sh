#!/bin/bash
# Of the stand-in for the image postgres:18: what of its entrypoint the compose file uses.
set -euo pipefail
if [ "$(id -u)" = 0 ]; then
  password=$(cat "$POSTGRES_PASSWORD_FILE")
  mkdir -p "$PGDATA"
  chown -R postgres:postgres /var/lib/postgresql
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    install -o postgres -m 600 /dev/null /tmp/password
    printf '%s' "$password" > /tmp/password
    setpriv --reuid 999 --regid 999 --clear-groups initdb -D "$PGDATA" -U postgres \
      --pwfile /tmp/password --auth-host scram-sha-256 --auth-local trust -E UTF8 >/dev/null
    rm /tmp/password
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  fi
  exec setpriv --reuid 999 --regid 999 --clear-groups "$@" -c listen_addresses='*'
fi
exec "$@"
