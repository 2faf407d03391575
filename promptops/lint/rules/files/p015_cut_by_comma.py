"""A text between braces is cut short by its comma.

Between braces a comma ends the value, and what follows is read as a key without a value: it reaches no model, no
criterion and no case. Curly quotes do not help, for YAML they are letters. Between straight quotes a comma is a comma.

Bad:   {role: user, content: Hello, how are you}
Good:  {role: user, content: "Hello, how are you"}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import YAML, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P015"
PREFILTER = Prefilter(YAML, reported=True)


def check(target: Target) -> Iterator[Finding]:
    """Each piece behind such a comma."""
    for problem in target.problems(CODE):
        yield Finding(target.path, problem.span, CODE, problem.message, problem.hint)
