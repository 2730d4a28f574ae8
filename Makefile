# Vigía's targets; `make` alone lists them. Needs python3, make and git: the rest is set up from here.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check format up bench soak train-env runtime-env dev-env

PYTHON := .venv/bin/python
ROOMS := enforcement adapters simulation schema actors serve jobs
BENCHES ?= accuracy pipeline plates recovery

# `uv run` above a Ray driver would make Ray rebuild the environment on every worker.
export RAY_ENABLE_UV_RUN_RUNTIME_ENV := 0
export RAY_USAGE_STATS_ENABLED := 0

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: runtime-env ## everything on simulated cameras, infractions beside the truth, out/demo/summary.json
	@scripts/debian-packages.sh demo
	@$(PYTHON) -m jobs.demo

test: dev-env ## all tests, on real PostgreSQL, Redis, RabbitMQ and RTSP on private ports
	@scripts/debian-packages.sh test
	@failed=0; \
	$(PYTHON) -m pytest -n 2 tests/unit || failed=1; \
	$(PYTHON) -m pytest tests/integration tests/acceptance tests/cluster || failed=1; \
	exit $$failed

check: dev-env ## format, lint, types, import direction, unit tests
	@$(PYTHON) -m ruff format --check --quiet || { echo "make check: run 'make format'" >&2; exit 1; }
	@$(PYTHON) -m ruff check --quiet
	@$(PYTHON) -m mypy --no-error-summary $(ROOMS) tests
	@.venv/bin/lint-imports --no-logo
	@$(PYTHON) -m pytest -q -n 2 tests/unit

format: dev-env ## rewrite to the house format and mend what ruff can mend
	@$(PYTHON) -m ruff format --quiet
	@$(PYTHON) -m ruff check --fix --quiet

up: runtime-env ## the system on the cameras of the devices table
	@scripts/debian-packages.sh demo
	@$(PYTHON) -m jobs.up

bench: dev-env ## BENCHES="accuracy pipeline …", one JSON object a line
	@scripts/debian-packages.sh demo
	@set -e; for name in $(BENCHES); do $(PYTHON) -m jobs.bench $$name --json; done

soak: dev-env ## the tests that take from minutes to hours
	@scripts/debian-packages.sh test
	@$(PYTHON) -m pytest -m soak --timeout 0

train-env: ## adds torch, ultralytics and EasyOCR to .venv (7 GB)
	@scripts/bootstrap.sh train

runtime-env:
	@scripts/bootstrap.sh

dev-env:
	@scripts/bootstrap.sh dev
