SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Options for `greenroom serve`, as in: make run ARGS="--port 9000"
ARGS ?=
# Options for pytest, as in: make test TESTS="tests/unit -k room"
TESTS ?=

.PHONY: help run test check bench vendor fmt clean

help: ## List what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: $(VENV)/.installed ## Start the server on http://localhost:8080 (ARGS="--help" lists its options)
	@exec $(BIN)/greenroom serve $(ARGS)

test: $(VENV)/.installed-dev ## Run every test: unit, integration, attacks, browser
	@tools/need.sh chromium
ifeq ($(TESTS),)
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=20 -m "not alone and not measured" tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=20 -m measured tests/integration tests/attacks
	$(BIN)/python -m pytest --durations=20 -m alone tests/browser
else
	$(BIN)/python -m pytest $(TESTS)
endif

check: $(VENV)/.installed-dev node_modules/.package-lock.json ## Run ruff, mypy, import-linter and tsc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict server rooms tests bench tools
	$(BIN)/lint-imports
	npx --no-install tsc -p tsconfig.json

bench: $(VENV)/.installed-dev ## Measure; prints JSON lines
	@$(BIN)/python -m bench

vendor: $(VENV)/.installed-dev ## Rebuild the page's libraries in web/vendor from their packages
	@tools/need.sh node
	$(BIN)/python tools/vendor.py

fmt: $(VENV)/.installed-dev ## Format the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove what was installed and built; data/ stays
	rm -rf $(VENV) node_modules dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	@tools/make-venv.sh $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing Greenroom into $(VENV), this takes a minute the first time."
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the development dependencies into $(VENV)."
	@$(INSTALL) -e '.[dev]'
	@# The extra `audio` without what only its command line needs: plots, downloads, codecs.
	@$(INSTALL) --no-deps pyrnnoise
	@touch $(VENV)/.installed $@

node_modules/.package-lock.json: package.json package-lock.json
	@tools/need.sh node
	npm ci --no-audit --no-fund
