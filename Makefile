# Everything a person does with Mulakat, by name. `make` alone lists it.

PY := .venv/bin/python
COMPILE = .venv/bin/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo setup test check prove bench format lock messages clean browser
unexport PYTHONHOME PYTHONPATH

# Side by side, but those of one file stay together, the longest first (tests/conftest.py).
TESTS := -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

# A .venv whose interpreter went away is set up anew, whatever its stamps say.
ifneq ($(shell $(PY) -c 'print("works")' 2>/dev/null),works)
.PHONY: .venv/.run-stamp
endif

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

demo: .venv/.run-stamp ## Serve the whole thing on one page, with made-up visitors and jails (PORT=... chooses the port)
	@exec $(PY) bot.py demo

setup: .venv/.run-stamp ## Prepare .venv with what running needs

test: .venv/.dev-stamp browser ## Run every test (ARGS="tests/visits -k otp" chooses some)
	$(PY) $(TESTS)

check: .venv/.dev-stamp browser ## What must pass before a change lands: style, types, import contracts, every test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo --no-cache
	$(PY) $(TESTS)

prove: export MULAKAT_PROVE := 1
prove: .venv/.dev-stamp browser ## Run every test with its full counts (long)
	$(PY) $(TESTS)

bench: .venv/.bench-stamp ## Measure against the usual way to write a bot (some minutes; ARGS="--only saturated" chooses)
	$(PY) -m bench $(ARGS)

format: .venv/.dev-stamp ## Lay the code out as `make check` wants it
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: .venv/.dev-stamp ## Write requirements/*.lock anew from pyproject.toml (UPGRADE=1 takes the newest versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) -o requirements/run.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group dev -c requirements/run.lock -o requirements/dev.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group bench -c requirements/run.lock -o requirements/bench.lock

messages: .venv/.dev-stamp ## Collect the sentences to be translated into locales/
	$(PY) locales/collect.py

clean: ## Remove .venv and every cache
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

browser:
	@sh requirements/browser.sh

.venv/.run-stamp: requirements/run.lock
	@sh requirements/setup.sh run
	@touch $@

.venv/.dev-stamp: requirements/dev.lock .venv/.run-stamp
	@sh requirements/setup.sh dev
	@touch $@

.venv/.bench-stamp: requirements/bench.lock .venv/.run-stamp
	@sh requirements/setup.sh bench
	@touch $@
