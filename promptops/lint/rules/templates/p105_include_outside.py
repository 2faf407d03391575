"""A text includes a file from outside the project, or through a symbolic link.

Such a file is in no version of the prompts: it may hold secrets, and it is another one on each machine.

Bad:   {% include "../../.env" %}
Good:  {% include "shared/house-style.j2" %}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P105"
PREFILTER = Prefilter(TEXTS, ("{%",))


def check(target: Target) -> Iterator[Finding]:
    """Each such include, in messages and in included files."""
    for problem, span in target.reference_problems:
        if problem.kind == "outside":
            yield Finding(problem.path, span, CODE, problem.message, problem.hint)
