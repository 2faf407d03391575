"""What promptops.yml says about lint: how strictly a rule is taken, and which files are left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promptops.lint.engine.project_files import EXCLUDED
from promptops.lint.engine.runner import Report

Linter = Callable[..., Report]
UNMARKED = "inputs: {s: {untrusted: true}}\nmessages: [{role: user, content: '{{ s }}'}]\n"
A, B = "prompts/a.prompt.yml", "prompts/old/b.prompt.yml"


@pytest.mark.parametrize(
    ("rules", "severities"),
    [
        ("{}", ["warning"]),
        ("{P201: error}", ["error"]),
        ("{P2: note}", ["note"]),
        ("{P2: off}", []),
        ("{P201: off}", []),
        ("{P2: off, P201: note}", ["note"]),
        ("{P3: off}", ["warning"]),
    ],
)
def test_a_rule_by_its_code_else_by_its_group(lint_files: Linter, rules: str, severities: list[str]) -> None:
    report = lint_files({A: UNMARKED, "promptops.yml": f"lint: {{rules: {rules}}}\n"})
    assert [finding.severity for finding in report.findings] == severities
    assert report.failed is bool(severities and severities != ["note"])


@pytest.mark.parametrize("key", ["P20", "p201", "P2011", "untrusted"])
def test_a_code_that_is_none_is_an_error_with_its_place(lint_files: Linter, key: str) -> None:
    (found,) = lint_files({"promptops.yml": f"lint:\n  rules:\n    {key}: off\n"}).findings
    assert (found.code, found.span.line, found.span.column) == ("P004", 3, 5)
    assert "neither a rule nor a group" in found.message


def test_a_severity_that_is_none_is_an_error(lint_files: Linter) -> None:
    (found,) = lint_files({"promptops.yml": "lint: {rules: {P201: strict}}\n"}).findings
    assert found.code == "P004"
    assert "off, note, warning, error" in found.hint, found.hint


def test_excluded_files_are_left_out_even_when_they_are_named(lint_files: Linter) -> None:
    files = {A: UNMARKED, B: UNMARKED, "promptops.yml": "lint: {exclude: [prompts/old]}\n"}
    assert [str(finding.path) for finding in lint_files(files).findings] == [A]
    named = lint_files({}, B)
    assert named.findings == ()
    assert [(str(skip.path), skip.reason) for skip in named.skipped] == [(B, EXCLUDED)]
