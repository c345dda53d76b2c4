# `make run` on a fresh machine needs Python 3.11 or newer and nothing else; `make help` says the rest.

NOTEBOOK ?= examples/penguins.ipynb
FOLDER ?= examples
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
NAME = $(basename $(notdir $(NOTEBOOK)))
MAKEFLAGS += --no-print-directory
# Packages that run cells, on other systems too.
EVERYWHERE := $(addprefix -p nbengine.,engines worker policy state runtime capture models)

# A stamp is newer than what it was made from while the environment is up to date.
RUNNABLE := $(VENV)/runnable.stamp
DEVELOPABLE := $(VENV)/developable.stamp

# Dependency groups are known to pip since 25.1.
define install
@$(PIP) install --quiet "pip>=25.1"
@$(PIP) install --quiet --constraint constraints.txt $(1)
endef

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run serve setup test check format bench clean system-packages

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Variables: PYTHON=<an interpreter, 3.11 or newer> NOTEBOOK=<what make run executes> FOLDER=<what make serve serves>"

run: $(RUNNABLE) ## execute the example notebook and render it as one HTML page
	@mkdir -p build
	@$(BIN)/nbengine run $(NOTEBOOK) -o build/$(NAME).ipynb --html build/$(NAME).html
	@echo "Open file://$(CURDIR)/build/$(NAME).html in a browser."

serve: $(RUNNABLE) ## serve the notebooks in examples/ over HTTP, and open them in the browser
	@$(BIN)/nbengine serve $(FOLDER)

setup: $(DEVELOPABLE) ## install everything that work on the project needs into .venv

test: $(DEVELOPABLE) system-packages ## run the tests
	@$(BIN)/python -m pytest --quiet --numprocesses 2

check: $(DEVELOPABLE) ## lint, formatting, types (as other systems have them, too), layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@for system in darwin win32; do \
		$(BIN)/mypy --platform $$system --cache-dir .mypy_cache/$$system $(EVERYWHERE) || exit 1; \
	done
	@$(BIN)/lint-imports --no-logo

format: $(DEVELOPABLE) ## mend what ruff can mend
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

bench: $(DEVELOPABLE) ## measure the headline numbers beside their peers
	@$(BIN)/python -m benchmarks

clean: ## remove everything that was made here, the environment included
	@rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find backend tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@sh scripts/make_venv $(VENV) $(PYTHON)

$(RUNNABLE): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing what the notebooks need into $(VENV): once, a few minutes on a slow line."
	$(call install,--editable ".[html,server]" --group examples)
	@touch $@

$(DEVELOPABLE): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing what the work on the project needs into $(VENV): once, a few minutes on a slow line."
	$(call install,--editable ".[all]" --group dev)
	@touch $(RUNNABLE) $@

system-packages: ## install the browser that some tests use, where that may be done
	@sh scripts/install_browser
