"""check.json: what a check says is read again as it was, and nothing else is read at all."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from promptops.errors import EvalError
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Severity, Span
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase
from promptops.report.comment.check_json import MAX_BYTES, LintPlace, MissedSuite, dump_check, load_check
from promptops.report.comment.comment_markers import MARKER
from promptops.report.comment.compose import fork_comment
from promptops.report.lint.findings import summary

BASE = ComparisonBase(None, "nothing")


def finding(line: int, severity: Severity = "error") -> Finding:
    return Finding(PurePosixPath("prompts/a.prompt.yml"), Span.at(line, 1), "P101", "words", "", severity)


def test_what_was_said_is_read_again_the_gravest_first_and_without_advice() -> None:
    checked = CheckResult(
        BASE,
        (finding(1, "note"), finding(2, "warning"), finding(3)),
        "2 problems and 1 note in 1 prompt",
        problems=(CheckProblem("greet", "no key", "", "FAR_KEY"), CheckProblem("", "broken")),
    )
    found = load_check(dump_check(checked))
    assert found.looked_at == checked.looked_at
    assert found.problems == tuple(LintPlace("prompts/a.prompt.yml", line, "P101") for line in (3, 2))
    assert found.missed == (MissedSuite("greet", True), MissedSuite("", False))


@pytest.mark.parametrize("checked", [{"prompt": 1}, {"prompt": 6, "suite": 2}, {"suite": 1}, {"template": 3}, {}])
@pytest.mark.parametrize("findings", [(), (finding(1),), (finding(1), finding(2), finding(3, "note"))])
def test_every_sentence_of_lint_is_one_of_ours(checked: dict[str, int], findings: tuple[Finding, ...]) -> None:
    said = summary(Report(findings, checked, (), {}, frozenset()))  # type: ignore[arg-type]
    assert load_check(dump_check(CheckResult(BASE, looked_at=said))).looked_at == said


def test_more_than_a_page_shows_is_told() -> None:
    found = load_check(
        dump_check(CheckResult(BASE, tuple(finding(n + 1) for n in range(900)), "900 problems in 1 prompt"))
    )
    lines = fork_comment((), found, "4f2a91c", MARKER).partition("**Lint:**")[2].split("\n")
    assert len(lines) == 13
    assert lines[-1] == "- … and more, which the run's log lists"


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"{", b"[" * 100_000, b"\xff", b'{"format": "promptops-check/1"}', b" " * (MAX_BYTES + 1)],
)
def test_what_is_no_check_is_refused(data: bytes) -> None:
    with pytest.raises(EvalError, match=r"check\.json"):
        load_check(data)


def test_a_long_name_of_ours_is_no_refusal() -> None:
    checked = CheckResult(
        BASE, (finding(1)._replace(path=PurePosixPath("x" * 1_000)),), problems=(CheckProblem("s" * 999, ""),)
    )
    found = load_check(dump_check(checked))
    assert json.loads(dump_check(checked))["format"] == "promptops-check/1"
    assert (len(found.problems[0].path), len(found.missed[0].suite)) == (300, 300)
