# Everything goes through two commands, set-up included:
#   make app    the window on the sample pictures (without a display: an HTML report of them)
#   make test   ruff, the type checker, the import contracts, pytest
#   make docs    the documentation site, its links checked, in build/site
#   make test-portable   the tests of numbers as other machines round: instruction sets, threads, seeds (an hour)
# and for those who hand it on, or want it in their menu:
#   make bundle     dist/Whylight/, the app that needs no Python (make bundle-cuda: with CUDA)
#   make dist       the same as one file, dist/whylight-VERSION-SYSTEM.tar.xz
#   make install    that app in the menu of this user (PREFIX=/usr/local: of all); make uninstall

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
REPORT ?= report
# One more than there are processors, since the window's tests wait most of their time.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

BUNDLE_VENV := .venv-bundle
BUNDLE_EXTRAS := bundle
CUDA_VENV := .venv-bundle-cuda
DIST := dist/Whylight
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
PREFIX ?= $(HOME)/.local

.PHONY: app test test-portable lint docs bench bundle bundle-cuda dist install uninstall self-test-record clean

app: $(VENV)/.app
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ]; then \
		$(BIN)/python -m desktop; \
	else \
		$(BIN)/whylight explain assets/samples --out $(REPORT) && \
		echo "There is no display here. Open this report in a browser: $(REPORT)/index.html"; \
	fi

test: lint
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 5 --dist loadfile --no-loadscope-reorder

# QUICK=1: a part of it in about two minutes, which .ci/run takes.
test-portable: $(VENV)/.dev
	$(if $(QUICK),,tools/system_packages.sh processors)
	$(BIN)/python tools/test_portable.py $(if $(QUICK),--quick) $(PORTABLE)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "Open build/site/index.html"

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks.explanation_speed

# The seed is for the order of sets within compiled modules: the same input is to give the same bytes.
bundle: $(BUNDLE_VENV)/.ready
	PYTHONHASHSEED=0 $(BUNDLE_VENV)/bin/pyinstaller --noconfirm --log-level WARN --distpath $(dir $(DIST)) \
		--workpath build/pyinstaller$(BUNDLE_VENV:.venv-bundle%=%) build.spec
	$(BUNDLE_VENV)/bin/python -m cyclonedx_py environment --output-reproducible --output-format JSON \
		--output-file $(DIST)/sbom.cdx.json
	@echo "The app is $(DIST)/Whylight"

# The same with the runtime for NVIDIA GPUs; some gigabytes. CUDA and cuDNN come from the wheels of `cuda`.
bundle-cuda: $(CUDA_VENV)/.cuda
	$(MAKE) bundle BUNDLE_VENV=$(CUDA_VENV) BUNDLE_EXTRAS=bundle,cuda DIST=dist/cuda/Whylight

dist: bundle
	$(BUNDLE_VENV)/bin/python bundle/archive.py $(DIST) \
		dist/whylight-$(VERSION)-$$(uname -s | tr A-Z a-z)-$$(uname -m).tar.xz

install: bundle
	bundle/install.sh install "$(DIST)" "$(DESTDIR)$(PREFIX)"

uninstall:
	bundle/install.sh uninstall "$(DIST)" "$(DESTDIR)$(PREFIX)"

# After the bundled pair has been replaced: what `whylight self-test` compares with.
self-test-record: $(VENV)/.app
	$(BIN)/python -m desktop.self_test

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: pyproject.toml tools/system_packages.sh | $(VENV)/bin/python
	tools/system_packages.sh app
	$(PIP) install --editable ".[desktop]"
	@touch $@

$(VENV)/.dev: pyproject.toml tools/system_packages.sh | $(VENV)/bin/python
	tools/system_packages.sh test
	@echo "Installing PyTorch and the tests' needs; the first time takes some minutes"
	$(PIP) install --editable ".[dev]"
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) install --editable ".[dev,bench]"
	@touch $@

$(BUNDLE_VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(BUNDLE_VENV)
	$(BUNDLE_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --editable ".[$(BUNDLE_EXTRAS)]"
	@touch $@

# Both runtimes unpack into one folder, and each asks for files of its own: the one for GPUs has to be last.
$(CUDA_VENV)/.cuda: pyproject.toml
	$(MAKE) $(CUDA_VENV)/.ready BUNDLE_VENV=$(CUDA_VENV) BUNDLE_EXTRAS=bundle,cuda
	$(CUDA_VENV)/bin/python -m pip --quiet uninstall --yes onnxruntime
	$(CUDA_VENV)/bin/python -m pip --quiet install --no-deps --force-reinstall onnxruntime-gpu
	@touch $@

clean:
	rm -rf $(VENV) $(BUNDLE_VENV) $(CUDA_VENV) build dist .mypy_cache .ruff_cache .pytest_cache
