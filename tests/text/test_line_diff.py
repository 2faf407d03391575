"""A diff tells what changed and little else, however long the text or its lines are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.text.diffs.line_diff import LONGEST_COMPARED, cut_long_lines, line_diff

LINES = st.lists(st.sampled_from("abc"), max_size=12)


@given(LINES, LINES)
def test_with_all_its_context_a_diff_holds_both_texts(old: list[str], new: list[str]) -> None:
    rows = line_diff(old, new, len(old) + len(new))
    if old != new:
        assert [row[1:] for row in rows if row[0] != "+"] == old
        assert [row[1:] for row in rows if row[0] != "-"] == new
    else:
        assert rows == []


def test_three_edits_of_a_long_text_are_three_places() -> None:
    old = [f"line {number}" if number % 3 else "" for number in range(5 * LONGEST_COMPARED)]
    new = list(old)
    new[10], new[1001] = "other", "one more"
    del new[2999]
    assert line_diff(old, new, 1) == [
        " ", "-line 10", "+other", " line 11", "@@ … @@",
        " line 1000", "-line 1001", "+one more", " ", "@@ … @@",
        " line 2998", "-line 2999",
    ]  # fmt: skip


def test_a_part_that_was_moved_in_a_long_text_is_told_as_moved() -> None:
    old = [f"line {number}" for number in range(3 * LONGEST_COMPARED)]
    rows = line_diff(old, [*old[:100], *old[105:1500], *old[100:105], *old[1500:]], 0)
    assert rows == [*(f"-line {n}" for n in range(100, 105)), "@@ … @@", *(f"+line {n}" for n in range(100, 105))]


def test_a_long_text_without_a_line_of_its_own_is_told_whole() -> None:
    rows = line_diff(["a", "b"] * LONGEST_COMPARED, ["c", "c"] * LONGEST_COMPARED)
    assert [row[0] for row in rows] == ["-"] * 2 * LONGEST_COMPARED + ["+"] * 2 * LONGEST_COMPARED


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("short", "shore", ["-short", "+shore"]),
        ("a" * 999 + "X" + "b" * 999, "a" * 999 + "YZ" + "b" * 999,
         [f"-…{'a' * 80}X{'b' * 80}…", f"+…{'a' * 80}YZ{'b' * 80}…"]),
        ("X" + "b" * 999, "b" * 999, [f"-X{'b' * 80}…", f"+{'b' * 80}…"]),
        ("a" * 999, "a" * 999 + "X", [f"-…{'a' * 80}", f"+…{'a' * 80}X"]),
        ("a" * 999, "b" * 999, [f"-{'a' * 200}… 799 more characters", f"+{'b' * 200}… 799 more characters"]),
    ],
)  # fmt: skip
def test_a_long_line_is_cut_to_what_changed(old: str, new: str, told: list[str]) -> None:
    assert cut_long_lines([" x", f"-{old}", f"+{new}", " y"], 200) == [" x", *told, " y"]


def test_lines_without_a_partner_are_cut_at_their_end() -> None:
    long = "a" * 300
    assert cut_long_lines([f"-{long}", f" {long}", f"+{long}", "+b", f"-{long}"], 200) == [
        f"-{'a' * 199}… 101 more characters",
        f" {'a' * 199}… 101 more characters",
        f"+{'a' * 199}… 101 more characters",
        "+b",
        f"-{'a' * 199}… 101 more characters",
    ]
