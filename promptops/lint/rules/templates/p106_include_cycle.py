"""Files include each other in a circle, or too many in a row.

Filling the prompt would never end.

Bad:   a.j2: {% include "b.j2" %}   b.j2: {% include "a.j2" %}
Good:  a.j2: {% include "b.j2" %}   b.j2: (text)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, Span
from promptops.templating.closure import ReferenceProblem

CODE = "P106"
PREFILTER = Prefilter(TEXTS, ("{%",))


def check(target: Target) -> Iterator[Finding]:
    """Each circle with its path."""
    for problem, span in target.reference_problems:
        if problem.kind == "cycle":
            path, message, span = _turned(target, problem, span)
            yield Finding(path, span, CODE, message, problem.hint)


def _turned(target: Target, problem: ReferenceProblem, span: Span) -> tuple[PurePosixPath, str, Span]:
    """The circle as it looks from its first file by name, so that it is one finding, wherever the search began."""
    words, _, circle = problem.message.partition(": ")
    files = circle.split(" → ")[:-1]
    if files:
        first = files.index(min(files))
        files = files[first:] + files[:first]
        for text_span in target.text_spans:
            for name, line, path in target.references_of(text_span):
                if text_span.path.as_posix() == files[-1] and path.as_posix() == files[0]:
                    return text_span.path, f"{words}: {' → '.join([*files, files[0]])}", text_span.find(name, line)
    return problem.path, problem.message, span
