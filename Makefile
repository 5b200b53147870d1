# make run    set up everything and serve the app on an embedded SQLite
# make demo   the same, with a year of demo trades and a sign-in printed
# make test   linters, types, import rules and every test
# make test-ib-async   the suite of Interactive Brokers on ib_async, which continues ib_insync
# make lock   resolve requirements*.txt anew from pyproject.toml

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OTHER := $(VENV)-ib-async
FLASK := $(BIN)/flask --app app

.PHONY: run demo test test-ib-async lint lock migrations clean
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

# Every worker reads all tests: where they may not keep what they compiled, each would compile all of it every time.
test test-ib-async: export PYTHONDONTWRITEBYTECODE :=

test: lint
	@$(BIN)/pytest -n auto --dist worksteal

# The two libraries cannot be installed together: both bring a package called eventkit.
test-ib-async: $(OTHER)/.test
	@$(OTHER)/bin/pytest -n auto --dist worksteal tests/brokers/interactive_brokers tests/brokers/test_contract.py tests/orders/test_interactive_brokers.py -k "interactive_brokers and not interactive_brokers-mock"

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: $(VENV)/.test
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	printf "ib_insync ; python_version < '3'\ntzdata>=2025.2\n" > $(VENV)/without-ib-insync.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra dev --extra ib-async -c requirements-dev.txt --overrides $(VENV)/without-ib-insync.txt pyproject.toml -o requirements-ib-async.txt

clean:
	rm -rf $(VENV) $(OTHER)

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

$(OTHER)/.test: requirements-ib-async.txt
	@$(PYTHON) -m venv $(OTHER)
	@echo "Installing what the tests of ib_async need (once) ..."
	@$(OTHER)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@
