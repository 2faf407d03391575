# Every target sets up .venv by itself; once set up, that costs nothing.
#   make demo    edit a prompt, evaluate the edit with an embedded model, show the comment
#   make test    all tests; some of them: make test ARGS="tests/lint -k P201"
#   make static  types, style, layers, prompts, workflows
#   make check   what CI checks: static and test
#   make bench   measurements side by side with peers; writes benchmarks/results.md
#   make lock    resolve the lists of exact versions and hashes anew: make lock ARGS="--upgrade-package click"
#   make floors  tests with the oldest versions of our own dependencies that pyproject.toml allows
#   make simulate  how often the statistics err; writes benchmarks/simulation.md and lint's table of power

PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
READY := $(VENV)/.ready
GITHUB_API := $(VENV)/github-api/.ready
# Written bytecode and a plain path entry keep the start of every command short.
EDITABLE := --config-settings editable_mode=compat

# What is installed is named with version and hash; `make lock` writes these lists.
LISTS := promptops/requirements/base.txt promptops/requirements/eval.txt promptops/requirements/local.txt .github/requirements/dev.txt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test static check bench simulate lock floors model github-api rules clean

$(READY): pyproject.toml $(LISTS)
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes $(LISTS:%=-r %)
	$(PIP) --no-deps --no-build-isolation $(EDITABLE) -e .
	@echo ready > $@

model: $(READY)
	@$(BIN)/promptops model pull

# GitHub's own description of its API, which the tests' GitHub on loopback obeys.
$(GITHUB_API): .github/github_api.py | $(READY)
	$(BIN)/python .github/github_api.py $(@D)
	@echo ready > $@

github-api: $(GITHUB_API)

demo: model
	@$(BIN)/python .github/demo.py

test: model github-api
	$(BIN)/python -m pytest -n 2 $(ARGS)

static: model
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/promptops lint
	$(BIN)/promptops eval support-triage bakery-support --out .promptops/check
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet .github/workflows .github/dependabot.yml action.yml

check: static test

bench: model
	$(BIN)/python -m benchmarks

# Two processes share the work, so numpy's own threads would be in their way.
simulate: $(READY)
	OPENBLAS_NUM_THREADS=1 nice $(BIN)/python -m benchmarks.simulate $(ARGS)

lock: $(READY)
	$(BIN)/python .github/lock.py $(ARGS)

FLOORS := $(VENV)/floors
floors: model github-api
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(FLOORS)
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --extra local pyproject.toml -o $(FLOORS)/versions.txt
	$(BIN)/uv pip install --quiet --python $(FLOORS) -c $(FLOORS)/versions.txt $(EDITABLE) -e '.[local,dev]'
	ln -s ../github-api $(FLOORS)/github-api
	$(FLOORS)/$(notdir $(BIN))/python -m pytest -n 2 $(ARGS)

# The list of lint's rules, from what they say themselves.
rules: $(READY)
	$(BIN)/python -m tests.lint.write_rule_index

clean:
	rm -rf $(VENV) .promptops build dist *.egg-info
