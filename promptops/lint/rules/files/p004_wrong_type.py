"""A value has the wrong form, is missing, or points to something that is not there.

A list where a text belongs, a role that does not exist, an evaluator without a kind, a file of cases that cannot
be read: the file is valid YAML, but it cannot be used.

Bad:   trials: many
Good:  trials: 3
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import PromptopsError
from promptops.lint.engine.locations import locate_problem
from promptops.lint.engine.prefilter import YAML, Prefilter
from promptops.lint.engine.project_files import TOO_MUCH
from promptops.lint.engine.rule_index import CODES
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, Severity
from promptops.source.source import WINDOWS_PATH, normalize_path
from promptops.source.yaml.reader import Node
from promptops.text.suggestions import closest

if TYPE_CHECKING:
    from promptops.model.suite import Suite

_RULES_OF_THEIR_OWN = ("P006", "P007", "P008", "P403", "P410", "P420")
"""What keeps a suite from being used and has a page of its own."""

CODE = "P004"
PREFILTER = Prefilter(YAML)


def check(target: Target) -> Iterator[Finding]:
    """What does not fit the format, else the first thing that keeps the file from being used."""
    for problem in target.problems(CODE):
        yield Finding(target.path, problem.span, CODE, problem.message, problem.hint)
    if target.build_problem is not None and target.build_problem.code not in _RULES_OF_THEIR_OWN:
        path, span = locate_problem(target, target.build_problem)
        severity: Severity = "note" if target.build_problem.code == TOO_MUCH else "error"
        yield Finding(path, span, CODE, str(target.build_problem.args[0]), target.build_problem.hint, severity)
    if target.suite is not None:
        yield from _points_nowhere(target, target.suite)
    if target.kind == "project" and target.node is not None:
        yield from _no_such_rule(target, target.node)


def _no_such_rule(target: Target, root: Node) -> Iterator[Finding]:
    rules = root.group("lint").group("rules")
    for key, _ in rules.items():
        if re.fullmatch(r"P\d(\d\d)?", key) and not any(code.startswith(key) for code in CODES):
            hint = "`promptops lint --rules` lists them all"
            yield Finding(target.path, rules.key_spans[key], CODE, f"there is no rule {key}", hint)


def _points_nowhere(target: Target, suite: Suite) -> Iterator[Finding]:
    node = target.node
    if node is None:
        return
    if not target.project.has_prompt(suite.prompt):
        known = target.project.prompt_names()
        close = closest(suite.prompt, known)
        hint = f"did you mean '{close}'?" if close else f"the prompts are: {', '.join(known[:12]) or 'none yet'}"
        yield Finding(target.path, node.value["prompt"].span, CODE, f"no prompt is called '{suite.prompt}'", hint)
    if not suite.cases:
        yield Finding(target.path, node.value["testData"].span, CODE, "the suite has no cases", "add at least one")
    if suite.replies and not _is_there(target, suite.path.parent / suite.replies):
        message = f"there is no file '{suite.replies}' beside the suite"
        hint = "record the replies: promptops eval --record"
        if (problem := _leads_outside(suite.path.parent / suite.replies)) is not None:
            message, hint = f"'{suite.replies}': {problem.args[0]}", problem.hint
        if "\\" in suite.replies:
            message, hint = f"'{suite.replies}': {WINDOWS_PATH}", f"write {suite.replies.replace(chr(92), '/')}"
        yield Finding(target.path, node.value["replies"].span, CODE, message, hint)


def _leads_outside(path: PurePosixPath) -> PromptopsError | None:
    try:
        normalize_path(path)
    except PromptopsError as exc:
        return exc
    return None


def _is_there(target: Target, path: PurePosixPath) -> bool:
    try:
        return target.project.source.exists(normalize_path(path))
    except PromptopsError:  # outside the project, or no name at all
        return False
