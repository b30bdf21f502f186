# Everything needs only python3 (3.11 or newer), make and git; each target does its own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check format bench kill-test screenshots profile-pages lock clean

PYTHON ?= python3
# Tests start some hundred Pythons: each module is compiled once, not by each of them.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
ROOMS := $(patsubst %/__init__.py,%,$(wildcard $(addsuffix /__init__.py,agent simulators dashboard collector bus storage analytics config domain)))
# Most tests wait for something now and then: four workers keep two cores busy.
# Whole plants; those on compressed time want the machine for themselves.
PLANTS := tests/e2e
COMPRESSED := tests/endurance
# Playwright keeps an event loop in its thread, which asynchronous tests of the same process cannot stand.
BROWSER := tests/browser
# What a report as PDF needs, its Chinese included.
PAPER := libpango-1.0.so.0:libpango-1.0-0 libpangoft2-1.0.so.0:libpangoft2-1.0-0 \
	libharfbuzz-subset.so.0:libharfbuzz-subset0 /usr/share/fonts/opentype/noto:fonts-noto-cjk
TYPED := $(ROOMS) $(wildcard tests bench)

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: .venv/run.stamp ## Run the whole plant: simulators, broker, store
	$(BIN)/energy-agent demo $(ARGS)

test: .venv/dev.stamp ## Run every test
	@scripts/system-packages mosquitto:mosquitto mosquitto_sub:mosquitto-clients chromium:chromium $(PAPER)
ifeq ($(ARGS),)
	@$(BIN)/python -m pytest -q -ra -n 4 --dist loadfile $(addprefix --ignore=,$(PLANTS) $(COMPRESSED) $(BROWSER)) || failed=1; \
	$(BIN)/python -m pytest -q -ra -n 2 $(BROWSER) || failed=1; \
	$(BIN)/python -m pytest -q -ra -n 2 --dist loadfile $(PLANTS) || failed=1; \
	$(BIN)/python -m pytest -q -ra $(COMPRESSED) && [ -z "$$failed" ]
else
	$(BIN)/python -m pytest -q -ra $(ARGS)
endif

check: .venv/dev.stamp ## Check format, lint, types and the direction of imports
	@failed=; \
	for step in "ruff format --check --output-format concise ." "ruff check --output-format concise ." \
		"mypy $(TYPED)" "lint-imports"; do \
		echo "check: $$step"; $(BIN)/$$step || failed="$$failed $${step%% *}"; \
	done; \
	[ -z "$$failed" ] || { echo "check: failed:$$failed" >&2; exit 1; }

format: .venv/dev.stamp ## Format, and repair what lint can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev.stamp ## Measure speed and CPU
	$(BIN)/python -m bench $(ARGS)

kill-test: .venv/dev.stamp ## One plant day, 50 kills, five invariants
	@scripts/system-packages mosquitto:mosquitto
	$(BIN)/python -m tests.endurance.kills $(ARGS)

profile-pages: .venv/run.stamp ## Make the pages of docs/profiles again, from the files
	$(BIN)/energy-agent profile pages docs/profiles

screenshots: .venv/dev.stamp ## Take the pictures of docs/pictures again
	@scripts/system-packages chromium:chromium :fonts-noto-cjk
	$(BIN)/python -m tests.browser.screenshots

lock: ## Choose the newest versions that pyproject.toml allows and lock them by hash
	@PYTHON=$(PYTHON) scripts/lock

clean: ## Remove what make made
	rm -rf .venv .venv-lock .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run.stamp: requirements/build.txt requirements/runtime.txt pyproject.toml
	@PYTHON=$(PYTHON) scripts/set-up run

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	@PYTHON=$(PYTHON) scripts/set-up dev
