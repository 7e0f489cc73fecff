# Everything starts from a bare Python 3.11+; the environment is made on the way.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run dev env build test check

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 16

run: ## Serve the demo branch on http://127.0.0.1:8080 (options: ARGS="--port 9000")
	@$(PYTHON) deploy/bootstrap.py
	@exec $(BIN)/giliran demo $(ARGS)

env: ## Make or refresh the development environment in .venv
	@$(PYTHON) deploy/bootstrap.py --test

build: env ## Build the browser pages that have changed
	@$(BIN)/python deploy/pages.py

test: env ## Run everything that must pass: lint, types, architecture, tests
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python deploy/pages.py --types
	@$(BIN)/pytest $(ARGS)

check: test ## The same; exactly what CI runs
