"""Kinds of slips beside those of the corpus (tests/lint/slips): the place, the cause and the cure of each."""

from __future__ import annotations

import time

import pytest

from promptops.model.finding import Span
from promptops.source.yaml.errors import explain_misreading, explain_yaml_error
from promptops.source.yaml.reader import YamlProblem, read_yaml
from promptops.source.yaml.slips.registry import MISREAD, UNREADABLE

MESSAGE = "messages:\n  - role: user\n    content: "


def told(text: str) -> tuple[str, str, str]:
    with pytest.raises(YamlProblem) as caught:
        read_yaml(text)
    span = caught.value.span
    return f"{span.line}:{span.column}", caught.value.message, caught.value.hint


@pytest.mark.parametrize(
    ("text", "place", "cause", "cure"),
    [
        # Between braces and brackets.
        ('a: {b: "it\'s", c: d: e}\n', "1:20", "second colon", 'c: "d: e"'),
        ("a: [one, two: three: four]\n", "1:20", "second colon", "quotes"),
        ("a: {b: «x: y»}\n", "1:8", "curly quotes (« »)", '"x: y"'),
        ("a: {b: ‘x: y’}\n", "1:8", "curly quotes (‘ ’)", '"x: y"'),
        ("a: {b: „x: y“}\n", "1:8", "curly quotes („ “)", '"x: y"'),
        ("a: ['don't', b]\n", "1:9", "this apostrophe ends the text", "double quotes"),
        ('a: ["say "hi" now", b]\n', "1:10", "this quote ends the text", "backslash"),
        ("a: {\n  b: 1\n  c: 2\n}\n", "2:6", "a comma is missing behind this", "comma"),
        ("a: {b: {c: d}\ne: f\n", "1:4", "brace that opens here is never closed", "closing }"),
        ("a: [b, c\nd: e\n", "1:4", "bracket that opens here is never closed", "closing ]"),
        ("a: {b:, c: d}\n", "1:6", "a colon inside braces", "a space behind"),
        ("a: {b: x，c: d}\n", "1:11", "second colon", "quotes"),
        # Texts of several lines.
        (f"{MESSAGE}>\n        One\n      - two\n", "4:9", "the first line of this text", "column 7"),
        (f"{MESSAGE}|-\n         One\n      & two\n", "4:10", "the first line of this text", "column 7"),
        (f"{MESSAGE}|\n      One\n  two\n", "5:3", "nor part of the text above", "column 7"),
        (f"{MESSAGE}Be kind.\n      Note: be brief.\n", "3:5", "a | is missing", "write `content: |`"),
        ("j:\n  question:\n    Is it?\n    Note: kind words.\n    Really?\n", "2:3", "a | is missing", "question: |"),
        # Signs that look like others.
        ("a:\n  — b: c\n    d: e\n", "2:3", "a long dash (—)", "write `- b: c`"),
        ("a:\n  ‑ b: c\n    d: e\n", "2:3", "a long dash", "write `- b: c`"),
        ("a:\n  ● b: c\n    d: e\n", "2:3", "a bullet", "write `- b: c`"),
        ("a:\n  * b: c\n    d: e\n", "2:3", "a star (*)", "write `- b: c`"),
        ("a﹕\n  b: c\n", "1:2", "looks like it (﹕)", "write `a: `"),
        ("a = b\nc: d\n", "1:3", "an equals sign", "write `a: `"),
        (", a: b\nc: d\n", "1:1", "a stray ,", "space"),
        ("—\na: b\n", "1:1", "nothing but long dashes", "delete"),
        # What nobody sees.
        ("a: 1\nb\u00a0: c: d\n", "2:6", "second colon", "quotes"),
        ("a:\n\u2003 b: 2\nc: d: e\n", "3:5", "second colon", "quotes"),
        ("\u200ba: b\nc\u2060: d: e\n", "2:6", "second colon", "quotes"),
        ("a:\n  - b: 1\n\ufeff    c: 2\n", "3:1", "byte order mark", "delete"),
        # Quotes.
        ("a: \"b”\nc: d\n", "1:6", 'straight quote (") and ends with a curly one (”)', '"b"'),
        ("a: 'b’\nc: d\n", "1:4", "quote that opens here is never closed", "closing '"),
        ("a: 'the learner's text'\n", "1:17", "goes on after its closing quote", "\"the learner's text\""),
        ('a: "One" is enough\n', "1:10", "goes on after its closing quote", "'\"One\" is enough'"),
        # What is left of other programs.
        ("~~~yaml\na: b: c\n~~~\n", "1:1", "marks a piece of code", "delete"),
        ("a: b\n||||||| base\nc: d\n", "2:1", "git left a conflict", "keep one"),
        ("a: - b\n", "1:4", "a list cannot begin on the line of its key", "quotes"),
    ],
)  # fmt: skip
def test_a_slip_is_told_where_it_is_with_its_cause_and_its_cure(text: str, place: str, cause: str, cure: str) -> None:
    found = told(text)
    assert found[0] == place, found
    assert cause in found[1], found
    assert cure in found[2], found


