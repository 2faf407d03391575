"""A text includes a file that is not there, or one whose name is not written out.

Without the file the prompt cannot be filled. Names must be written out, so that everybody can see which files
belong to a prompt.

Bad:   {% include "shared/house-stile.j2" %}
Good:  {% include "shared/house-style.j2" %}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P104"
PREFILTER = Prefilter(TEXTS, ("{%",))


def check(target: Target) -> Iterator[Finding]:
    """Each include that cannot be read, in messages and in included files."""
    for problem, span in target.reference_problems:
        if problem.kind == "missing":
            yield Finding(problem.path, span, CODE, problem.message, problem.hint)
