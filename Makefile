# Needs Python 3.11 or later and make. Everything else is fetched, checked against hashes, and put into .venv and a cache.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || command -v python)
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo nation-report fuzz machine leak-check lives bench-standardise bench-suspend bench-replay bench-recall bench-takeover \
  bench-emergency bench-subscribe bench-decide oracles explain-timing truth-day test \
  test-docker lint format install lock clean

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
	  printf '  make %-17s %s\n' "$$name" "$$what"; done

demo: install ## Run a whole hub for once: 43 forces, 60 agencies, a real broker; every record is accounted for
	$(BIN)/pointduty demo $(ARGS)

nation-report: install ## Compare a week of the synthetic nation with published figures; DATA: folder of the public files
	@test -n '$(DATA)' || { echo 'make: DATA=folder of the public files (deploy/nation/SOURCES.md)'; exit 1; }
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(BIN)/pointduty simulate --seed 4 --hours 168 --scale 0.2 --out "$$folder/nation" && \
	PYTHONPATH=tests:. $(BIN)/python tests/make_nation_report.py "$$folder/nation" '$(DATA)'

truth-day: install ## Hold a day of the nation, through the hub, against its truth file (ARGS='--scale 0.1 --seed 2')
	PYTHONPATH=tests:. $(BIN)/python tests/truth_day.py $(ARGS)

lives: install ## Hold agencies' databases against a model of a hub's history (ARGS='--nation 0.02 168 --kills 50')
	PYTHONPATH=tests:. $(BIN)/python tests/lives_run.py $(if $(ARGS),$(ARGS),--nation 0.02 24 --recalls 60 --corrections 40 --erasures 10)

bench-recall: install ## Measure how soon a recall is handled beside 500 submissions/s (ARGS='--recalls 200')
	PYTHONPATH=tests:. $(BIN)/python tests/bench_recall.py $(ARGS)

fuzz: install ## Put a million mutated submissions through standardise (ARGS='--count 20000 --seed 7')
	PYTHONPATH=tests:. $(BIN)/python tests/fuzz_standardise.py $(ARGS)

machine: install ## Search for a history of holders that breaks a promise (ARGS='--examples 3000')
	PYTHONPATH=tests:tests/stream_processors:. $(BIN)/python tests/machine_run.py $(ARGS)

leak-check: install ## Search every byte that a nation's day makes the hub write for everybody in it (ARGS='--scale 0.1 --attack')
	PYTHONPATH=tests:. $(BIN)/python tests/leak_check.py $(ARGS)

bench-standardise: install ## Measure standardise beside bare fastavro; DATA: folder of the public files
	@test -n '$(DATA)' || { echo 'make: DATA=folder of the public files'; exit 1; }
	PYTHONPATH=tests:. $(BIN)/python tests/bench_standardise.py '$(DATA)' $(ARGS)

bench-emergency: install ## Measure how soon an emergency grant is live; HOME_UP: a home whose broker is up (pointduty up)
	@test -n '$(HOME_UP)' || { echo 'make: HOME_UP=home folder of a running broker'; exit 1; }
	PYTHONPATH=tests:. $(BIN)/python tests/bench_emergency.py '$(HOME_UP)' $(ARGS)

bench-subscribe: install ## Measure a subscriber on one core; HOME_UP: a home whose broker is up (pointduty up)
	@test -n '$(HOME_UP)' || { echo 'make: HOME_UP=home folder of a running broker'; exit 1; }
	PYTHONPATH=tests:. $(BIN)/python tests/bench_subscribe.py '$(HOME_UP)' $(ARGS)

bench-decide: install ## Measure deciding: a day of the nation, 60 and 500 bound agreements, cold and warm
	PYTHONPATH=tests:. $(BIN)/python tests/bench_decide.py $(ARGS)

explain-timing: install ## Whether time tells an agency what was withheld; AGENCY: on the hub of POINTDUTY_HOME; ARGS: pairs
	@test -n '$(AGENCY)' || { echo 'Say whose: make explain-timing AGENCY=agency-id'; exit 2; }
	PYTHONPATH=tests:. $(BIN)/python tests/bench_explain_timing.py '$(AGENCY)' $(ARGS)

oracles: install ## Decide 100,000 pairs by the hub, a naive evaluator and Cedar (ARGS='--pairs 500000 --seed 7')
	PYTHONPATH=tests:. $(BIN)/python tests/oracles_run.py $(ARGS)

bench-takeover: install ## Measure how long a lane of a million holders takes to change hands (ARGS='--holders 100000')
	PYTHONPATH=tests:. $(BIN)/python tests/bench_takeover.py $(ARGS)

bench-replay: install ## Measure how much a replay slows live traffic (ARGS='--rates 50 100 200 --rounds 2')
	PYTHONPATH=tests:. $(BIN)/python tests/bench_replay.py $(ARGS)

bench-suspend: install ## Measure how long a suspended agency can still read (ARGS='--trials 10')
	PYTHONPATH=tests:. $(BIN)/python tests/bench_suspend.py $(ARGS)

# Three processes, each with a broker of its own: most of what tests on a broker do is to wait. Files stay whole, in their order:
# the long ones stand in the middle, and the short ones behind them even the end out.
test: lint ## Check everything: lint, types, all tests on a real broker; on Docker too where an engine answers
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)
	@if $(BIN)/python -c 'import sys; from deploy.broker_docker import docker_answers; sys.exit(not docker_answers())'; \
	then $(MAKE) test-docker; \
	else echo '*** NOT RUN: the tests on Docker. No Docker engine answers here. Start one, then: make test-docker ***'; fi

# The chaos tests kill processes of the embedded broker and of the hub by their ids. In containers they would try the
# hub's same code a second time, for as many minutes again; what differs there is how broker and registry start.
test-docker: install ## Run the integration tests on Kafka and registry in containers, on images built here
	$(BIN)/python -m deploy.images.build
	POINTDUTY_TEST_BROKER=docker TESTCONTAINERS_RYUK_DISABLED=true $(BIN)/python -m pytest tests/integration -m 'not chaos'

lint: install ## Check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install ## Mend style and format where a program can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: .venv/installed ## Make .venv from the lock

# A changed lock makes .venv anew: pip would leave behind what the lock no longer names.
.venv/locked: requirements.lock
	@test -n '$(PYTHON)' || { echo 'make: there is no Python on the path; Python 3.11 or later is needed'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "make: Python 3.11 or later is needed: make PYTHON=...")'
	rm -rf .venv
	$(PYTHON) -m venv .venv
	@echo 'installing what requirements.lock names (once; about a minute)'
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

.venv/installed: .venv/locked pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

lock: ## Make requirements.lock anew after a change in pyproject.toml (ARGS=--upgrade: newest versions)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/python" -m pip install --quiet uv && \
	"$$folder/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command 'make lock' --group dev --group docs --group build --output-file requirements.lock pyproject.toml $(ARGS)

clean: ## Remove .venv and caches. Data of a hub (.pointduty) stay
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
