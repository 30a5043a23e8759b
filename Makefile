# Everything starts here, and from nothing but Python 3.11+. Paths are relative on purpose: the
# checkout may be in a folder with a space in its name.

PYTHON ?= python3
VENV_PYTHON = .venv/bin/python
PIP = $(VENV_PYTHON) -m pip --disable-pip-version-check --quiet --quiet
PIP_COMPILE = $(VENV_PYTHON) -m piptools compile --quiet --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-options

.DEFAULT_GOAL := help
.PHONY: help run test check lint bench fuzz lock clean browser azurite

help:  ## this list
	@echo 'make run    the portal on http://127.0.0.1:8000/ (PORT=… for another port)'
	@echo 'make test   all tests'
	@echo 'make check  what CI runs: style, types, layers, templates, migrations, tests'
	@echo 'make bench  the budgets, as JSON'
	@echo 'make fuzz   a thousand made-up requests to every operation of the API'
	@echo 'make lock   pin the requirements anew'
	@echo 'make clean  remove what was installed or cached; the data in .state stays'

run: .venv/.runtime
	@exec $(VENV_PYTHON) -m runtime_portal.launch run --until-parent-ends

test: .venv/.dev browser azurite
	$(VENV_PYTHON) -m pytest -n 2

check: lint test

# Reading the models, for types and migrations, takes no database.
lint: export PORTAL_NO_DATABASE = 1
lint: .venv/.dev
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy
	.venv/bin/lint-imports
	$(VENV_PYTHON) -m djlint templates --check --lint --quiet
	find templates -name '*.html' -print0 | xargs -0 -r .venv/bin/djade --target-version 5.2 --check
	$(VENV_PYTHON) manage.py makemigrations --check --dry-run

bench: .venv/.dev
	@exec $(VENV_PYTHON) -m benchmarks

lock: .venv/.dev
	$(PIP_COMPILE) --output-file requirements.txt requirements.in
	$(PIP_COMPILE) --output-file requirements-dev.txt requirements-dev.in

fuzz: export FUZZ_EXAMPLES = 1000
fuzz: .venv/.dev
	$(VENV_PYTHON) -m pytest -q --timeout 7200 tests/api/test_fuzz.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf .state/test test-results staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Browser tests skip themselves, visibly, where there is no Chromium.
browser:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || \
	command -v google-chrome >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			echo 'Installing Chromium for the browser tests …'; \
			{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -qq --no-install-recommends chromium; } >/dev/null || \
			echo 'Chromium could not be installed: the browser tests are skipped.'; \
		else \
			echo 'There is no Chromium here: the browser tests are skipped.'; \
		fi; }

# Azure Blob's emulator, for the tests of step logs there. Without it they skip themselves, visibly,
# and in CI they fail.
azurite: .venv/.dev
	@cmp -s tests/azurite/package-lock.json .venv/azurite/installed.json || { \
		if command -v npm >/dev/null 2>&1; then \
			echo 'Installing Azurite for the tests of step logs …'; \
			rm -rf .venv/azurite && mkdir .venv/azurite && \
			cp tests/azurite/package.json tests/azurite/package-lock.json .venv/azurite/ && \
			( cd .venv/azurite && npm ci --ignore-scripts --no-audit --no-fund --silent ) && \
			cp tests/azurite/package-lock.json .venv/azurite/installed.json || \
			echo 'Azurite could not be installed: no test of step logs in Azure runs.'; \
		else \
			echo 'There is no npm here: no test of step logs in Azure runs.'; \
		fi; }

# .unfinished is there while something is being installed. An interrupted pip can leave a package
# that looks installed and is not, so whoever finds the mark starts over.
define install
	@"$(PYTHON)" -c 'import sys' 2>/dev/null || \
		{ echo 'Python 3.11 or newer is needed, and "$(PYTHON)" does not start; set PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit(f"Python 3.11 or newer is needed, and $(PYTHON) is {v[0]}.{v[1]}; set PYTHON=/path/to/python3")'
	@if [ -e .venv/.unfinished ] || ! $(VENV_PYTHON) -m pip --version >/dev/null 2>&1; then \
		"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
			{ echo '"$(PYTHON)" cannot make virtual environments; on Debian: apt-get install python3-venv' >&2; exit 1; }; \
		echo 'Making the virtual environment in .venv …'; \
		rm -rf .venv && mkdir .venv && : > .venv/.unfinished && "$(PYTHON)" -m venv .venv; \
	fi
	@echo 'Installing $(1) …'
	@: > .venv/.unfinished && $(PIP) install --requirement $(1) && touch $@ && rm .venv/.unfinished
endef

# A virtual environment whose Python has gone is made anew whatever its stamps say.
ifneq ($(shell $(VENV_PYTHON) -c '' 2>/dev/null && echo runs),runs)
.PHONY: .venv/.runtime .venv/.dev
endif

.venv/.runtime: requirements.txt
	$(call install,requirements.txt)

.venv/.dev: requirements.txt requirements-dev.txt
	$(call install,requirements-dev.txt)
	@touch .venv/.runtime
