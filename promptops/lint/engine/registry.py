"""All rules, imported when a file comes that they look at: most files need only a few, and lint must start fast.

A new rule is one file in rules/ and one of cases in tests/lint/cases/; `make rules` writes its line in rule_index.py.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from promptops.lint.engine.rule_index import ACROSS_FILES, OF_ONE_FILE

MODULES = dict(sorted({**{code: module for code, (module, _) in OF_ONE_FILE.items()}, **ACROSS_FILES}.items()))
"""Code → module below rules/, in the order of the codes."""
NAMES = {code: module.rpartition(".")[2][5:].replace("_", "-") for code, module in MODULES.items()}
"""Code → name, such as `unused-input`."""


@cache
def load(module: str) -> ModuleType:
    """A rule, by its module below rules/, imported now."""
    return import_module(f"promptops.lint.rules.{module}")
