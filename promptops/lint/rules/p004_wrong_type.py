"""P004 wrong-type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.errors import PromptopsError
from promptops.lint.base import Target
from promptops.model.finding import START, Finding, Span

_PLACE = re.compile(r"(.+?):(\d+)(?::(\d+))?")


class WrongType:
    """A value has the wrong form, is missing, or points to something that is not there.

    A list where a text belongs, a role that does not exist, an evaluator without a kind, a file of cases that cannot
    be read: the file is valid YAML, but it cannot be used.

    Bad:   trials: many
    Good:  trials: 3
    """

    code = "P004"
    name = "wrong-type"

    def check(self, target: Target) -> Iterator[Finding]:
        """What does not fit the format, else the first thing that keeps the file from being used."""
        for problem in target.problems(self.code):
            yield Finding(target.path, problem.span, self.code, problem.message, problem.hint)
        if target.build_problem is not None:
            path, span = _place(target, target.build_problem)
            yield Finding(path, span, self.code, str(target.build_problem.args[0]), target.build_problem.hint)


def _place(target: Target, problem: PromptopsError) -> tuple[PurePosixPath, Span]:
    """Where the reader says it is: in this file, or in a file of cases."""
    if found := _PLACE.fullmatch(problem.where):
        path = PurePosixPath(found[1])
        if path == target.path or target.project.source.exists(path):
            return path, Span.at(int(found[2]), int(found[3] or 1))
    return target.path, START
