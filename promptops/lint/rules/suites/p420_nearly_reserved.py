"""A field of a case is nearly one of the keys `id`, `tags`, `split`, `source`, or nearly says `held-out`.

Only these very words have a meaning. A case with `Split: Held-out` is refused, or everybody would see its text in every
comment; one with `set: held-out` is hidden, which may not be meant. With `Tag`, the criteria for one kind of case never
look at it.

Bad:   {"sentence": "I have 25 years.", "Tags": "age", "set": "held-out"}
Good:  {"sentence": "I have 25 years.", "tags": "age", "split": "held-out"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import locate_case, test_data
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, Span

if TYPE_CHECKING:  # 3 ms that most files need not pay
    from promptops.model.suite import Case

_MEANING = {
    "id": "names a case",
    "tags": "says which criteria look at a case",
    "split": "hides a case",
    "source": "says where a case comes from",
    "promptops": "is kept for promptops",
}
_SAY_SO = "write split: held-out; or split: dev, if everybody may see it"

CODE = "P420"
PREFILTER = Prefilter(("prompt", "suite"), ("testData",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """What keeps the cases from being read, else each such field once, at the first case that has it."""
    problem = target.build_problem
    if problem is not None and problem.code == CODE:
        message = f"{problem.where}: {problem.args[0]}"  # the line itself may be what nobody is to see
        yield Finding(target.path, test_data(target), CODE, message, problem.hint)
        return
    if not target.cases or (target.prompt is not None and target.prompt.plain):  # other tools may use such names
        return
    from promptops.source.formats.reserved_keys import looks_held_out, nearly_reserved

    own, told = _names_of_its_own(target), set[str]()
    for case in target.cases:
        for key, value in case.fields.items():
            meant = nearly_reserved(key)
            if meant and key not in told and key not in own and not _is_read(target, key):
                told.add(key)
                message = f"'{key[:80]}' is a field like any other: only '{meant}' {_MEANING[meant]}"
                yield _finding(target, case, message, f"write '{meant}', or give the field another name")
            if f"={key}" not in told and case.seems_held_out and looks_held_out(value):
                told.add(f"={key}")
                message = f"'{key[:80]}: {value}' hides the case, which is what 'split' is for"
                yield _finding(target, case, message, _SAY_SO)
        if "=" not in told and case.seems_held_out and any(map(looks_held_out, case.tags)):
            told.add("=")
            yield _finding(target, case, "the tag 'held-out' hides the case, which is what 'split' is for", _SAY_SO)


def _names_of_its_own(target: Target) -> set[str]:
    """What the prompt itself calls so."""
    tested, prompt = target.tested, target.tested_prompt
    if tested is None or prompt is None:
        return set()
    return {*tested.placeholders} if prompt.plain else {item.name for item in prompt.inputs}


def _is_read(target: Target, key: str) -> bool:
    """Whether a text of an evaluator reads the field."""
    return re.search(rf"\{{[{{%][^}}\n]{{0,200}}?(?<!\w){re.escape(key)}(?!\w)", target.text) is not None


def _finding(target: Target, case: Case, message: str, hint: str) -> Finding:
    path, span = locate_case(target, case)
    if not case.held_out and path.suffix.lower() in (".csv", ".tsv"):
        span = Span.at(1, 1)  # where the columns have their names
    return Finding(path, span, CODE, message, hint, "warning")
