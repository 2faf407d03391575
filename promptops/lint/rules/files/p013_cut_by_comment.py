"""An unquoted text is cut short by a `#` with a space before it.

In YAML a comment begins there, wherever in the line it stands. What follows reaches no model and no criterion, and
nothing else tells you: the file is valid. Between quotes, and below a `|`, a # is a # like any other.

Bad:   content: Reply to ticket #12 only.
Good:  content: "Reply to ticket #12 only."
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import test_data
from promptops.lint.engine.prefilter import YAML, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.cut_texts import CutText, cut_texts
from promptops.lint.located_values.held_out_cases import held_out_case_at
from promptops.model.finding import Finding, Severity
from promptops.source.yaml.reader import Node, read_yaml

_MOST_SHOWN = 60

CODE = "P013"
PREFILTER = Prefilter(YAML, (" #", "\t#", ".yml", ".yaml"))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such text: an error where no comment is written so, a warning where it may be one."""
    if target.node is None:
        return
    for found in cut_texts(target.node, target.rows):
        yield _finding(target, target.path, found, held_out_case_at(target.get("testData"), found.node.span))
    if target.kind != "suite":
        return
    from promptops.lint.engine.offsets import texts

    for path, text in texts(target):
        if path != target.path:
            cases = read_yaml(text, str(path))
            for found in cut_texts(cases, text.split("\n"), ("testData",)):
                yield _finding(target, path, found, held_out_case_at(cases, found.node.span))


def _finding(target: Target, path: PurePosixPath, found: CutText, case: Node | None) -> Finding:
    severity: Severity = "error" if found.certain else "warning"
    message = "a comment begins at this #, so the text ends before it"
    if case is not None:
        message = f"a text of the held-out case at {path}:{case.span.line} ends before a #, where a comment begins"
        return Finding(target.path, test_data(target), CODE, message, "put the whole text in quotes", severity)
    left = found.node.text
    left = f"only '…{left[-_MOST_SHOWN:]}'" if len(left) > _MOST_SHOWN else f"only '{left}'" if left else "nothing"
    detail = f"the model receives {left}" if found.keys[:1] == ("messages",) else f"{left} is left of it"
    if found.certain:
        hint = "put the whole text in quotes"
        if found.fix is not None and len(found.whole) <= _MOST_SHOWN:
            hint += f": {found.fix.text}" if "\n" not in found.fix.text else ""
        hint += "; a comment has a space after its #"
    else:
        hint = "put the whole text in quotes; if it is meant as a comment, write two spaces before the #"
    return Finding(path, found.span, CODE, message, hint, severity, found.fix, detail=detail)
