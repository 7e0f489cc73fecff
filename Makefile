# Everything starts from a bare Python 3.11+; the environment is made on the way.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run dev env build format test _beside _tests test-postgres docs contract audit sbom coverage torture bench check lock

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 24

run: ## Serve the demo branch on http://127.0.0.1:8080 (options: ARGS="--port 9000")
	@$(PYTHON) deploy/bootstrap.py
	@exec $(BIN)/giliran demo $(ARGS)

dev: env ## The same, started anew whenever a source changes
	@exec $(BIN)/python deploy/dev.py $(ARGS)

env: ## Make or refresh the development environment in .venv
	@$(PYTHON) deploy/bootstrap.py --test

build: env ## Build the browser pages that have changed
	@$(BIN)/python deploy/pages.py

format: env ## Write the sources as the linters want them
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet
	@$(BIN)/python deploy/pages.py --format

# What another database might do differently, small: the store's contract, verbs, retries, a model of the day.
ON_POSTGRES := tests/store/test_engine.py tests/actions/test_calling.py tests/actions/test_model.py tests/web/test_words.py

test: env ## Run all that must pass: lint, types, architecture, tests (options: ARGS="-k kiosk")
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/python deploy/pages.py --types
	@$(MAKE) --no-print-directory --jobs 2 _beside _tests  # the tests wait half of the time: it is not lost
	@$(BIN)/python deploy/audit.py || true  # told here, red in `make audit`: tomorrow's advisory is no fault of today's commit

_beside:
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest --database postgresql --numprocesses 2 --dist loadfile $(ON_POSTGRES) || [ $$? -eq 5 ]  # 5: there is none

_tests:
	@$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-postgres: env ## Run all that touches the data on PostgreSQL: an installed one, else one from a wheel
	@$(BIN)/pytest --database postgresql --numprocesses 4 --dist loadfile --no-loadscope-reorder \
		tests/store tests/actions tests/web tests/realtime tests/journeys $(ARGS)
	@$(BIN)/pytest -m "torture or not torture" tests/store/test_postgres.py tests/store/test_relocating.py tests/cli/test_on_postgres.py

docs: env ## Write the pages of docs/ that are made of the code
	@$(BIN)/python -m deploy.docs

contract: env ## Write the public contract, docs/openapi.json, from the code
	@$(BIN)/python -m deploy.contract

audit: env ## Ask the indexes whether a pinned release is known to be vulnerable
	@$(BIN)/python deploy/audit.py

sbom: env ## Write the bill of materials (CycloneDX) to build/
	@$(BIN)/python -m deploy.sbom

coverage: env ## Run the tests and report which lines and branches none has run, in build/coverage/ (options: ARGS="-k kiosk")
	@$(BIN)/python deploy/pages.py
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage html --quiet
	@$(BIN)/coverage report

torture: env ## Run what takes minutes on purpose: kill loops, partitions, floods, torn logs, two days at a kiosk, bad requests
	@$(BIN)/python deploy/pages.py
	@$(BIN)/pytest -m torture --timeout 1800 $(ARGS)

bench: env ## Print what Giliran costs against references of the same run; under ten minutes (options: ARGS="push")
	@$(BIN)/python -m benchmarks $(ARGS)

check: test ## The same; exactly what CI runs

# Hashes of every platform's files, from uv's own default index alone, so that the lock holds on any machine.
LOCK := env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	uv pip compile --quiet --no-config --universal \
	--python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml

lock: ## Pin the newest releases that pyproject.toml admits (needs uv)
	@$(LOCK) --group build --output-file deploy/requirements.txt
	@$(LOCK) --group build --group test --group bench --extra postgres --extra redis \
		--constraint deploy/requirements.txt --output-file deploy/requirements-test.txt