@pytest.mark.parametrize(
    "text",
    [
        "name: “Meeting”\ndescription: a: b\n",
        "description: Rules\n  • be kind\nname: a: b\n",
        f"{MESSAGE}|\n      • one\n      – two\n      x = y\n      a：b\nname: a: b\n",
    ],
)
def test_what_is_right_above_is_not_to_blame(text: str) -> None:
    assert "second colon" in told(text)[1]


@pytest.mark.parametrize(
    "rows",
    [
        ['    content: "Reply as {name:x}, note：y"'],
        ["    content: Hello, note：y"],
        ["    content:", "      x = 1", "      • one", "      note：y"],
        ["    content: One", "      key:value", "      . b: c"],
        ["    content: |", "      role:user", "      – one"],
    ],
)
def test_what_a_text_says_is_not_to_blame_for_a_value_that_does_not_fit(rows: list[str]) -> None:
    text = "\n".join(["messages:", "  - role: usr", *rows])
    assert explain_misreading(text, [Span.at(2, 11)]) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("messages:\n  - {role：user, content: hi}", "2:10"),
        ("messages:\n  - {role: user, content：hi}", "2:25"),
        ("messages:\n  - {role: user, content:hi}", "2:18"),
        ("messages:\n  – user\n  – hi", "2:3"),
        ("name:\n  x = 1", "2:5"),
        ("messages:\n  - role: user\n    content: # Rules", "3:14"),
    ],
)
def test_a_file_that_can_be_read_and_is_not_what_was_meant_is_told_by_its_lines(text: str, place: str) -> None:
    line = int(place.partition(":")[0])
    found = explain_misreading(text, [Span.at(line, 1)])
    assert found is not None
    assert f"{found.span.line}:{found.span.column}" == place


@pytest.mark.parametrize("detect", [*UNREADABLE, *MISREAD], ids=lambda detect: detect.__name__)
def test_every_detector_says_what_it_looks_for(detect: object) -> None:
    assert detect.__doc__


@pytest.mark.parametrize(
    "row", ["- " * 5000, "a: |\n" * 5000, "“" * 10_000, "{a: " * 2000, ": " * 5000, "\u00a0" * 10_000, "a，" * 5000,
            " " * 10_000 + "x", "–" * 10_000, "- a:" * 3000, "'" * 9999, '"a“' * 4000, "a:\n" + "  x\n" * 5000]
)  # fmt: skip
def test_no_text_takes_the_detectors_long(row: str) -> None:
    start = time.process_time()
    for problem in ("mapping values are not allowed", "expected ',' or '}'", "could not find expected ':'", "x"):
        explain_yaml_error(f"{row}\nb: c\n", problem, (2, 2), (1, 1))
    explain_misreading(f"{row}\nb: c\n", ())
    assert time.process_time() - start < 5  # a square of the length would take minutes
