"""Which words changed: the pieces give both texts back, and hostile texts take bounded work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.text.diffs import word_diff
from promptops.text.diffs.word_diff import Piece, underline_changes, word_changes


def marked(old: str, new: str) -> tuple[str, str]:
    """Both texts with their own words in brackets."""
    found = word_changes(old, new)
    assert found is not None
    before, after = ("".join(f"[{text}]" if changed else text for text, changed in side) for side in found)
    return before, after


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        (
            "Tom sends it by Friday.",
            "Tom sends it by Monday.",
            "Tom sends it by[ Friday].",
            "Tom sends it by[ Monday].",
        ),
        ("It is kind.", "It is very kind.", "It is kind.", "It is[ very] kind."),
        ("same words", "same words", "same words", "same words"),
        ("one  space", "one\nspace", "one  space", "one\nspace"),
        ("会议在周一开始。", "会议在周五开始。", "会议在周[一]开始。", "会议在周[五]开始。"),
        ("ประชุมวันจันทร์", "ประชุมวันศุกร์", "ประชุมวัน[จันท]ร์", "ประชุมวัน[ศุก]ร์"),
        ("यह किताब है", "यह कलम है", "यह[ किताब] है", "यह[ कलम] है"),
        (
            "Please contact us immediately, Tom, about the offer.",
            "Please write to us soon, Tom, about the offer.",
            "Please[ contact us immediately], Tom, about the offer.",
            "Please[ write to us soon], Tom, about the offer.",
        ),
    ],
)
def test_the_words_that_changed_are_found(old: str, new: str, before: str, after: str) -> None:
    assert marked(old, new) == (before, after)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The lease ends in May.", "Nobody knows why cats purr"),
        ("", "something"),
        ("a " * 6_000, "b " * 6_000),
        ("x" * 100_001, "x" * 100_001 + " y"),
    ],
)
def test_other_texts_are_not_compared(old: str, new: str) -> None:
    assert word_changes(old, new) is None


_TEXT = st.text(st.sampled_from("ab .,\n\u0301\u200d漢字éก็👍🏽"), max_size=60)


@given(_TEXT, _TEXT)
def test_the_pieces_give_both_texts_back_and_pair_up(old: str, new: str) -> None:
    found = word_changes(old, new)
    if found is None:
        return
    assert ("".join(piece.text for piece in found.old), "".join(piece.text for piece in found.new)) == (old, new)
    kept = [["".join(text.split()) for text, changed in side if not changed] for side in found]
    assert kept[0] == kept[1]


def test_a_mark_stays_with_its_letter() -> None:
    found = word_changes("cafe au lait", "cafe\u0301 au lait")
    assert found is not None
    assert found.new[0] == Piece("cafe\u0301", True)


class Counted(str):
    """A word that counts how often it is compared."""

    compared = 0
    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 1_200, "b a " * 1_150 + "c"),
        ("a " * 2_500, "x " + "a " * 2_400 + "y"),
        ("a b c d " * 600, "d c b a " * 600),
        (" ".join(f"w{n % 13}" for n in range(2_600)), " ".join(f"w{n * 7 % 13}" for n in range(2_600))),
    ],
)
def test_hostile_texts_take_bounded_work(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = word_diff._common_runs
    monkeypatch.setattr(
        word_diff, "_common_runs", lambda a, b: real([Counted(word) for word in a], [Counted(word) for word in b])
    )
    Counted.compared = 0
    word_changes(old, new)
    assert Counted.compared <= 2 * word_diff._MOST_CHANGES * max(len(old.split()), len(new.split())) / 2 + 300_000


def test_a_terminal_underlines_the_words() -> None:
    assert underline_changes(["Be kind."], ["Be very kind."]) == (["Be kind."], ["Be \x1b[4mvery\x1b[24m kind."])
