"""No padding hides a finding: neither comments, nor hundreds of findings that somebody took on, nor the file's size."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

import pytest

from promptops.lint.engine import limits
from promptops.lint.engine.runner import Report

PROMPT = "prompts/a.prompt.yml"
Linter = Callable[..., Report]


def key(chance: random.Random) -> str:
    return "sk-proj-" + "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(40))


def _prompt(said: str, above: str = "") -> str:
    return f"{above}\ninputs: {{}}\nmessages:\n  - {{role: user, content: {said}}}\n"


def _taken(code: str, lines: list[str]) -> str:
    """A text of so many lines, all of whose findings a comment takes on."""
    return f"# promptops: ignore[{code}] made up\ndescription: |\n" + "".join(f"  {line}\n" for line in lines)


CHANCE = random.Random(7)
KEYS = [key(CHANCE) for _ in range(150)]
TAG = "'a\U000e0041\U000e0042'"
HIDDEN = {
    "a key behind 150 that are taken on": ("P203", _taken("P203", KEYS), f"use {key(CHANCE)}"),
    "a key behind comments": ("P203", "#" + " key: " * 50_000, f"use {key(CHANCE)}"),
    "an address behind addresses in comments": ("P204", "# ann.lee@gmail.com\n" * 150, "mail maria.keller@gmail.com"),
    "an address behind signs of others": ("P204", "#" + " a@b.example" * 15_000, "mail maria.keller@gmail.com"),
    "a telephone number behind numbers": ("P204", "# 12345678.\n" * 15_000, "call +49 30 901820 at once"),
    "a word of two alphabets behind 150": ("P206", _taken("P206", ["p\u0430ypal"] * 150), "log in to p\u0430ypal"),
    "a turned text behind 150": ("P205", _taken("P205", ["a\u202eb"] * 150), "'a\u202eb'"),
    "a turned text behind emoji": ("P205", "#" + " \U0001f468\u200d\U0001f469" * 60_000, "'a\u202eb'"),
    "a tag behind thousands of closed quotations": ("P205", "#" + "\u05d0\u202ab\u202c " * 21_000, TAG),
}  # fmt: skip


@pytest.mark.parametrize("what", HIDDEN)
def test_it_is_found_behind_whatever_stands_before_it(what: str, lint_files: Linter) -> None:
    code, padding, said = HIDDEN[what]
    report = lint_files({PROMPT: _prompt(said, padding)}, PROMPT)
    assert [finding for finding in report.findings if finding.code == code], what
    assert report.failed
    without = lint_files({PROMPT: _prompt("hi", padding)}, PROMPT)
    honest = [one for one in without.findings if one.code == code and "not looked at" not in one.message]
    assert honest == [], "the padding alone is no finding"


def test_what_is_not_looked_at_to_its_end_is_a_finding_that_no_comment_takes_on(
    lint_files: Linter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from promptops.lint.engine import runner

    monkeypatch.setattr(runner, "MAX_SEEN", 20)
    above = "# promptops: ignore[P203] made up\n" + _taken("P203", [key(CHANCE) for _ in range(30)])
    report = lint_files({PROMPT: _prompt("hi", above)}, PROMPT)
    (found,) = [finding for finding in report.findings if finding.code == "P203"]
    assert found.message == "only the first 20 findings of P203 in this file are looked at"
    assert found.severity == "error"


def test_the_first_hundred_are_listed_and_it_is_said_that_there_are_more(lint_files: Linter) -> None:
    keys = "".join(f"# {key(CHANCE)}\n" for _ in range(limits.MOST + 1))
    report = lint_files({PROMPT: _prompt("hi", keys)}, PROMPT)
    found = [finding.message for finding in report.findings if finding.code == "P203"]
    assert len(found) == limits.MOST + 1
    assert "only the first 100 findings of P203 in this file are listed" in found


@pytest.mark.parametrize("size", [1 << 20, 5 << 20])
def test_a_file_that_is_too_large_is_a_finding_whatever_is_in_it(lint_files: Linter, size: int) -> None:
    for name, text in (
        (PROMPT, _prompt("hi", "#" + "x" * size)),
        ("prompts/shared/a.j2", "{#" + "x" * size + "#}"),
        ("evals/a.eval.yml", "#" + "x" * size),
        ("promptops.yml", "#" + "x" * size),
    ):
        report = lint_files({name: text}, name)
        assert [finding.code for finding in report.findings if finding.path.as_posix() == name] == ["P007"], name
