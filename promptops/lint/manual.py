"""The manual: every rule's docstring is its page."""

from __future__ import annotations

import difflib
import inspect

from promptops.errors import SourceError
from promptops.lint.base import Rule
from promptops.lint.registry import RULES


def page(name: str) -> str:
    """The page of the rule with this code or name. SourceError with the nearest one when there is none."""
    for rule in RULES:
        if name.lower() in (rule.code.lower(), rule.name):
            return f"{rule.code} {rule.name}\n\n{inspect.getdoc(rule)}"
    known = [name for rule in RULES for name in (rule.code, rule.name)]
    close = difflib.get_close_matches(name, known, 1) or difflib.get_close_matches(name.upper(), known, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise SourceError("there is no such rule", where=name, hint=f"{hint}`promptops lint --rules` lists them all")


def listing() -> str:
    """All rules, one a line: code, name, and what it finds."""
    width = max(len(rule.name) for rule in RULES)
    return "\n".join(f"{rule.code}  {rule.name:<{width}}  {_what(rule)}" for rule in RULES)


def _what(rule: Rule) -> str:
    return (inspect.getdoc(rule) or "").split("\n", 1)[0]
