"""A character stands in the file that nobody can see, and that changes what a model reads.

It can hide a whole sentence, show words in another order than they are read, or split a word so that neither
search nor the model knows it. Most come along with text copied from a web page; some are put there on purpose.
Cases are not looked at: they may test just that.

Bad:   Answer in <U+200B>French.
Good:  Answer in French.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.lint.engine.limits import limited
from promptops.lint.engine.offsets import YAML_SUFFIXES, outside_cases, span_of
from promptops.lint.engine.prefilter import ALL_BUT_CASES, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.linked_files import linked_texts
from promptops.model.finding import Finding, Fix, Span

if TYPE_CHECKING:
    from promptops.text.invisible_characters import HiddenText

_ESCAPES = ("\\u", "\\U", "\\x")

CODE = "P205"
PREFILTER = Prefilter(ALL_BUT_CASES, (*_ESCAPES, *YAML_SUFFIXES, ".json"), beyond_ascii=True)


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such character or run of them, as it is or as an escape such as `"\\u202e"`; in linked files too."""
    text = target.text
    escaped = "\\" in text and any(word in text for word in _ESCAPES)
    if not text.isascii() or escaped:
        yield from _in_file(target, escaped=escaped)
    for path, linked in linked_texts(target):
        if not linked.isascii() or any(word in linked for word in _ESCAPES):
            from promptops.lint.located_values.escape_sequences import json_escapes
            from promptops.text.invisible_characters import find_hidden_text

            found = [(hidden, span_of(linked, hidden.start, hidden.end)) for hidden in find_hidden_text(linked)]
            for hidden, span in (*found, *json_escapes(linked)):
                yield _finding(path, hidden, span)


def _in_file(target: Target, *, escaped: bool) -> Iterator[Finding]:
    from promptops.text.invisible_characters import find_hidden_text

    text = target.text
    told = {(problem.span.line, problem.span.column) for problem in target.problems("P001")}
    for first, last in outside_cases(target):
        for hidden in find_hidden_text(text[first:last]):
            span = span_of(text, first + hidden.start, first + hidden.end)
            if (span.line, span.column) not in told:
                yield _finding(target.path, hidden, span)
    if escaped and target.node is not None:
        from promptops.lint.located_values.escape_sequences import hidden_escapes

        for hidden, span in hidden_escapes(target):
            yield _finding(target.path, hidden, span)


def _finding(path: PurePosixPath, hidden: HiddenText, span: Span) -> Finding:
    fix = Fix(span, hidden.instead) if hidden.instead is not None else None
    found = Finding(path, span, CODE, hidden.message, hidden.hint, hidden.severity, fix)
    return found._replace(detail=hidden.detail)
