# The commands of Vectora; `make help` explains them. What they do is in scripts/ (install, lock) and in stack/ (demo, up, down).
.DEFAULT_GOAL := help
.PHONY: help install install-dev demo up down status test test-distributed check bench bench-scale screenshots lambda-packages lock clean
MAKEFLAGS += --no-print-directory
PYTEST_ARGS ?=

help: ## this list
	@echo "Vectora: make COMMAND"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "Environment:"
	@echo "  PYTHON           the Python 3.11 that .venv is built with (default: the first of python3.11, python3, python that is one)"
	@echo "  VECTORA_UI_PORT, VECTORA_AWS_PORT, VECTORA_SITE_PORT, VECTORA_BATCH_PORT"
	@echo "                   the ports of make up (default: 8080, 4566, 8600, 4567); make demo takes free ones"
	@echo "  PYTEST_ARGS      more arguments for make test, such as PYTEST_ARGS='-m \"not slow\"'"

install: ## build .venv from the locked requirements, with the vectora command in it
	@bash scripts/install.sh

install-dev:
	@bash scripts/install.sh dev

demo: install ## run the daily ingest once on a stack of its own, and show what came of it
	@exec .venv/bin/python -m stack demo

up: install ## start the local stack and keep it running; DEMO=1 puts runs and jobs into it
	@exec .venv/bin/python -m stack up $(if $(DEMO),--demo)

down: install ## stop what make up started
	@exec .venv/bin/python -m stack down

status: install ## say whether the local stack runs
	@exec .venv/bin/python -m stack status

test: install-dev ## run all tests but those of the team's stack
	@bash scripts/system-packages.sh
	@exec .venv/bin/python -m pytest --numprocesses auto --maxprocesses 4 --ignore tests/distributed $(PYTEST_ARGS)

test-distributed: install-dev ## start the services of docker-compose.yaml as processes, and let parts of them die
	@exec .venv/bin/python -m pytest tests/distributed $(PYTEST_ARGS)

check: install-dev ## ruff, mypy, import-linter, and the tests of the documentation
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	PYTHONPATH=plugins .venv/bin/lint-imports
	.venv/bin/python -m pytest -q tests/docs

bench: install-dev ## measure what it costs, in one run
	@exec .venv/bin/python -m benchmarks

bench-scale: install-dev ## measure 10, 100 and 1,000 clients on both executors; about an hour on two cores
	@exec .venv/bin/python -m benchmarks scale

screenshots: install-dev ## take the pictures of the documentation anew (needs Chromium)
	@bash scripts/system-packages.sh chromium
	@exec .venv/bin/python -m stack screenshots

lambda-packages: install ## build the zips of both Lambdas, with their sizes and checksums
	@exec .venv/bin/python -m stack lambda-packages

lock: install ## compile the lock files from pyproject.toml; UPGRADE=1 takes the newest versions
	@bash scripts/lock.sh

clean: ## remove .venv, caches and everything the local stack wrote
	@if [ -x .venv/bin/python ] && [ -d stack ]; then .venv/bin/python -m stack down >/dev/null || true; fi
	rm -rf .venv .vectora .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
