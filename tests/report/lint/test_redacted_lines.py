"""No report shows a secret, whichever finding's line it stands on."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Span, masked
from promptops.report.lint import findings
from promptops.report.lint.sarif import sarif

PATH = PurePosixPath("promptops.yml")
SECRET = "sk-9fK2mQ7xLp4Vt8Rz"
ROW = f"key: {SECRET} and model: smal"


def _report(text: str, *found: Finding) -> Report:
    return Report(found, {"project": 1}, (), {PATH: text}, frozenset({PATH}))


def _finding(span: Span, **changes: Any) -> Finding:
    return Finding(PATH, span, "P203", "a key stands here", **changes)


def test_the_excerpt_shows_the_beginning_only_and_points_at_it() -> None:
    text = findings.text(_report(ROW, _finding(Span.at(1, 6, len(SECRET)), masked=True)))
    assert "    1 | key: sk-9… and model: smal\n      |      ^^^^^\n" in text


def test_another_finding_on_the_line_hides_it_too_and_points_at_its_own_place() -> None:
    secret = _finding(Span.at(1, 6, len(SECRET)), masked=True)
    other = _finding(Span.at(1, ROW.index("smal") + 1, 4))
    text = findings.text(_report(ROW, secret, other))
    assert SECRET[:6] not in text
    assert "    1 | key: sk-9… and model: smal\n      |                       ^^^^\n" in text


def test_a_finding_that_begins_inside_or_holds_the_secret_hides_it() -> None:
    secret = _finding(Span.at(1, 6, len(SECRET)), masked=True)
    for other in (Span.at(1, 9, 3), Span.at(1, 1, len(ROW)), Span(1, 1, 3, 1)):
        text = findings.text(_report(ROW, secret, _finding(other)))
        assert SECRET[:6] not in text
        assert SECRET[-6:] not in text


def test_two_secrets_that_overlap_are_both_hidden() -> None:
    found = [_finding(Span.at(1, 6, 12), masked=True), _finding(Span.at(1, 10, len(SECRET) - 4), masked=True)]
    text = findings.text(_report(ROW, *found))
    assert not any(SECRET[start : start + 5] in text for start in range(len(SECRET) - 4))


def test_a_secret_of_several_lines_is_hidden_on_each() -> None:
    text = "a: BEGIN\n  MIIEpAIBAAKCAQEA\n  q8Zt4LmX7vRk END b\n"
    secret = _finding(Span(1, 4, 3, 19), masked=True)
    shown = findings.text(_report(text, secret, _finding(Span.at(2, 3, 4)), _finding(Span.at(3, 20, 1))))
    assert "    1 | a: B…\n" in shown
    assert "    2 | …\n" in shown
    assert "    3 | … b\n      |   ^\n" in shown


def test_every_secret_of_a_line_is_hidden_in_every_excerpt_of_it() -> None:
    row = " ".join([SECRET] * 3)
    spans = [Span.at(1, 1 + number * (len(SECRET) + 1), len(SECRET)) for number in range(3)]
    shown = findings.text(_report(row, *(_finding(span, masked=True) for span in spans)))
    assert shown.count(f"    1 | {' '.join([masked(SECRET)] * 3)}\n") == 3
    assert [len(line) for line in shown.split("\n") if "^" in line] == [8 + number * 6 + 5 for number in range(3)]


def test_the_other_formats_have_no_lines_of_the_file() -> None:
    report = _report(ROW, _finding(Span.at(1, 6, len(SECRET)), masked=True))
    for shown in (findings.json(report), findings.github(report), sarif(report)):
        assert SECRET[:6] not in shown


@pytest.mark.parametrize(("secret", "left"), [("sk-9fK2mQ7x", "sk…"), ("s" * 40, "ssss…"), ("abc", "…"), ("", "…")])
def test_at_most_four_characters_and_a_quarter_are_left(secret: str, left: str) -> None:
    assert masked(secret) == left
