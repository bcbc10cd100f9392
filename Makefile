# Every target sets up what it needs; nothing is written outside this folder. Paths in commands are relative: no shell reads this
# folder's name.
ifneq (,$(findstring :,$(CURDIR)))
$(error This folder's name has a colon, which no PATH can hold. Rename the folder, then say make again)
endif

ifneq (command line,$(origin PYTHON))
PYTHON :=
endif
export PYTHON
BIN := .venv/bin
# The command rotation, started as reports need it, whatever characters this folder's name has.
ROTATION := PYTHONHASHSEED=0 PYTHONSAFEPATH=1 $(BIN)/python -m press
# The Python that looks after the environments: the one named, else the one in .venv, else the first that is found.
ANY = for p in $${PYTHON:+"$$PYTHON"} .venv/bin/python python3.11 python3.12 python3.13 python3; do "$$p" -c '' 2>/dev/null && break; done; "$$p" -I
FIND = $(ANY) tools/environment.py
JOBS ?=
ONLY ?=
ARGS ?=
DEMO := 00_main_designs 02_programmes/kon-tum 03_flows/moves 04_leaders/hometown--secretary \
  05_province/kon-tum 06_indicator/pci-score 07_association/pci-score--hometown--secretary \
  08_event_study/pci-score--hometown--secretary 11_turnover/pci-score--secretary 12_power/pci-score--secretary \
  15_brief/secretary 16_who_is_sent_where/secretary
TRANSLATED = $(if $(filter command line,$(origin LANG)),$(LANG))

export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
export IPYTHONDIR := $(CURDIR)/.cache/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/.cache/jupyter/config
export JUPYTER_DATA_DIR := $(CURDIR)/.cache/jupyter/data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.cache/jupyter/runtime
export JUPYTERLAB_SETTINGS_DIR := $(CURDIR)/.cache/jupyter/lab/user-settings
export JUPYTERLAB_WORKSPACES_DIR := $(CURDIR)/.cache/jupyter/lab/workspaces
export PRE_COMMIT_HOME := $(CURDIR)/.cache/pre-commit
export MYPY_CACHE_DIR := $(CURDIR)/.cache/mypy
export RUFF_CACHE_DIR := $(CURDIR)/.cache/ruff
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONNOUSERSITE := 1
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-reports setup-cluster setup-teach reports demo plan status prune test check-data lint format hooks docs licences locks lab explore \
  bench lessons grade-lessons test-lessons clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: ## the developer's environment, from requirements-dev.lock
	@$(FIND) dev

setup-reports: ## the smallest environment that makes the reports, from requirements.lock
	@$(FIND) reports

setup-cluster: ## that, and what many machines need, from requirements-cluster.lock
	@$(FIND) cluster

setup-teach: ## the environment with the grader, from requirements-teach.lock
	@$(FIND) teach

reports: setup-reports ## every report that is not up to date, and the site's index
	@$(ROTATION) run $(if $(JOBS),--jobs $(JOBS)) $(if $(ONLY),--only '$(ONLY)')

demo: setup-reports ## fifteen reports to look at first: the front page, the brief, one province, one outcome
	@$(ROTATION) run $(foreach name,$(DEMO),--only '$(name)') $(if $(JOBS),--jobs $(JOBS))
	@echo "open reports/index.html; make reports makes all reports"

plan: setup-reports ## what make reports would run, and why
	@$(ROTATION) plan

status: setup-reports ## how many reports are made, failed, out of date
	@$(ROTATION) status

prune: setup-reports ## remove reports that reports.toml no longer asks for
	@$(ROTATION) prune

check-data: setup-reports ## one line per table; what is wrong and where
	@$(ROTATION) check

test: setup ## all tests; ARGS="-p randomly" in another order each time
	@$(BIN)/python -m pytest -q $(ARGS)

lint: setup ## the linter, the formatter's opinion, the type checker
	@$(BIN)/python -P -m ruff check
	@$(BIN)/python -P -m ruff format --check
	@$(BIN)/python -P -m mypy

format: setup ## put code and notebooks into the formatter's form
	@$(BIN)/python -P -m ruff check --fix-only
	@$(BIN)/python -P -m ruff format

hooks: setup ## check what is committed before it is (pre-commit)
	@$(BIN)/python -P -m pre_commit install

docs: setup ## the pages of documentation with the functions, in docs/built/index.html
	@$(BIN)/python -P -m sphinx -q -j auto -d .cache/docs docs docs/built

licences: setup ## docs/licences.md, from the packages that are installed
	@$(BIN)/python tools/licences.py

locks: setup ## the locks, made again from pyproject.toml; UPGRADE=1 for the newest versions
	@$(BIN)/python tools/locks.py $(if $(UPGRADE),--upgrade)

lab: setup-reports ## JupyterLab with the helpers importable; LANG=vi for Vietnamese copies of the notebooks
	@$(if $(TRANSLATED),$(ROTATION) translate --lang '$(TRANSLATED)')
	@$(BIN)/python -P -m jupyter lab --notebook-dir=. --config=tools/jupyterlab/config.py --LabApp.app_settings_dir=tools/jupyterlab \
	  $(if $(TRANSLATED),--LabApp.default_url=/lab/tree/lab/'$(TRANSLATED)') $(ARGS)

explore: setup-reports ## the explorer and the made reports in the browser, on this machine only; ARGS="--port 9000"
	@$(ROTATION) serve --open $(ARGS)

lessons: setup-teach ## student and instructor versions of the lessons, in lessons_built/
	@.venv-teach/bin/python notebooks/lessons/build.py

grade-lessons: setup-teach ## grades and feedback for lessons_built/submitted/<student>/<lesson>/
	@.venv-teach/bin/python notebooks/lessons/grade.py

test-lessons: setup-teach ## the lessons' tests with the grader
	@.venv-teach/bin/python -m pytest -q tests/notebooks/test_lessons.py

bench: setup ## the benchmarks; not part of the tests
	@$(BIN)/python -m benchmarks

clean: ## remove generated reports and caches (not the environment)
	@mkdir -p reports && exec 9<>reports/.lock && { $(ANY) -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null || \
	  { echo "reports/ is being written by $$(cat reports/.lock). Wait until it ends, then say make clean again." >&2; exit 1; }; } && \
	  find reports -mindepth 1 -maxdepth 1 ! -name README.md ! -name .lock -exec rm -rf {} + && rm -f reports/.lock
	@rm -rf .cache/press.json .pytest_cache .ruff_cache docs/built
