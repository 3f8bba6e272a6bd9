#!/bin/sh
# `make compose-up`: builds the image, starts everything, shows the set-up to its end, and says what
# opens it. The emulated Plaid runs where .env or the environment names no other one.
set -eu
cd "$(dirname "$0")/.."
plaid=${PLAID_ENV:-$(sed -n 's/^PLAID_ENV=//p' .env 2>/dev/null | tail -n 1)}
if [ "${plaid:-emulator}" = emulator ]; then export COMPOSE_PROFILES=emulator; fi

docker compose build keys
docker compose up -d
docker compose logs --follow --no-log-prefix set-up
code=$(docker compose ps --all --format '{{.ExitCode}}' set-up)
if [ "$code" != 0 ]; then
  echo "✗ the set-up ended with $code: see above and make compose-logs, mend it, run this again" >&2
  exit "$code"
fi

key=$(docker compose exec -T plaid-api tartan credentials --json |
  sed -n 's/.*"plaid_api_key": *"\([^"]*\)".*/\1/p')
port=$(docker compose port plaid-api "${PLAID_API_PORT:-8080}")
certificate=${TARTAN_TLS_CERTIFICATE_FILE:-$(sed -n 's/^TARTAN_TLS_CERTIFICATE_FILE=//p' .env 2>/dev/null | tail -n 1)}
scheme=http${certificate:+s}
echo
echo "plaid-api  curl -H 'Authorization: Bearer $key' $scheme://$port/stats"
echo "web app    $(docker compose exec -T airbyte-webapp tartan open --print | tail -n 1)"
