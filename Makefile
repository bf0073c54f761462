# On a fresh machine with Python 3.11 and make, `make demo` and `make test` do everything.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
STAMP := $(VENV)/.installed

.PHONY: help setup demo extension test test-blender test-corpus lint type bench clean
.DEFAULT_GOAL := help

help: ## what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv and install Mien into it

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[blender,dev]'
	@touch $@

demo: setup ## direct the sample line into build/demo/
	$(BIN)/mien generate samples/line.flac --script-file samples/line.txt --fps 30 --seed 1 \
		--emotion surprise:0.8@-1.1 --emotion happy:0.9@1.0-3.0 --emotion sad:0.9@3.2- \
		$(foreach suffix,take fbx glb csv mp4 sheet.png plot.png,-o $(DEMO)/line.$(suffix))
	$(BIN)/mien emotions -o $(DEMO)/emotions.png

extension: setup ## the Blender extension as a zip in build/
	$(BIN)/python -m addon.package -o build

test: setup lint type ## lint, types and the tests
	$(BIN)/python -m pytest -n auto --dist loadfile

test-blender: setup ## the extension's tests on Blender 4.2, 4.5 and 5.0, in environments of their own
	$(BIN)/python -m tests.addon.versions

test-corpus: setup ## the tests over every recording in ../shared/data, some minutes
	$(BIN)/python -m pytest -m corpus

lint: setup ## style and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

type: setup ## mypy, strict
	$(BIN)/mypy

bench: setup ## time the whole way and each stage
	$(BIN)/python -m benchmarks

clean: ## remove build/ (not .venv)
	rm -rf build
