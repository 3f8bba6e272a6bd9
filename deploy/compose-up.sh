#!/bin/sh
# `make compose-up`: builds the image, starts everything, shows the set-up to its end, and says what
# opens it. The emulated Plaid runs where .env or the environment names no other one.
set -eu
cd "$(dirname "$0")/.."

option() { # as Compose takes it: from the environment, or else from .env
  printenv "$1" || sed -n "s/^$1=//p" .env 2>/dev/null | tail -n 1
}

plaid=$(option PLAID_ENV)
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
port=$(option PLAID_API_PORT)
port=${port:-8080}
at=$(docker compose port plaid-api "$port")
curl="curl -H 'Authorization: Bearer $key'"
certificate=$(option TARTAN_TLS_CERTIFICATE_FILE)
ca=$(option TARTAN_TLS_CA_FILE)
echo
if [ -z "$certificate" ]; then
  echo "plaid-api  $curl http://$at/stats"
else # by the name that its certificate has; the CA's file is where the containers have it
  if [ -n "$ca" ]; then
    curl="docker compose exec -T plaid-api cat $ca | $curl --cacert /dev/stdin"
  fi
  echo "plaid-api  $curl --connect-to plaid-api:$port:$at https://plaid-api:$port/stats"
fi
echo "web app    $(docker compose exec -T airbyte-webapp tartan open --print | tail -n 1)"
