# SPDX-License-Identifier: Apache-2.0
# The two promises are `make demo` and `make test`; `make help` lists the rest.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# PYTHON chooses the interpreter that the virtual environment is made of (3.11; default python3).
VENV   := .venv
RUN    := $(VENV)/bin/python
STAMP  := $(VENV)/.installed
SOURCES := common kms operator injector client tools tests examples

MACHINE_SUITES := tests/cluster tests/attack tests/images tests/localcluster
PROCESS_SUITES := tests/unit tests/vectors tests/contract tests/crash tests/netns tests/docs tests/chart tests/apiserver

AWAY ?= 300

export PYTHONDONTWRITEBYTECODE ?= 1

$(STAMP): requirements/dev.txt pyproject.toml tools/venv.sh
	@echo 'Making $(VENV) from the pinned packages (about a minute).'
	tools/venv.sh $(VENV)
	touch $@

.PHONY: help venv check format generate test test-machine test-process unit demo demo-down canary rogues bench away mutants clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

venv: $(STAMP) ## make the virtual environment from the pinned hashes

check: $(STAMP) ## everything that can be known without running: format, lint, types, layers, generated files, docs (seconds)
	$(VENV)/bin/ruff format --check --quiet $(SOURCES)
	$(VENV)/bin/ruff check --quiet $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(RUN) -m generate --check
	$(VENV)/bin/mkdocs build --strict --quiet --site-dir build/site

format: $(STAMP) ## put the code into the project's form
	$(VENV)/bin/ruff format --quiet $(SOURCES)
	$(VENV)/bin/ruff check --fix --quiet $(SOURCES)

generate: $(STAMP) ## write the generated files anew (chart CRDs, OpenAPI, tables in docs)
	$(RUN) -m generate

unit: $(STAMP) ## the suites that need neither cluster nor root (three minutes)
	$(RUN) -m pytest tests/unit tests/vectors tests/contract

test: check ## set everything up and run every test, on a real cluster of this machine (root; 20 minutes warm)
	$(RUN) -m localcluster programs --name test
	$(MAKE) --no-print-directory --jobs=2 test-machine test-process

# Two streams that don't meet: what takes the whole machine (clusters, images), one after the other, mostly
# waits; the rest works. tests/docs/test_suites.py holds that each suite is in one of the two.
test-machine: $(STAMP)
	$(RUN) -m pytest $(MACHINE_SUITES)

test-process: $(STAMP)
	$(RUN) -m pytest $(PROCESS_SUITES)

demo: $(STAMP) ## the main job on a real cluster: CLUSTER=local (default) or current; YES=1 answers the question
	$(RUN) -m demo up

demo-down: $(STAMP) ## take the demo away again
	$(RUN) -m demo down

canary: $(STAMP) ## search every place for the demo's password, in every form (needs a running demo)
	$(RUN) -m demo canary

rogues: $(STAMP) ## pods that must be refused, each by its check, on the running demo
	$(RUN) -m demo rogues

bench: $(STAMP) ## speed and memory as ratios, beside their bounds (10 minutes; never fails on a figure)
	$(RUN) -m bench

away: $(STAMP) ## stop the API server for AWAY=300 seconds: no file is wiped (8 minutes)
	SKM_TEST_AWAY=$(AWAY) $(RUN) -m pytest tests/cluster/test_api_server_away.py

mutants: $(STAMP) ## disable each security check in the source, one at a time: exactly its tests turn red
	$(RUN) -m mutants

clean: ## remove what was built in the checkout (caches outside it stay)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
