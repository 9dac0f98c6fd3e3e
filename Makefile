# Everything goes through two commands, set-up included:
#   make app    the window on the sample pictures (without a display: an HTML report of them)
#   make test   ruff, the type checker, the import contracts, pytest

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
REPORT ?= report

.PHONY: app test lint bench clean

app: $(VENV)/.app
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ]; then \
		$(BIN)/python -m desktop; \
	else \
		$(BIN)/python -m explain assets/samples --out $(REPORT) && \
		echo "There is no display here. Open this report in a browser: $(REPORT)/index.html"; \
	fi

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.explain

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: pyproject.toml tools/system_packages.sh | $(VENV)/bin/python
	tools/system_packages.sh app
	$(PIP) install --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml tools/system_packages.sh | $(VENV)/bin/python
	tools/system_packages.sh test
	@echo "Installing PyTorch and the tests' needs; the first time takes some minutes"
	$(PIP) install --editable ".[train,dev]"
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
