"""No suite tests the prompt, and it has no cases and evaluators of its own.

Nobody can say whether the next edit makes it better or worse. Five cases taken from real life, and one small
question about the replies, are a good beginning.

Bad:   prompts/summary.prompt.yml, and nothing in evals/ that names it
Good:  evals/summary.eval.yml with `prompt: summary`
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.errors import PromptopsError
from promptops.lint.engine.suites_by_case_file import all_suites
from promptops.lint.engine.target import Survey
from promptops.model.finding import Finding, Span

CODE = "P401"


def check(survey: Survey) -> Iterator[Finding]:
    """Each such prompt, at the first line that says something."""
    prompts = [target for target in survey.of("prompt") if target.prompt is not None and target.node is not None]
    untested = [target for target in prompts if not (target.cases and target.criteria)]
    if any(suite.node is None for suite in survey.of("suite")):
        return  # it may be the suite of any of them
    tested = _tested(survey) if untested else frozenset[PurePosixPath]()
    for target in untested:
        if target.path in tested or target.node is None:
            continue
        has = "cases" if target.cases else "evaluators" if target.criteria else ""
        message = "no suite tests this prompt" + (f", and its own {has} alone test nothing" if has else "")
        detail = "nobody can say whether the next edit makes it better or worse"
        missing = {"cases": "add evaluators", "evaluators": "add testData"}.get(has, "add testData and evaluators")
        named = survey.project.identifier_of(target.path)
        folder = (survey.project.config.paths.eval_folders or ("evals",))[0] or "evals"
        hint = f"{missing}, or write a suite with `prompt: {named}` in {folder}/"
        line = target.node.span.line
        span = Span.at(line, 1, max(1, len(target.rows[line - 1])))
        yield Finding(target.path, span, CODE, message, hint, "note", detail=detail)


def _tested(survey: Survey) -> frozenset[PurePosixPath]:
    """The prompts that suites name; suites that lint leaves out, and those that cannot be used yet, count too."""
    project = survey.project
    found = set()
    for path in {*all_suites(project), *(target.path for target in survey.of("suite"))}:
        suite = survey.files.find(path)
        named = suite.get("prompt") if suite is not None else None
        if named is None or named.kind != "scalar":
            continue
        try:
            found.add(project.path_of(named.text))
        except PromptopsError:
            continue
    return frozenset(found)
