"""All rules, imported when a file comes that they look at: most files need only a few, and lint must start fast.

A new rule is one file in rules/ and one of cases in tests/lint/cases/; `make rules` writes its line in rule_index.py.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from promptops.lint.engine.rule_index import ACROSS_FILES, OF_ONE_FILE

if TYPE_CHECKING:
    from promptops.lint.engine.rule import ProjectRule, Rule

NAMES = {
    code: module.rpartition(".")[2][5:].replace("_", "-")
    for code, module in {**{code: module for code, (module, _) in OF_ONE_FILE.items()}, **ACROSS_FILES}.items()
}
"""Code → name, such as `unused-input`."""


def load(module: str) -> Rule:
    """A rule of one file, by its module below rules/, imported now."""
    rule: Rule = _load(module)
    return rule


def load_across(module: str) -> ProjectRule:
    """A rule of all files together, by its module below rules/, imported now."""
    rule: ProjectRule = _load(module)
    return rule


@cache
def _load(module: str) -> Any:
    # The name says all: p101_unused_input holds P101 unused-input, which is the class UnusedInput.
    words = module.rpartition(".")[2].split("_")[1:]
    return getattr(import_module(f"promptops.lint.rules.{module}"), "".join(map(str.capitalize, words)))()


def all_rules() -> tuple[Rule | ProjectRule, ...]:
    """Every rule, in the order of the codes: for the manual and the tests."""
    found: list[Rule | ProjectRule] = [load(module) for module, _ in OF_ONE_FILE.values()]
    found += map(load_across, ACROSS_FILES.values())
    return tuple(sorted(found, key=lambda rule: rule.code))
