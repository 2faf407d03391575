"""A check as text: what failed, why, and the verdict last."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.model.finding import Finding, Span
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase, PromptChanges
from promptops.report.check.text import check_text
from tests.report import factory

BASE = ComparisonBase("a" * 40, "where this work left main")


def test_every_suite_then_lint_then_the_verdict() -> None:
    text = check_text(CheckResult(BASE, looked_at="no problems in 1 prompt", results=(factory.comparison(),)))
    assert text.index("names the owner") < text.index("lint: no problems in 1 prompt") < text.rindex("verdict: ")
    assert "compared with aaaaaaa: where this work left main\nFailed: " in text
    assert text.endswith("\nverdict: blocked\n")


def test_problems_and_findings_are_listed_with_what_helps() -> None:
    finding = Finding(PurePosixPath("prompts/a.prompt.yml"), Span.at(3, 1), "P003", "no such key")
    note = finding._replace(code="P601", severity="note")
    checked = CheckResult(
        ComparisonBase(None, "a comparison was not asked for"),
        findings=(finding, note),
        looked_at="1 problem in 1 prompt",
        problems=(CheckProblem("greet", "there is no key", "set KEY"), CheckProblem("", "no folder")),
        changes=PromptChanges(("gone",), (("new", "old"),), ("bare",)),
        settings=("this change changes what lint looks for",),
    )
    assert check_text(checked).splitlines() == [
        "⚠️ greet was not evaluated: there is no key",
        "  set KEY",
        "⚠️ no folder",
        "",
        "lint: 1 problem in 1 prompt",
        "  prompts/a.prompt.yml:3:1: P003 no such key",
        "  with their lines, and what to do: promptops lint",
        "⚠️ this change changes what lint looks for",
        "",
        "deleted: gone",
        "renamed: old → new",
        "changed, and no suite tests it: bare",
        "",
        "compared with nothing: a comparison was not asked for",
        "Not measured: no folder; besides: lint finds 1 problem (prompts/a.prompt.yml:3: P003 no such key)",
        "verdict: error",
    ]


def test_nothing_in_it_acts() -> None:
    hostile = "::error::x\n\x1b[31m##[endgroup]"
    checked = CheckResult(BASE, problems=(CheckProblem(hostile, hostile, hostile),), results=(factory.hostile(),))
    text = check_text(checked)
    assert "\x1b" not in text
    assert "##[" not in text
    assert not [line for line in text.splitlines() if line.startswith("::")]
