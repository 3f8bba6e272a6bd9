# Every target is a thin call of ./tartan; `make help` says what each does.
.DEFAULT_GOAL := help
.PHONY: help airbyte-check airbyte-init airbyte-start airbyte-setup airbyte-sync airbyte-status \
	airbyte-logs airbyte-stop plaid-link-token plaid-sync plaid-accounts test bench

# For airbyte-logs: `make airbyte-logs SERVICE=worker FOLLOW=1`.
SERVICE ?=
FOLLOW ?=

help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

airbyte-check: ## Checks every prerequisite, port, credential, database and key
	@./tartan check

airbyte-init: ## Sets everything up and runs the first sync; repeat it to repair
	@./tartan init

airbyte-start: ## Starts the database, plaid-api and the engine in the background
	@./tartan start

airbyte-setup: ## Creates or updates source, destination, connection and schedule
	@./tartan setup

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

test: ## Checks format, lint, types and unused code, and runs the tests
	@./tartan test

bench: ## Measures speed and memory against a floor, in one run
	@./tartan bench
