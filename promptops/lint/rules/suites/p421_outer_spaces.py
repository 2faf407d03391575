"""A text that replies are compared with begins or ends with a space or a line break.

Nobody sees it, and a reply without it is counted as wrong. In a table a cell in quotes keeps its spaces; in YAML a text
below a `|` ends with a line break, and below a `|-` it does not.

Bad:   string: {contains: "{{ expected }}"}   {"expected": " Paris"}
Good:  string: {contains: "{{ expected }}"}   {"expected": "Paris"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import locate_case
from promptops.lint.engine.one_for_many import one_for_all
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import Coverage, options_of
from promptops.model.finding import Finding
from promptops.source.yaml.reader import Node

if TYPE_CHECKING:  # 3 ms that most files need not pay
    from promptops.model.suite import Case

_FIELD = re.compile(r"\{\{-?\s*([A-Za-z_]\w*)\s*-?\}\}")

CODE = "P421"
PREFILTER = Prefilter(("prompt", "suite"), ("evaluators",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such field once, at the first case; a text with spaces besides a field is meant so."""
    told: set[str] = set()
    coverage = Coverage(target.cases)
    for criterion, options in options_of(target):
        kind = criterion.kind
        if kind.asks_model or kind.asks_people:  # to them a space is nothing
            continue
        for field in dict.fromkeys(name for key in kind.templates for name in _fields(options.get(key))):
            covered = coverage.of(criterion) or () if field not in told else ()
            found = [case for case in covered if _has_outer_spaces(case.fields.get(field))]
            if found:
                told.add(field)
                yield one_for_all([_finding(target, case, field, criterion.name) for case in found])


def _finding(target: Target, case: Case, field: str, criterion: str) -> Finding:
    path, span = locate_case(target, case)
    whose = f"the case '{case.id[:80]}'" if case.held_out else "this case"
    message = f"'{field[:80]}' of {whose} {_where(str(case.fields[field]))}"
    detail = f"a reply without it does not pass '{criterion[:80]}'"
    return Finding(path, span, CODE, message, "take it out", "warning", detail=detail)


def _has_outer_spaces(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value != value.strip()


def _fields(node: Node | None) -> Iterator[str]:
    """The names of fields that are all of a text."""
    if node is None:
        return
    if node.kind == "scalar":
        if isinstance(node.value, str) and (found := _FIELD.fullmatch(node.text)):
            yield found[1]
        return
    for child in node.value.values() if node.kind == "mapping" else node.value:
        yield from _fields(child)


def _where(value: str) -> str:
    before, after = value[: len(value) - len(value.lstrip())], value[len(value.rstrip()) :]
    parts = [f"begins with {_named(before)}"] if before else []
    return " and ".join([*parts, f"ends with {_named(after)}"] if after else parts)


def _named(blank: str) -> str:
    if "\n" in blank:
        return "a line break"
    return "a tab" if "\t" in blank else "a no-break space" if "\xa0" in blank else "a space"
