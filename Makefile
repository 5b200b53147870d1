# make run    set up everything and serve the app on an embedded SQLite
# make demo   the same, with a year of demo trades and a sign-in printed
# make test   linters, types, import rules and every test
# make lock   resolve requirements*.txt anew from pyproject.toml

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app app

.PHONY: run demo test lint lock migrations clean
.DEFAULT_GOAL := run

run: $(VENV)/.run
	@$(BIN)/python -m trenddojo.development
	@$(BIN)/python -m trenddojo.migrate
	@exec $(BIN)/gunicorn -c python:trenddojo.server app:app

demo: $(VENV)/.run
	@$(BIN)/python -m trenddojo.development
	@$(BIN)/python -m trenddojo.migrate
	@$(FLASK) demo load
	@exec $(BIN)/gunicorn -c python:trenddojo.server app:app

test: lint
	@$(BIN)/pytest -n auto --dist worksteal

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: $(VENV)/.test
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "TrendDojo needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(BIN)/python
	@echo "Installing what TrendDojo needs (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt | $(BIN)/python
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
