# Every target sets up .venv by itself; once set up, that costs nothing.
#   make demo    edit a prompt, evaluate the edit with an embedded model, show the comment
#   make test    all tests; some of them: make test ARGS="tests/lint -k P201"
#   make static  types, style, layers, prompts, workflows
#   make check   what CI checks: static and test
#   make bench   measurements side by side with peers; writes benchmarks/results.md
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

.PHONY: demo test static check bench simulate model github-api rules clean

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(EDITABLE) -e '.[local,dev]'
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
	$(BIN)/promptops eval support-triage --out .promptops/check
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/zizmor --offline --quiet .github/workflows action.yml

check: static test

bench: model
	$(BIN)/python -m benchmarks

# Two processes share the work, so numpy's own threads would be in their way.
simulate: $(READY)
	OPENBLAS_NUM_THREADS=1 nice $(BIN)/python -m benchmarks.simulate $(ARGS)

# The list of lint's rules, from what they say themselves.
rules: $(READY)
	$(BIN)/python -m tests.lint.write_rule_index

clean:
	rm -rf $(VENV) .promptops build dist *.egg-info
