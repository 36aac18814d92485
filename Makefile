# The commands of this project. Each sets up what it needs by itself; docs/operations.md says more.
.DEFAULT_GOAL := help
.SUFFIXES:
.NOTPARALLEL:
BIN := .venv/bin
WORKERS ?= 2
REACHED := 93
SOURCES := uv.lock requirements.txt pyproject.toml .ci/setup

.PHONY: help setup demo test quick bench lint format checks oldest-postgresql newest-python

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: .venv/for-test .venv/for-newest ## everything that the other commands need

demo: .venv/for-demo ## the service with made-up data on http://127.0.0.1:8000
	@exec $(BIN)/partner demo

test: .venv/for-test .venv/for-newest lint checks oldest-postgresql newest-python ## everything that must hold
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

quick: .venv/for-test lint checks ## the fast part of it, under three minutes
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not slow"

bench: .venv/for-test ## how fast it is
	@$(BIN)/python -m tests.bench $(ARGS)

lint: .venv/for-test
	@$(BIN)/ruff format --quiet --check
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive partner
	@mkdir -p build
	@$(BIN)/lint-imports --no-logo >build/imports.log 2>&1 || { cat build/imports.log; exit 1; }

format: .venv/for-test ## put the source in form
	@$(BIN)/ruff check --quiet --fix --exit-zero
	@$(BIN)/ruff format --quiet

checks: .venv/for-test
	@$(BIN)/partner regulation check

# The same code against the oldest PostgreSQL that will do, where Debian has it.
oldest-postgresql: .venv/for-test
	@if [ -x /usr/lib/postgresql/15/bin/postgres ]; then \
		echo "on PostgreSQL 15:"; \
		PARTNER_TEST_POSTGRES=/usr/lib/postgresql/15/bin $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not slow" tests/base tests/house tests/registry tests/auth; \
	fi

# The lines that tests reach are counted here, where it takes a tenth of the time: before 3.12 counting takes two thirds more.
# As a user other than root, or without a browser, a few more tests are left out: hence the margin to the 95 of a whole run.
newest-python: .venv/for-newest
	@if [ -x .venv-3.13/bin/python ]; then \
		echo "on Python 3.13:"; \
		COVERAGE_CORE=sysmon .venv-3.13/bin/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not slow" -p no:cacheprovider \
			--cov=partner --cov-report=xml:build/coverage.xml --cov-report=html:build/coverage --cov-fail-under=$(REACHED); \
	fi

.venv/for-demo: $(SOURCES)
	@[ -e .venv/for-test ] && [ ! .venv/for-test -ot uv.lock ] || .ci/setup demo
	@mkdir -p build && touch $@

.venv/for-test: $(SOURCES)
	@.ci/setup test
	@mkdir -p build && touch $@

.venv/for-newest: $(SOURCES) .venv/for-test
	@.ci/setup newest
	@touch $@
