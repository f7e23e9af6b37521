# make demo: the whole way on the sample shop. make test: the tests, on the embedded server; make test-slow: those that take minutes
# each. make bench: how fast loading, predicting, refreshing and the page are, beside peers (hours; benchmarks/README.md has shorter
# ways). Nothing but Python is needed.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow bench lint format clean

demo: .venv/installed
	@$(BIN)/runner demo

test: .venv/installed-test
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-slow: .venv/installed-test
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

bench: .venv/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.predict
	$(BIN)/python -m benchmarks.refresh --json bench.json
	$(BIN)/python -m benchmarks.plot bench.json
	$(BIN)/python -m benchmarks.page

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

# A .venv without pip (Debian's Python needs the package python3-venv to make one) or of an older Python is made anew.
.venv/installed: pyproject.toml
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || $(PYTHON) -m venv --clear .venv
	@echo "installing into .venv: half a minute, once" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/installed-test: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

.venv/installed-lint: .venv/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	@touch $@
