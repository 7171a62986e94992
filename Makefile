# PHT Explorer. `make run` opens the app, `make test` tests it; `make help` lists the rest.
# Nothing is needed but Python 3.11 or later and make: everything is installed into .venv,
# and a stamp per requirements file keeps repeated calls quick.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
ARGS ?=
# Tests run side by side, on as many processors as there are.
JOBS ?= auto

# Without compiled files every command and worker would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast check lint types format browser office test-spark bench calibrate drawing clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(VENV)/.run  ## install what the app needs into .venv

run: setup  ## open the app on the sample cohort (ARGS goes to Streamlit, e.g. ARGS="--server.port 8600")
	$(PY) -m streamlit run app.py $(ARGS)

test: $(VENV)/.dev browser office  ## run the tests, those in a browser and in LibreOffice too (ARGS goes to pytest)
	$(PY) -m pytest -n $(JOBS) --dist loadfile $(ARGS)

test-fast: $(VENV)/.dev  ## the tests that need no browser and no LibreOffice: some seven minutes on two processors
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "not browser and not office" $(ARGS)

lint: $(VENV)/.dev  ## ruff: rules and formatting
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/.dev  ## mypy
	$(PY) -m mypy

check: lint types test  ## everything CI asks: lint, types, test

format: $(VENV)/.dev  ## let ruff rewrite what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

browser: $(VENV)/.dev  # an installed Chrome or Chromium, else Playwright's download, else Debian's package
	@$(PY) -m tests.browser.chromium

office: $(VENV)/.dev  # an installed LibreOffice and Poppler, else Debian's packages
	@$(PY) -m tests.office

test-spark: $(VENV)/.spark  ## the grading code on PySpark (needs Java 17 or later)
	$(PY) -m pytest tests/spark $(ARGS)

bench: $(VENV)/.dev browser  ## measure what the README says about speed, as ratios within one run
	$(PY) -m benchmarks $(ARGS)

calibrate: $(VENV)/.dev  ## simulate cohorts anew for the evidence on and off prednisone (an hour)
	$(PY) -m benchmarks.calibrate $(ARGS)

drawing: $(VENV)/.dev  ## draw the rooms and their imports in docs/architecture.md anew
	$(PY) -m tests.drawing

clean:  ## remove .venv and every cache
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "PHT Explorer needs Python 3.11 or later; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.created requirements.txt
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.created requirements.txt requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $(VENV)/.run $@

$(VENV)/.spark: $(VENV)/.dev requirements-spark.txt
	$(PIP) -r requirements-spark.txt
	@touch $@
