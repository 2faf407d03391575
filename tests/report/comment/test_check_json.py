"""check.json: what a check says is read again as it was, and nothing else is read at all."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from promptops.errors import EvalError
from promptops.lint.engine.runner import Report
from promptops.model.environment import Pin
from promptops.model.finding import Finding, Severity, Span
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase
from promptops.model.outcomes.environment_review import EnvironmentReview, PinObjection, ReviewedPin
from promptops.model.outcomes.pin_change import PinChange, version_named_by
from promptops.report.comment.check_json import MAX_BYTES, LintPlace, MissedSuite, TouchedPin, dump_check, load_check
from promptops.report.comment.comment_markers import MARKER
from promptops.report.comment.fork_page import fork_comment
from promptops.report.lint.findings import summary

BASE = ComparisonBase(None, "nothing")
PROD = PurePosixPath("environments/prod.yml")


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


def test_what_a_forks_change_serves_is_told_by_names_and_commits_alone() -> None:
    old, new = Pin("greet", "a" * 40, "sha256:a"), Pin("greet", "b" * 40, "sha256:b")
    change = PinChange("greet", "pinned", old, new, version_named_by(old), version_named_by(new))
    reviews = (
        EnvironmentReview("prod", PROD, "changed", (ReviewedPin(change, (PinObjection("@acme no"),)),)),
        EnvironmentReview("</details> @acme", PROD, "removed"),
    )
    found = load_check(dump_check(CheckResult(BASE, environments=reviews)))
    assert found.environments[0] == TouchedPin("prod", "greet", "a" * 40, "b" * 40, True)
    page = fork_comment((), found, "c" * 40, MARKER)
    assert "- `prod`: `greet` `aaaaaaa` → `bbbbbbb`, which must not be served like this" in page
    assert "**By them the check fails: 1 pin must not be served.**" in page
    assert page.split("\n")[2] == "### ⛔ Must not be served: 1 pin"
    assert "By them the check passes" not in page
    assert "Nothing was evaluated" not in page
    assert "@acme" not in page
    assert "</details>" not in page


@pytest.mark.parametrize("row", [["p", "g", "x", "", True], ["p", "g", "", ""], ["p", "g", "", "", 1], "no"])
def test_pins_that_are_none_are_not_read(row: object) -> None:
    data = json.loads(dump_check(CheckResult(BASE)))
    data["environments"] = [row]
    with pytest.raises(EvalError):
        load_check(json.dumps(data).encode())
    del data["environments"]
    assert load_check(json.dumps(data).encode()).environments == ()


@pytest.mark.parametrize(
    ("checked", "heading"),
    [
        (CheckResult(BASE, (finding(3),), "1 problem in 1 prompt"), "### One thing to mend"),
        (CheckResult(BASE, (finding(3), finding(4)), "2 problems in 1 prompt"), "### Two things to mend"),
        (CheckResult(BASE, (finding(3),), "", problems=(CheckProblem("x", "why"),)), "### ❔ Not measured: 1 suite"),
    ],
)
def test_a_forks_heading_is_of_the_set_and_counts_instead_of_naming(checked: CheckResult, heading: str) -> None:
    page = fork_comment((), load_check(dump_check(checked)), "c" * 40, MARKER)
    assert page.split("\n")[2] == heading
    if checked.looked_at:
        assert "- `prompts/a.prompt.yml`, line 3: unused input (P101)" in page
