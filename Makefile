# make demo: the whole way on the sample shop. make test: all tests on the embedded server. make bench: how fast loading and
# refreshing are, beside peers (hours; benchmarks/README.md has shorter ways). Nothing but Python is needed.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test bench lint format clean

demo: .venv/installed
	@$(BIN)/runner demo

test: .venv/installed-test
	$(BIN)/python -m pytest -n 2 --dist worksteal

bench: .venv/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.refresh --json bench.json
	$(BIN)/python -m benchmarks.plot bench.json

lint: .venv/installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar db runner

format: .venv/installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --disable-progress-bar db runner

clean:
	-$(BIN)/runner stop
	rm -rf .venv .pgdata .pgdata.lock dashboard.html

.venv/installed: pyproject.toml
	@test -d .venv || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/installed-test: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

.venv/installed-lint: .venv/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	@touch $@
