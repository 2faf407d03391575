"""Where to point: at what a reader stumbled over, and at a case."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import PromptopsError
from promptops.lint.engine.target import Target
from promptops.model.finding import START, Finding, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promptops.lint.engine.text_spans import TextSpan
    from promptops.model.chat.message_template import MessageItem
    from promptops.model.suite import Case


def locate_problem(target: Target, problem: PromptopsError) -> tuple[PurePosixPath, Span]:
    """Where the reader says it is: in this file, or in a file of cases."""
    if found := re.fullmatch(r"(.+?):(\d+)(?::(\d+))?", problem.where):
        path = PurePosixPath(found[1])
        if path == target.path or target.project.source.exists(path):
            return path, Span.at(int(found[2]), int(found[3] or 1))
    elif problem.where and target.project.source.exists(PurePosixPath(problem.where)):
        return PurePosixPath(problem.where), START
    return target.path, START


def texts_by_message(target: Target) -> Iterator[tuple[MessageItem, tuple[TextSpan, ...]]]:
    """Each message of a prompt with its texts and their places."""
    waiting = iter(target.messages)
    for item in target.prompt.messages if target.prompt is not None else ():
        yield item, tuple([next(waiting) for _ in item.texts])


def unreadable(target: Target, code: str) -> Iterator[Finding]:
    """What a rule has to say when it only repeats the reader: of this file, and of a file of cases it names."""
    for problem in target.problems(code):
        yield Finding(target.path, problem.span, code, problem.message, problem.hint)
    stopped = target.build_problem
    if stopped is not None and stopped.code == code:
        path, span = locate_problem(target, stopped)
        yield Finding(path, span, code, str(stopped.args[0]), stopped.hint)


def locate_case(target: Target, case: Case) -> tuple[PurePosixPath, Span]:
    """The case's line; of a held-out case, whose text no report may show, the word `testData`."""
    return (target.path, test_data(target)) if case.held_out else target.locate(case)


def test_data(target: Target) -> Span:
    """The key `testData`; the file's beginning where cases stand on the key's own line."""
    node, data = target.node, target.get("testData")
    if node is None or data is None:
        return START
    key = node.key_spans["testData"]
    return START if data.kind == "sequence" and data.span.line == key.line else key
