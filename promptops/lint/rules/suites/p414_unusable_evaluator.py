"""An evaluator cannot be used, or gives every reply the same answer.

A pattern that is none, two operators at once, a least above the most, an empty text, a Python file or function that is
not there, a schema or a judge that nobody named: an evaluation would end before it begins, or its figure would say
nothing about the replies.

Bad:   string: {matches: '(ok'}    length: {minWords: 60, maxWords: 40}
Good:  string: {matches: '(ok)'}   length: {minWords: 40, maxWords: 60}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptops.errors import PromptopsError
from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.json_schema.regex_checks import LONG_PATTERN, explodes
from promptops.lint.located_values.evaluators import Coverage, evaluators_of, options_of
from promptops.model.evaluator_kind import OptionProblem
from promptops.model.finding import Finding, Severity, Span
from promptops.model.suite import missing_fields, no_judge, option_problems, overlooked_options
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.yaml.reader import Node

if TYPE_CHECKING:
    from promptops.model.suite import Criterion

CODE = "P414"
PREFILTER = Prefilter(("prompt", "suite"), ("evaluators",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each problem, at the option that has it."""
    project = target.project
    prompt, coverage = target.tested_prompt, Coverage(target.cases)
    plain, has_schema = prompt is None or prompt.plain, prompt is None or prompt.json_schema is not None
    # Files of other tools lie in repositories without our settings, and are no worse for that.
    lacks_judge = not project.config.judge and project.source.exists(CONFIG_FILE)
    for (criterion, item), (_, options) in zip(evaluators_of(target), options_of(target), strict=False):
        found = list(option_problems(criterion, plain=plain, has_schema=has_schema))
        found += _python(target, criterion)
        if covered := coverage.of(criterion):
            found += missing_fields(criterion, covered)
        for problem in found:
            yield _finding(target, problem, item, options)
        if prompt is not None and plain:
            for problem in overlooked_options(criterion):
                yield _finding(target, problem, item, options, "warning")
        yield from _endless(target, criterion, options)
        if lacks_judge and criterion.kind.asks_model and not criterion.judge_model:
            yield _finding(target, no_judge(criterion), item, options, "warning")


def _finding(
    target: Target, problem: OptionProblem, item: Node, options: Node, severity: Severity = "error"
) -> Finding:
    return Finding(target.path, _place(problem, item, options), CODE, problem.message, problem.hint, severity)


def _endless(target: Target, criterion: Criterion, options: Node) -> Iterator[Finding]:
    """Patterns that may take for ever on a reply of their liking: they are stopped after a second, with an error."""
    for name in criterion.kind.patterns:
        node = options.get(name)
        if node is not None and explodes(node.text):
            message = "on some replies this pattern can take for ever"
            hint = "let no repeated group begin with another repetition: [a-z]+(-[a-z]+)* instead of ([a-z]+-?)+"
            if len(node.text) > LONG_PATTERN:
                message = "this pattern is too long to tell whether some reply makes it take for ever"
                hint = "make several shorter criteria of it; for a list of words there is containsAny"
            detail = "it is stopped after a second, and the answer is an error"
            yield Finding(target.path, node.span, CODE, message, hint, "warning", detail=detail)


def _place(problem: OptionProblem, item: Node, options: Node) -> Span:
    node = options.get(problem.option) or item.get(problem.option) if problem.option else None
    return (node or options).span


def _python(target: Target, criterion: Criterion) -> Iterator[OptionProblem]:
    """A file or a function that is not there; nothing of it is run."""
    if criterion.python is None:
        return
    from promptops.source.python_functions import function_problem
    from promptops.source.source import normalize_path, read_text

    file, function = criterion.python
    try:
        code = read_text(target.project.source, normalize_path(target.path.parent / file))
    except PromptopsError as exc:
        message = str(exc.args[0])
        if not target.project.source.exists(target.path.parent / file):
            message = f"there is no file '{file[:80]}' beside the suite"
        yield OptionProblem(message, exc.hint or "write the file, or its name as it is", criterion.kind.python_file)
        return
    if problem := function_problem(code, function, file):
        yield OptionProblem(problem, "", criterion.kind.python_function)
