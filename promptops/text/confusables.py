"""Words in which a letter of another alphabet passes for a Latin one, or a Latin one for a Cyrillic or Greek one.

The table holds only letters that are drawn alike in common fonts: a library of all confusable characters takes
longer to import than all of lint, and calls `rn` and `m` alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_CYRILLIC = dict(zip("аеорсухіјѕԁһӏԛԝѵкАВЕКМНОРСТУХІЈЅԚԜ", "aeopcyxijsdhlqwvkABEKMHOPCTYXIJSQW", strict=True))
_GREEK = dict(zip("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oABEZHIKMNOPTYX", strict=True))
LATIN_OF = _CYRILLIC | _GREEK
"""A letter → the Latin letter that looks like it."""

_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_ALIKE = "".join(LATIN_OF)
_SEAM = f"[{_LATIN}](?=[\u0370-\u03ff\u0400-\u052f])|[\u0370-\u03ff\u0400-\u052f](?=[{_LATIN}])"
_LETTER = f"[{_LATIN}\u0370-\u03ff\u0400-\u052f]"
_LONGEST = 60
"""Letters; what is longer is no word."""


class MixedScriptWord(NamedTuple):
    """`text[start:end]` mixes alphabets. The letters at the offsets `odd` belong to `alphabet`, the rest to `rest`."""

    start: int
    end: int
    odd: tuple[int, ...]
    alphabet: str
    rest: str
    instead: str


def find_mixed_scripts(text: str) -> Iterator[MixedScriptWord]:
    """Every such word, in order."""
    done = 0
    letters = re.compile(f"{_LETTER}{{0,{_LONGEST}}}")
    for seam in re.finditer(_SEAM, text):
        if seam.start() < done:
            continue
        # Backwards first: the word may begin before the first seam.
        before = letters.match(text[max(0, seam.start() - _LONGEST) : seam.start()][::-1])
        start = seam.start() - (before.end() if before else 0)
        found = letters.match(text, seam.start())
        end = done = found.end() if found else seam.end()
        mixed = _judge(text, start, end) if 3 <= end - start <= _LONGEST else None
        if mixed is not None:
            yield mixed


def _judge(text: str, start: int, end: int) -> MixedScriptWord | None:
    word = text[start:end]
    foreign = [place for place, char in enumerate(word) if char >= "\u0370"]
    alphabets = {"Cyrillic" if word[place] >= "\u0400" else "Greek" for place in foreign}
    if len(alphabets) > 1:
        return None  # a word of three alphabets is a game
    alphabet = alphabets.pop()
    if all(word[place] in LATIN_OF for place in foreign):
        # Russians put endings of their own behind foreign words: `PDF` becomes `PDFа` in a Russian sentence.
        ending = foreign[-1] == len(word) - 1 and _speaks(text, start, end)
        if ending or len(word) - len(foreign) < 2:
            return None
        instead = "".join(LATIN_OF.get(char, char) for char in word)
        return MixedScriptWord(start, end, tuple(start + place for place in foreign), alphabet, "Latin", instead)
    latin = [place for place, char in enumerate(word) if char < "\u0370"]
    own = {latin: letter for letter, latin in (_CYRILLIC if alphabet == "Cyrillic" else _GREEK).items()}
    place = latin[0]
    if len(latin) == 1 and word[place] in own and 0 < place < len(word) - 1:
        instead = word[:place] + own[word[place]] + word[place + 1 :]
        return MixedScriptWord(start, end, (start + place,), "Latin", alphabet, instead)
    return None


def _speaks(text: str, start: int, end: int) -> bool:
    """Whether words near by are really written in the other alphabet."""
    around = text[max(0, start - 200) : start] + text[end : end + 200]
    return re.search(f"(?![{_ALIKE}])[\u0370-\u03ff\u0400-\u052f]", around) is not None
