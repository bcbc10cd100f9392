# Every target sets up what it needs; nothing is written outside this folder.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
TEACH := .venv-teach/bin
UV = PATH="$$PATH:$(CURDIR)/.cache/uv-tool/bin" VIRTUAL_ENV="$(CURDIR)/.venv" uv
NEED_UV = command -v uv >/dev/null || test -x .cache/uv-tool/bin/uv || \
  { "$(PYTHON)" -m venv .cache/uv-tool && .cache/uv-tool/bin/python -m pip install -q uv; }
JOBS ?=
VOILA ?=

export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
export IPYTHONDIR := $(CURDIR)/.cache/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/.cache/jupyter/config
export JUPYTER_DATA_DIR := $(CURDIR)/.cache/jupyter/data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.cache/jupyter/runtime
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup reports plan status test check-data lint lab explore bench lessons grade-lessons test-lessons prune clean
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: .venv/.stamp ## the virtual environment, from the lock file

.venv/.stamp: requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed (requirements.lock is made for it); found: $$("$(PYTHON)" --version). Say: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "setting up .venv from requirements.lock (once; again only when that file or pyproject.toml changes)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@$(NEED_UV)
	@$(UV) pip sync -q --compile-bytecode --require-hashes requirements.lock
	@$(UV) pip install -q --no-deps -e .
	@touch $@

reports: setup ## every report that is not up to date, and the site's index
	@$(BIN)/helpers run $(if $(JOBS),--jobs $(JOBS))

plan: setup ## what make reports would run, and why
	@$(BIN)/helpers plan

status: setup ## how many reports are made, failed, out of date
	@$(BIN)/helpers status

prune: setup ## remove reports that reports.toml no longer asks for
	@$(BIN)/helpers prune

test: setup ## all tests
	@$(BIN)/python -m pytest -q

check-data: setup ## one line per table; what is wrong and where
	@$(BIN)/helpers check

lint: setup ## the linter and the formatter's opinion
	@$(BIN)/ruff check src tests notebooks benchmarks
	@$(BIN)/ruff format --check src tests benchmarks

lab: setup ## JupyterLab with the helpers importable
	@$(BIN)/jupyter lab --notebook-dir=.

explore: setup ## the explorer as a page in the browser, on this machine only
	@mkdir -p "$(JUPYTER_RUNTIME_DIR)"
	@JUPYTER_PATH="$(CURDIR)/src/helpers/templates" $(BIN)/voila notebooks/explore.ipynb --template=explore --Voila.ip=127.0.0.1 \
	  --Voila.connection_dir_root="$(JUPYTER_RUNTIME_DIR)" --MappingKernelManager.cull_idle_timeout=1800 $(VOILA)

lessons: .venv-teach/.stamp ## student and instructor versions of the lessons, in lessons_built/
	@$(TEACH)/python notebooks/lessons/build.py

grade-lessons: .venv-teach/.stamp ## grades and feedback for lessons_built/submitted/<student>/<lesson>/
	@$(TEACH)/python notebooks/lessons/grade.py

test-lessons: .venv-teach/.stamp ## the lessons' tests with the grader
	@$(TEACH)/python -m pytest -q tests/notebooks/test_lessons.py

.venv-teach/.stamp: requirements-teach.lock pyproject.toml | setup
	@echo "setting up .venv-teach, the environment with the grader, from requirements-teach.lock"
	@test -x $(TEACH)/python || "$(PYTHON)" -m venv .venv-teach
	@$(NEED_UV)
	@$(subst /.venv",/.venv-teach",$(UV)) pip sync -q --require-hashes requirements-teach.lock
	@$(subst /.venv",/.venv-teach",$(UV)) pip install -q --no-deps -e .
	@touch $@

bench: setup ## the benchmarks; not part of the tests
	@$(BIN)/python -m benchmarks

clean: setup ## remove generated reports and caches (not the environment)
	@$(BIN)/helpers clean
	@rm -rf .pytest_cache .ruff_cache
