"""The words that make lint look at a template are those that a rendering checks: neither list can be forgotten."""

from __future__ import annotations

from promptops.lint.templates.expanding_filters import WORDS
from promptops.templating.limits.calls import TEXT_METHODS_THAT_GROW
from promptops.templating.limits.filter_checks import CHECKS

BY_TEXTS = {
    "filesizeformat", "float", "int", "join", "pprint", "replace", "striptags", "sum", "translate", "truncate",
    "urlize", "wordwrap", "xmlattr", "format_map", "hex",
}  # fmt: skip
"""What these make is as long as the texts that they are given; lint sees `*`, by which such are made."""


def test_what_makes_much_of_a_number_is_looked_at_by_lint() -> None:
    assert {*CHECKS, *TEXT_METHODS_THAT_GROW} - BY_TEXTS - {*WORDS} == set()
