"""Which suites test a prompt."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.suites_by_case_file import all_suites
from promptops.lint.engine.target import Target


def suites_testing(target: Target) -> Iterator[Target]:
    """The suites that name the prompt and can be used, its own cases first where it has any.

    All suites of the project are opened: for rules that have found something, not for those that look for it.
    """
    if target.prompt is None:
        return
    if target.cases:
        yield target
    for path in all_suites(target.project):
        suite = target.files.find(path)
        if suite is not None and suite.suite is not None and suite.tested is target:
            yield suite
