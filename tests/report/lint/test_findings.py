"""Findings as text, JSON and annotations."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.lint.engine.prefilter import FileKind
from promptops.lint.engine.project_files import Skip
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, FindingPlace, Fix, Span
from promptops.report.lint import findings

PATH = PurePosixPath("prompts/a.prompt.yml")
PLACE = Span.at(2, 5, 3)


def _finding(span: Span = PLACE, **changes: Any) -> Finding:
    values: dict[str, Any] = {"path": PATH, "span": span, "code": "P201", "message": "it is wrong", **changes}
    return Finding(**values)


def _report(*found: Finding, text: str = "one\ntwo abc\n", skipped: tuple[Skip, ...] = (), **checked: int) -> Report:
    kinds: dict[FileKind, int] = {"prompt": checked.get("prompt", 1), "suite": checked.get("suite", 0),
                              "template": checked.get("template", 0), "project": checked.get("project", 0)}  # fmt: skip
    return Report(found, kinds, skipped, {PATH: text}, frozenset({PATH}))


def test_text_looks_as_drawn() -> None:
    """The drawing in faces.md: place, code and words; the line with carets; what to do; the count."""
    text = "".join(f"line {n}\n" for n in range(1, 14)) + "        {{ sentence }}\n"
    found = _finding(
        Span.at(14, 9, 14),
        message="what the learner wrote is pasted without marks",
        detail="whatever is typed there is read as your instruction",
        hint="Put it between tags:\n    <learner>{{ sentence }}</learner>\nand say so. --fix does the first part.",
        fix=Fix(Span.at(14, 9, 14), "x"),
    )
    assert findings.text(_report(found, text=text, prompt=6)) == (
        "prompts/a.prompt.yml:14:9: P201 what the learner wrote is pasted without marks\n"
        "   14 |         {{ sentence }}\n"
        "      |         ^^^^^^^^^^^^^^ whatever is typed there is read as your instruction\n"
        "  Put it between tags:\n"
        "      <learner>{{ sentence }}</learner>\n"
        "  and say so. --fix does the first part. More: promptops lint --explain P201\n"
        "\n"
        "1 problem in 6 prompts (1 can be fixed)"
    )


def test_a_fix_is_offered_once_and_the_manual_named_once_per_rule() -> None:
    fix = Fix(Span.at(2, 5, 3), "x")
    text = findings.text(_report(_finding(fix=fix, hint="do this"), _finding(Span.at(2, 1), hint="do that")))
    assert "  Do this. --fix does it. More: promptops lint --explain P201\n" in text
    assert text.count("--explain") == 1
    assert "  Do that\n" in text


@pytest.mark.parametrize(
    ("report", "last"),
    [
        (_report(prompt=6), "no problems in 6 prompts"),
        (_report(prompt=1), "no problems in 1 prompt"),
        (_report(_finding(), prompt=1), "1 problem in 1 prompt"),
        (_report(_finding(), _finding(code="P202"), prompt=2, suite=1), "2 problems in 2 prompts and 1 suite"),
        (_report(prompt=2, suite=2, template=1, project=1), "no problems in 2 prompts and 2 suites"),
        (_report(prompt=0, template=1), "no problems in 1 file"),
        (_report(prompt=0), "no problems in 0 files"),
        (_report(skipped=(Skip(PATH, "no such file"),)), "no problems in 1 prompt; 1 file skipped"),
    ],
)
def test_the_last_line_counts(report: Report, last: str) -> None:
    assert findings.text(report).splitlines()[-1] == last


def test_skipped_files_are_named_with_the_reason() -> None:
    text = findings.text(_report(skipped=(Skip(PATH, "no such file"), Skip(PurePosixPath("b"), "it is a folder"))))
    assert text.startswith("prompts/a.prompt.yml: skipped: no such file\n\nb: skipped: it is a folder\n")


@pytest.mark.parametrize(
    ("row", "column", "width", "shown"),
    [
        ("日本 {{ x }}", 4, 7, "      |      ^^^^^^^"),
        ("日本", 1, 2, "      | ^^^^"),
        ("e\u0301t\u0301e", 5, 1, "      |   ^"),
        ("\tx", 2, 1, "      |  ^"),
        ("abc", 4, 1, "      |    ^"),
    ],
)
def test_carets_stand_under_what_they_mean(row: str, column: int, width: int, shown: str) -> None:
    text = findings.text(_report(_finding(Span.at(1, column, width)), text=row))
    assert text.splitlines()[2] == shown


def test_a_long_line_is_cut_around_the_place() -> None:
    row = "a" * 300 + "{{ x }}" + "b" * 300
    lines = findings.text(_report(_finding(Span.at(1, 301, 7)), text=row)).splitlines()
    assert len(lines[1]) < 110
    start = lines[2].index("^")
    assert lines[1][start : start + 7] == "{{ x }}"
    assert lines[2].count("^") == 7
    assert lines[1].startswith("    1 | …")
    assert lines[1].endswith("…")


def test_a_span_over_several_lines_marks_the_rest_of_the_first() -> None:
    lines = findings.text(_report(_finding(Span(2, 5, 4, 1)))).splitlines()
    assert lines[2] == "      |     ^^^"


def test_nothing_in_a_file_can_control_the_terminal() -> None:
    evil = "\x1b[2J\x07\u202eabc\u200b\U000e0041\r\ud800"
    found = _finding(Span.at(1, 1, 3), path=PurePosixPath(f"{evil}.prompt.yml"), message=evil, hint=evil)
    report = Report((found,), {"prompt": 1}, (Skip(PurePosixPath(evil), evil),), {found.path: evil}, frozenset())
    for shown in (findings.text(report), findings.github(report)):
        assert not set(shown) & set("\x1b\x07\u202e\u200b\U000e0041\r\ud800")
    findings.json(report).encode()


def test_colour_only_when_asked() -> None:
    report = _report(_finding(), _finding(Span.at(1, 1), severity="warning"))
    assert "\x1b" not in findings.text(report)
    assert "\x1b[31mP201" in findings.text(report, color=True)
    assert "\x1b[33mP201" in findings.text(report, color=True)


def test_a_finding_without_its_line_is_shown_without_excerpt() -> None:
    text = findings.text(_report(_finding(Span.at(99, 1), hint="do this")))
    assert text.splitlines()[1] == "  Do this. More: promptops lint --explain P201"


def test_json_is_stable() -> None:
    found = _finding(message="a", detail="b", hint="h", severity="warning", fix=Fix(Span.at(2, 5, 3), "x"))
    place = {"line": 2, "column": 5, "endLine": 2, "endColumn": 8}
    assert json.loads(findings.json(_report(found, skipped=(Skip(PATH, "r"),)))) == {
        "version": 1,
        "findings": [{
            "path": "prompts/a.prompt.yml", **place, "code": "P201", "severity": "warning", "message": "a: b",
            "hint": "h", "fix": {**place, "text": "x"}, "count": 1, "places": [],
        }],
        "checked": {"prompt": 1, "suite": 0, "template": 0, "project": 0},
        "skipped": [{"path": "prompts/a.prompt.yml", "reason": "r"}],
    }  # fmt: skip
    assert json.loads(findings.json(_report(_finding())))["findings"][0]["fix"] is None


def test_json_says_in_how_many_cases_and_where() -> None:
    cases = PurePosixPath("evals/a.jsonl")
    found = _finding(occurrences=2, places=(FindingPlace(cases, Span.at(2, 1)), FindingPlace(cases, Span.at(4, 1))))
    (data,) = json.loads(findings.json(_report(found)))["findings"]
    assert data["count"] == 2
    place = {"path": "evals/a.jsonl", "column": 1, "endColumn": 2}
    assert data["places"] == [{**place, "line": line, "endLine": line} for line in (2, 4)]


def test_annotations_escape_what_github_would_read() -> None:
    found = _finding(path=PurePosixPath("a,b:c%.yml"), message="50% :: x", detail="y", hint="do\nthis")
    line = findings.github(_report(found), prefix="sub/").splitlines()[0]
    assert line == (
        "::error file=sub/a%2Cb%3Ac%25.yml,line=2,endLine=2,col=5,endColumn=7,"
        "title=P201 (promptops lint --explain P201)::50%25 :: x: y%0Ado%0Athis"
    )
    assert "col=" not in findings.github(_report(_finding(Span(1, 1, 2, 1)))).splitlines()[0]


def test_annotations_beyond_the_limit_are_listed_and_cannot_be_commands() -> None:
    errors = [_finding(Span.at(n, 1)) for n in range(1, 13)]
    warnings = [_finding(Span.at(n, 1), severity="warning", message="::error::x ##[error]y") for n in range(1, 12)]
    lines = findings.github(_report(*errors, *warnings)).splitlines()
    assert sum(line.startswith("::error ") for line in lines) == 10
    assert sum(line.startswith("::warning ") for line in lines) == 10
    assert "3 further findings, more than GitHub shows beside the lines:" in lines
    rest = lines[lines.index("3 further findings, more than GitHub shows beside the lines:") + 1 :]
    assert rest[0] == "- prompts/a.prompt.yml:11:1: P201 it is wrong"
    assert rest[-1] == "23 problems in 1 prompt"
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in rest)


def test_notes_beyond_the_limit_are_counted_in_annotations() -> None:
    notes = [_finding(Span.at(n, 1), severity="note") for n in range(1, 2413)]
    lines = findings.github(_report(*notes)).splitlines()
    assert len(lines) == 12
    assert sum(line.startswith("::notice ") for line in lines) == 10
    assert lines[-2:] == [
        "2402 further notes; `promptops lint --notes` lists them",
        "no problems and 2412 notes in 1 prompt",
    ]


def test_notes_are_counted_or_listed_in_text() -> None:
    report = _report(_finding(), _finding(Span.at(1, 1), severity="note", message="could be better"))
    assert "P201 note: could be better" in findings.text(report)
    counted = findings.text(report, notes=False)
    assert "could be better" not in counted
    assert "it is wrong" in counted
    assert counted.splitlines()[-1] == "1 problem and 1 note in 1 prompt; --notes lists the notes"


def test_long_advice_that_many_files_need_stands_once() -> None:
    hint = "add to promptops.yml:\nmodels:\n  gpt-9: {provider: openai}"
    one = _finding(message="'gpt-9' is no model", hint=hint)
    text = findings.text(_report(*[one._replace(path=PurePosixPath(f"prompts/{n}.prompt.yml")) for n in range(40)]))
    assert text.count("P201 'gpt-9' is no model") == 40
    assert text.count("provider: openai") == 1
    other = _finding(message="'gpt-8' is no model", hint=hint)
    assert findings.text(_report(one, other)).count("provider: openai") == 2
