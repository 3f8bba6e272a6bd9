# Every target is a thin call of ./tartan; `make help` says what each does.
.DEFAULT_GOAL := help
.PHONY: help airbyte-check airbyte-init airbyte-start airbyte-setup airbyte-sync airbyte-status \
	airbyte-logs airbyte-stop plaid-link-token plaid-sync plaid-accounts backup \
	compose-up compose-down compose-logs connector-images dbt test bench bench-peers

# For airbyte-logs and compose-logs: `make airbyte-logs SERVICE=worker FOLLOW=1`.
SERVICE ?=
FOLLOW ?=
# For airbyte-setup.
TARGET ?=
PLAN ?=
# For connector-images.
IMAGE_PREFIX ?=
VERSION ?= 0.1.0

help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

airbyte-check: ## Checks every prerequisite, port, credential, database and key
	@./tartan check

airbyte-init: ## Sets everything up and runs the first sync; repeat it to repair
	@./tartan init

airbyte-start: ## Starts the database, plaid-api, the engine and the web app
	@./tartan start

airbyte-setup: ## Brings the engine to airbyte/connection.yaml; TARGET=https://… one elsewhere, PLAN=1 only says
	@./tartan setup $(if $(TARGET),--target '$(TARGET)') $(if $(PLAN),--plan)

airbyte-sync: ## Syncs the store into the warehouse now, and follows it
	@./tartan sync

airbyte-status: ## Shows processes, databases, Items, the connection and its last job
	@./tartan status

airbyte-logs: ## Shows the logs; SERVICE=worker shows one, FOLLOW=1 goes on
	@./tartan logs $(SERVICE) $(if $(FOLLOW),--follow)

airbyte-stop: ## Stops everything in order
	@./tartan stop

plaid-link-token: ## Prints a Hosted Link URL, waits for the person, reports the new Item
	@./tartan link-token

plaid-sync: ## Pulls what is new at the banks into the store
	@./tartan plaid-sync

plaid-accounts: ## Lists the linked Items and their accounts
	@./tartan plaid-accounts

connector-images: ## Builds both connectors as images of a real Airbyte; IMAGE_PREFIX=…/, VERSION=…
	@for name in source-plaid destination-postgres; do \
	  DOCKER_BUILDKIT=1 docker build --quiet --file deploy/connector.Dockerfile --target $$name \
	    --build-arg VERSION=$(VERSION) --tag $(IMAGE_PREFIX)tartan-$$name:$(VERSION) . && \
	  echo "✓ $(IMAGE_PREFIX)tartan-$$name:$(VERSION)" || exit 1; \
	done

dbt: ## Builds the dbt models of what was synced, and tests them
	@./tartan models

backup: ## Backs up Tartan's own database now; another backup is taken each night
	@./tartan backup

compose-up: ## The same in containers: builds, starts, sets up (needs Docker)
	@deploy/compose-up.sh

compose-down: ## Stops the containers; what they hold stays in their volumes
	@docker compose --profile emulator down

compose-logs: ## Shows their logs; SERVICE=plaid-api shows one, FOLLOW=1 goes on
	@docker compose --profile emulator logs $(if $(FOLLOW),--follow) $(SERVICE)

test: ## Checks format, lint, types and unused code, and runs the tests
	@./tartan test

bench: ## Measures speed and memory against a floor, in one run
	@./tartan bench

bench-peers: ## Measures what others take for the same rows, in Python environments that it makes
	@./tartan bench peers
