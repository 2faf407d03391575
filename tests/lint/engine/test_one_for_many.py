"""What is found in many cases is told once, with their number and their places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from promptops.lint.engine.one_for_many import FEW, one_for_all, without_count
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, FindingPlace, Span

CASES = PurePosixPath("evals/a.jsonl")
PROMPT = """\
messages: [{role: user, content: "Sort {{x}}"}]
responseFormat: json_schema
jsonSchema: |
  {"name": "t", "schema": {"type": "object", "properties": {"team": {"enum": ["billing"]}}}}
"""
SUITE = """\
prompt: a
testData: a.jsonl
evaluators: [{name: right team, json: {path: $.team, equals: "{{expected}}"}}]
"""


def _found(lint_files: Callable[..., Report], suite: str = SUITE) -> list[Finding]:
    rows = ["Billing", "billing", "Billing", "sales", "Billing"]
    cases = "".join(f'{{"x": "{number}", "expected": "{row}"}}\n' for number, row in enumerate(rows))
    report = lint_files({"prompts/a.prompt.yml": PROMPT, "evals/a.eval.yml": suite, CASES.as_posix(): cases})
    return [one for one in report.findings if one.code == "P604"]


def test_equal_findings_of_a_file_of_cases_are_one_with_a_count(lint_files: Callable[..., Report]) -> None:
    many, other = _found(lint_files)
    assert many.message.endswith(" (in 3 cases)")
    assert (many.occurrences, [place.span.line for place in many.places]) == (3, [1, 3, 5])
    assert {place.path for place in many.places} == {CASES}
    assert (other.span.line, other.occurrences, other.places) == (4, 1, ())


def test_an_ignore_at_the_cases_takes_all_of_them_on(lint_files: Callable[..., Report]) -> None:
    ignore = "# promptops: ignore[P604] they come with the next schema\ntestData"
    assert _found(lint_files, SUITE.replace("testData", ignore)) == []


def test_fixes_stay_one_by_one(lint_files: Callable[..., Report]) -> None:
    suite = "prompt: a\ntestData:\n  - {x: on}\n  - {x: on}\nevaluators: [{name: n, string: {contains: x}}]\n"
    report = lint_files({"prompts/a.prompt.yml": PROMPT, "evals/a.eval.yml": suite})
    found = [one for one in report.findings if one.code == "P005"]
    assert [(one.span.line, one.fix is not None) for one in found] == [(3, True), (4, True)]


def test_the_number_is_no_part_of_what_is_said() -> None:
    def at(line: int, message: str) -> Finding:
        return Finding(CASES, Span.at(line, 1), "P404", message)

    equal = one_for_all([at(line, "a") for line in range(1, FEW + 2)])
    different = one_for_all([at(line, f"{line}") for line in range(1, FEW + 2)])
    assert (equal.message, without_count(equal)) == ("a (in 4 cases)", "a")
    assert (different.message, without_count(different)) == ("1 (and 3 more cases like it)", "1")


def test_places_move_with_the_folder() -> None:
    found = one_for_all([Finding(CASES, Span.at(line, 1), "P404", "a") for line in (1, 2)])
    moved = found.below(PurePosixPath("sub"))
    assert moved.path == PurePosixPath("sub") / CASES
    assert moved.places == tuple(FindingPlace(PurePosixPath("sub") / CASES, Span.at(line, 1)) for line in (1, 2))
