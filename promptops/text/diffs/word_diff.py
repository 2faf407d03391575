"""Which words of a text changed: found in bounded time, in scripts with and without spaces.

Words are compared, not the space between them. What changes is found by Myers's greedy algorithm ("An O(ND) Difference
Algorithm", 1986), which takes the length times the number of changes and is given up after so many changes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_ON, _OFF = "\x1b[4m", "\x1b[24m"
_MOST_CHARACTERS, _MOST_WORDS = 100_000, 5_000
"""Longer texts are told as they are: nobody looks for a word in them."""
_MOST_CHANGES = 500
"""Words taken out and put in; the time grows with its square."""
_ALIKE = 0.4
"""Texts that share less of their words are other texts, and all of them would be marked."""
_MOST_IN_ISLAND = 2
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese: no spaces between words, so that each letter is one."""
_WORD = re.compile(rf"\s*(?:[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]|\Z)")
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"


class Piece(NamedTuple):
    """A part of a text, and whether the other text has something else there."""

    text: str
    changed: bool

    def split(self) -> tuple[str, str]:
        """The space before the words, which is not marked with them, and the words."""
        words = self.text.lstrip()
        return self.text[: len(self.text) - len(words)], words


class _Stretch(NamedTuple):
    """So many words that both texts have, from these places on."""

    old: int
    new: int
    length: int


_Way = tuple[_Stretch, "_Way"] | None
"""The runs on a way through both texts, the last one first; ways that begin alike share their beginning."""


class WordChanges(NamedTuple):
    """Two texts in pieces, which joined give each text back. Of both, the unchanged ones pair up in their order."""

    old: tuple[Piece, ...]
    new: tuple[Piece, ...]


def word_changes(old: str, new: str) -> WordChanges | None:
    """What changed, word by word; None where so much did that no word would be found again."""
    if max(len(old), len(new)) > _MOST_CHARACTERS:
        return None
    before, after = _words(old), _words(new)
    if max(len(before), len(after)) > _MOST_WORDS:
        return None
    runs = _common_runs([word.strip() for word in before], [word.strip() for word in after])
    if runs is None:
        return None
    kept = _without_islands(runs, before, after)
    return WordChanges(
        _pieces(before, [(run.old, run.length) for run in kept]),
        _pieces(after, [(run.new, run.length) for run in kept]),
    )


def underline_changes(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines taken out and put in, each pair's own words underlined; as given where they do not pair up."""
    if len(old) != len(new):
        return list(old), list(new)
    pairs = [_underlined(before, after) for before, after in zip(old, new, strict=True)]
    return [before for before, _ in pairs], [after for _, after in pairs]


def _underlined(old: str, new: str) -> tuple[str, str]:
    found = word_changes(old, new)
    if found is None:
        return old, new
    before, after = ("".join(map(_underline, pieces)) for pieces in found)
    return before, after


def _underline(piece: Piece) -> str:
    space, words = piece.split()
    return f"{space}{_ON}{words}{_OFF}" if piece.changed and words else piece.text


def _words(text: str) -> list[str]:
    """The words, each with the space before it; marks and joiners stay with the letter they belong to."""
    found: list[str] = []
    for word in _WORD.findall(text):
        if found and word and (_belongs(word[0]) or found[-1][-1] in _JOINERS):
            found[-1] += word
        elif word:
            found.append(word)
    return found


def _belongs(char: str) -> bool:
    return char in _JOINERS or (not char.isascii() and unicodedata.category(char)[0] == "M")


def _common_runs(old: Sequence[str], new: Sequence[str]) -> list[_Stretch] | None:
    """The words that both have, in order; None where there are too many others."""
    limit = min(_MOST_CHANGES, int((1 - _ALIKE) * (len(old) + len(new))))
    start, end = 0, 0
    least = min(len(old), len(new))
    while start < least and old[start] == new[start]:
        start += 1
    while end < least - start and old[-1 - end] == new[-1 - end]:
        end += 1
    inner = _shortest_way(old[start : len(old) - end], new[start : len(new) - end], limit)
    if inner is None:
        return None
    between = [_Stretch(start + run.old, start + run.new, run.length) for run in inner]
    found = [_Stretch(0, 0, start), *between, _Stretch(len(old) - end, len(new) - end, end)]
    return [run for run in found if run.length]


def _shortest_way(old: Sequence[str], new: Sequence[str], limit: int) -> list[_Stretch] | None:
    """The runs on the way with the fewest changes, at most `limit`; a `line` is a diagonal, old − new."""
    ways: dict[int, tuple[int, _Way]] = {1: (0, None)}
    for changes in range(limit + 1):
        for line in range(-changes, changes + 1, 2):
            down = line == -changes or (line != changes and ways[line - 1][0] < ways[line + 1][0])
            place, way = ways[line + 1] if down else (ways[line - 1][0] + 1, ways[line - 1][1])
            start = place
            while place < len(old) and place - line < len(new) and old[place] == new[place - line]:
                place += 1
            if place > start:
                way = _Stretch(start, start - line, place - start), way
            if place >= len(old) and place - line >= len(new):
                return _in_order(way)
            ways[line] = place, way
    return None


def _in_order(way: _Way) -> list[_Stretch]:
    found: list[_Stretch] = []
    while way is not None:
        run, way = way
        found.append(run)
    return found[::-1]


def _without_islands(runs: Sequence[_Stretch], old: Sequence[str], new: Sequence[str]) -> list[_Stretch]:
    """Without a word or two that stand alone among longer changes: a reader takes those for one change."""
    kept: list[_Stretch] = []
    for number, run in enumerate(runs):
        before = kept[-1] if kept else _Stretch(0, 0, 0)
        after = runs[number + 1] if number + 1 < len(runs) else _Stretch(len(old), len(new), 0)
        size = _size(old[run.old : run.old + run.length])
        around = (
            max(_size(old[before.old + before.length : run.old]), _size(new[before.new + before.length : run.new])),
            max(_size(old[run.old + run.length : after.old]), _size(new[run.new + run.length : after.new])),
        )
        if run.length > _MOST_IN_ISLAND or size > min(around):
            kept.append(run)
    return kept


def _size(words: Sequence[str]) -> int:
    return sum(len(word.strip()) for word in words)


def _pieces(words: Sequence[str], runs: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """The text in pieces; `runs` are the words that are in the other text too, as (first, how many)."""
    found: list[Piece] = []
    place = 0
    for start, length in [*runs, (len(words), 0)]:
        found += [Piece("".join(words[place:start]), True), Piece("".join(words[start : start + length]), False)]
        place = start + length
    return tuple(piece for piece in found if piece.text)
