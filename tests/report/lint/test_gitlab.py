"""GitLab's Code Quality report: the keys that it wants, and fingerprints that stay."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Severity, Span
from promptops.report.lint.gitlab import code_quality

PATH = PurePosixPath("prompts/a.prompt.yml")


def finding(line: int, message: str = "no such key", severity: Severity = "error") -> Finding:
    return Finding(PATH, Span.at(line, 3), "P003", message, severity=severity, detail="why")


def issues(*findings: Finding, prefix: str = "") -> list[dict[str, Any]]:
    found = json.loads(code_quality(Report(findings, {}, (), {}, frozenset()), prefix))
    assert isinstance(found, list)
    return found


def test_an_issue_has_all_that_gitlab_wants() -> None:
    [issue] = issues(finding(4), prefix="app/")
    assert len(issue.pop("fingerprint")) == 64
    assert issue == {
        "description": "P003 no such key: why",
        "check_name": "P003",
        "severity": "major",
        "location": {"path": "app/prompts/a.prompt.yml", "lines": {"begin": 4, "end": 4}},
    }
    assert issues() == []


def test_each_severity_is_one_of_gitlabs() -> None:
    found = issues(finding(1), finding(2, severity="warning"), finding(3, severity="note"))
    assert [one["severity"] for one in found] == ["major", "minor", "info"]


def test_fingerprints_are_unique_and_stay_when_lines_move() -> None:
    before = [one["fingerprint"] for one in issues(finding(4), finding(9), finding(9, "another"))]
    after = [one["fingerprint"] for one in issues(finding(5), finding(10), finding(10, "another"))]
    assert before == after
    assert len(set(before)) == 3
    assert issues(finding(4), prefix="app/")[0]["fingerprint"] not in before


def test_odd_characters_are_spelt_out() -> None:
    [issue] = issues(finding(1, "a\u202eb\x1b\ud800"))
    assert issue["description"] == "P003 a·b··: why"
