from __future__ import annotations

import re

from promptops.report.results.text import render_text
from tests.report.factory import comparison, first_run, hostile, two_models, unchanged


def test_the_terminal_says_what_the_comment_says_in_its_order() -> None:
    text = render_text(comparison())
    places = [
        text.index(part)
        for part in (
            "⛔ A rule fails: Meeting summary",
            "fails its rule (100% → 87%).",
            "criterion ",
            "cost $0.41",
            "✅ names the owner ≥ 75%: 92%",
            "lyon-pilot",
            "base 4f2a91c",
        )
    ]
    assert places == sorted(places)
    assert "\x1b" not in text
    assert "…" not in text.replace(" … ", "")


def test_colours_are_a_choice() -> None:
    assert "\x1b[32m" in render_text(comparison(), color=True)


def test_narrow_terminals_keep_their_width() -> None:
    for results in (comparison(), first_run(), two_models()):
        assert max(len(line) for line in render_text(results, width=80).split("\n")) <= 80


def test_nothing_changed_is_one_line() -> None:
    assert render_text(unchanged()).count("\n") == 1


def test_hostile_text_moves_no_cursor_and_commands_no_runner() -> None:
    text = render_text(hostile())
    assert "\x1b" not in text
    assert not re.search(r"^\s*::|##\[", text, re.MULTILINE)
    text.encode()
