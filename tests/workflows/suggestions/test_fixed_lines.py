"""What a forge can take over is whole lines, and says the same as lint's own --fix, to the letter."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from promptops.lint.engine.fixes import apply
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Fix, Span
from promptops.workflows.suggestions.fixed_lines import FixedLines, fixed_lines

PATH = PurePosixPath("prompts/a.prompt.yml")


def found(text: str, *fixes: Fix, **more: object) -> tuple[FixedLines, ...]:
    findings = tuple(Finding(PATH, fix.span, "P205", f"number {n}", "", "warning", fix) for n, fix in enumerate(fixes))
    return fixed_lines(Report(findings, {}, (), {PATH: text}, frozenset({PATH}), **more))  # type: ignore[arg-type]


def taken_over(text: str, one: FixedLines) -> str:
    """The file after *Commit suggestion*: whole lines in place of whole lines."""
    rows = text.split("\n")
    assert tuple(rows[one.line - 1 : one.line - 1 + len(one.old)]) == one.old
    rows[one.line - 1 : one.line - 1 + len(one.old)] = one.new
    return "\n".join(rows)


CASES = {
    "a word": ("a: 1\nb: tow\nc: 3\n", Fix(Span.at(2, 4, 3), "two"), (2, ("b: tow",), ("b: two",))),
    "the last line, which has no end": ("a\nbx", Fix(Span.at(2, 2), ""), (2, ("bx",), ("b",))),
    "over several lines": ("a\nb(\nc\n)d\ne\n", Fix(Span(2, 2, 4, 2), ""), (2, ("b(", "c", ")d"), ("bd",))),
    "a line that goes": ("a\nb\nc\n", Fix(Span(2, 1, 3, 1), ""), (2, ("b",), ())),
    "a line that comes": ("a\nc\n", Fix(Span(2, 1, 2, 1), "b\n"), (1, ("a",), ("a", "b"))),
    "a line that comes first": ("a\nc\n", Fix(Span(1, 1, 1, 1), "b\n"), (1, ("a",), ("b", "a"))),
    "a line that becomes two": ("a b\nc\n", Fix(Span(1, 2, 1, 3), "\n"), (1, ("a b",), ("a", "b"))),
    "more than the end of the line": ("x = '''\n", Fix(Span.at(1, 5, 3), "```"), (1, ("x = '''",), ("x = ```",))),
}


@pytest.mark.parametrize(("text", "fix", "expected"), CASES.values(), ids=CASES)
def test_a_fix_becomes_whole_lines_that_say_what_fix_would_write(
    text: str, fix: Fix, expected: tuple[int, tuple[str, ...], tuple[str, ...]]
) -> None:
    (one,) = found(text, fix)
    assert (one.line, one.old, one.new) == expected
    assert taken_over(text, one) == apply(text.encode(), [fix]).decode()


def test_fixes_of_one_line_are_one_proposal_and_others_are_their_own() -> None:
    text = "a-b-c\nd\ne-f\n"
    first, second = found(text, Fix(Span.at(1, 2), ""), Fix(Span.at(1, 4), ""), Fix(Span.at(3, 2), ""))
    assert (first.new, len(first.findings)) == (("abc",), 2)
    assert (second.line, second.new) == (3, ("ef",))


def test_alike_ones_are_told_apart_and_keep_their_names_when_lines_move() -> None:
    fixes = (Fix(Span.at(1, 1), ""), Fix(Span.at(3, 1), ""))
    names = [one.fingerprint for one in found("xa\nb\nxa\n", *fixes)]
    assert len(set(names)) == 2
    moved = tuple(fix._replace(span=Span.at(fix.span.line + 4, 1)) for fix in fixes)
    assert [one.fingerprint for one in found("\n\n\n\nxa\nb\nxa\n", *moved)] == names


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("a\n", Fix(Span.at(1, 1), "a")),  # nothing changes
        ("a", Fix(Span(1, 2, 1, 2), "\n")),  # only the end of the file, which no line shows
        ("a\nb\n", Fix(Span.at(1, 1), "a\u202e")),  # nobody would see what they take over
        ("a\nb\n", Fix(Span.at(1, 1), "x" * 6_000)),
    ],
)
def test_what_a_forge_cannot_take_over_is_not_proposed(text: str, fix: Fix) -> None:
    assert found(text, fix) == ()


def test_a_line_with_a_secret_is_never_proposed() -> None:
    fix = Fix(Span.at(1, 1), "b")
    assert found("a key\n", fix, hidden={PATH: (Span.at(1, 3, 3),)}) == ()
    masked = Finding(PATH, fix.span, "P203", "a key", fix=fix, masked=True)
    assert fixed_lines(Report((masked,), {}, (), {PATH: "a key\n"}, frozenset())) == ()


def test_a_name_that_lint_takes_for_another_is_proposed_where_it_marks_the_very_name() -> None:
    finding = Finding(PATH, Span.at(1, 9, 4), "P004", "no prompt is called 'gret'", "did you mean 'greet'?")
    report = Report((finding,), {}, (), {PATH: "prompt: gret\n"}, frozenset())
    assert [one.new for one in fixed_lines(report)] == [("prompt: greet",)]
    beside = finding._replace(span=Span.at(1, 1, 6))
    assert fixed_lines(report._replace(findings=(beside,))) == ()
