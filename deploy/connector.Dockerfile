# source-plaid and destination-postgres as connector images of a real Airbyte: `make connector-images`.
# What runs one asks for this form: a shell, AIRBYTE_ENTRYPOINT with absolute paths, the user 1000
# called airbyte, who owns /airbyte.
FROM node:24-bookworm-slim AS packages
WORKDIR /airbyte
COPY package.json package-lock.json .npmrc ./
COPY packages/plaid-emulator/package.json packages/plaid-emulator/
RUN npm ci --omit=dev --omit=optional

FROM node:24-bookworm-slim AS node

FROM debian:bookworm-slim AS connector
ARG VERSION=0.1.0
LABEL org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      io.airbyte.version="$VERSION"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
# /source and /dest are where the platform puts a connector's files.
RUN useradd --uid 1000 --create-home airbyte && install -d -o airbyte -g airbyte /airbyte /source /dest
WORKDIR /airbyte
COPY --from=packages --chown=airbyte:airbyte /airbyte/node_modules node_modules
COPY --chown=airbyte:airbyte package.json ./
COPY --chown=airbyte:airbyte src/std src/std
COPY --chown=airbyte:airbyte src/protocol src/protocol
ENV NODE_COMPILE_CACHE=/airbyte/.compile-cache
USER airbyte
# The platform runs $AIRBYTE_ENTRYPOINT by a shell of its own; a person, docker run IMAGE spec.
ENTRYPOINT ["/bin/sh", "-c", "exec $AIRBYTE_ENTRYPOINT \"$@\"", "connector"]

# Types are stripped now, by the user who runs it: a start takes a third of the time.
FROM connector AS source-plaid
LABEL org.opencontainers.image.title="source-plaid" io.airbyte.name="tartan/source-plaid"
COPY --chown=airbyte:airbyte src/catalog src/catalog
COPY --chown=airbyte:airbyte src/source-plaid src/source-plaid
ENV AIRBYTE_ENTRYPOINT="/usr/local/bin/node --disable-warning=ExperimentalWarning --max-semi-space-size=1 /airbyte/src/source-plaid/main.ts"
RUN eval "$AIRBYTE_ENTRYPOINT spec" >/dev/null

FROM connector AS destination-postgres
LABEL org.opencontainers.image.title="destination-postgres" \
      io.airbyte.name="tartan/destination-postgres"
COPY --chown=airbyte:airbyte src/postgres src/postgres
COPY --chown=airbyte:airbyte src/destination-postgres src/destination-postgres
ENV AIRBYTE_ENTRYPOINT="/usr/local/bin/node --disable-warning=ExperimentalWarning /airbyte/src/destination-postgres/main.ts"
RUN eval "$AIRBYTE_ENTRYPOINT spec" >/dev/null
