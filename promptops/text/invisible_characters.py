"""Characters that nobody sees and a model reads, judged by what stands around them.

Many have honest uses: joiners in emoji and in Persian or Hindi, marks of direction in Hebrew, tags in three flags.
Those are left alone. What is not: text told in tags, marks that turn a line around, breaks and blanks from a web page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from promptops.model.finding import Severity


class HiddenText(NamedTuple):
    """`text[start:end]` is or holds what is hidden. `instead` is the one right text for it; None: people decide."""

    start: int
    end: int
    message: str
    hint: str
    severity: Severity
    instead: str | None
    detail: str = ""


_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TURNS = "\u202a-\u202e\u2066-\u2069"
_MARKS = "\u200e\u200f\u061c"
_BLANKS = "\u00ad\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\u115f\u1160\u3164\uffa0"
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010fffd"
_CONTROLS = "\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_GRAVE = f"[{_TURNS}]|[{_TAGS}]+|[{_SELECTORS}]{{3,}}"
_OTHERS = f"[{_MARKS}{_BLANKS}]+|[{_PRIVATE}]+|[{_CONTROLS}]+"
_ENOUGH = 20_000
"""Marks that can carry a message, looked at in one file: no honest text has more of them."""
_NEAR = 400
"""Characters around a mark that are looked at for its line; lines may be as long as the file."""

_FLAGS = {"".join(chr(0xE0000 + ord(char)) for char in f"{name}\x7f") for name in ("gbeng", "gbsct", "gbwls")}
_BLACK_FLAG = "\U0001f3f4"
_CLOSERS = "\u202c\u2069"
_OVERRIDES = "\u202d\u202e"
_RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001eeff]"
# Scripts whose letters join or part by invisible signs: Arabic and its neighbours, India's, Tibetan, Burmese, Khmer.
_JOINING = "[\u0600-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u18af\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefc]"
# Scripts without spaces, where a zero-width space says where a word may end.
_UNSPACED = "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1980-\u19df\u3040-\u30ff\u3400-\u9fff]"
_HANGUL = "[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa1-\uffdc]"
_NAMES = {
    "\u00ad": "soft hyphen", "\u200b": "zero-width space", "\u200c": "zero-width non-joiner", "\u061c": "arabic mark",
    "\u200d": "zero-width joiner", "\ufeff": "byte order mark", "\u2060": "word joiner", "\u200e": "left-to-right mark",
    "\u200f": "right-to-left mark", "\u3164": "Hangul filler",
}  # fmt: skip
_WHY = "you cannot see it, the model reads it, and searching for the word fails"
_DELETE = "delete it"


def find_hidden_text(text: str) -> Iterator[HiddenText]:
    """Everything hidden in the text: first what can carry a message, then what is only in the way."""
    done = 0
    for number, found in enumerate(re.finditer(_GRAVE, text)):
        if number == _ENOUGH:
            message = (
                f"more than {_ENOUGH:,} invisible marks stand before this one, and those behind it are not looked at"
            )
            yield HiddenText(*found.span(), message, "delete those that no text needs", "error", None)
            break
        if found.start() >= done:
            is_turn = re.match(f"[{_TURNS}]", found[0]) is not None
            hidden, done = _turned(text, found.start()) if is_turn else (_written(text, *found.span()), found.end())
            if hidden is not None:
                yield hidden
    for found in re.finditer(_OTHERS, text):
        hidden = _stray(text, *found.span())
        if hidden is not None:
            yield hidden


def _turned(text: str, start: int) -> tuple[HiddenText | None, int]:
    """A mark that changes the direction, with all up to its closing mark or the end of the line; and that end."""
    line_start, line_end = _line(text, start, start)
    depth, end = 0, line_end
    for mark in re.finditer(f"[{_TURNS}]", text[start:line_end]):
        depth += -1 if mark[0] in _CLOSERS else 1
        if depth <= 0:
            end = start + mark.end()
            break
    stretch = text[start:end]
    foreign = re.search(_RIGHT_TO_LEFT, text[line_start:line_end]) is not None
    if foreign and depth == 0 and text[start] not in _CLOSERS and not re.search(f"[{_OVERRIDES}]", stretch):
        return None, end  # a quotation in the other direction, properly closed
    name = unicodedata.name(text[start], "").lower()
    message = f"an invisible mark ({_code(text[start])}, {name}) changes the order in which the text is shown"
    instead = None if foreign else re.sub(f"[{_TURNS}]", "", stretch)
    hint = "delete the mark, and read again what the line really says"
    detail = "the model reads another text than the one you see"
    return HiddenText(start, end, message, hint, "error", instead, detail), end


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    """The line, or what is near of it."""
    line_start, line_end = text.rfind("\n", max(0, start - _NEAR), start), text.find("\n", end, end + _NEAR)
    return max(line_start + 1, start - _NEAR, 0), line_end if line_end >= 0 else min(len(text), end + _NEAR)


def _written(text: str, start: int, end: int) -> HiddenText | None:
    """Tag characters spell letters, and variation selectors bytes, without showing any."""
    run = text[start:end]
    if run in _FLAGS and text[start - 1 : start] == _BLACK_FLAG:
        return None
    if re.match(f"[{_TAGS}]", run):
        words = "".join(chr(ord(char) - 0xE0000) for char in run[:400] if 0x20 <= ord(char) - 0xE0000 < 0x7F)
    else:
        numbers = (ord(char) - 0xFE00 if ord(char) < 0xFE10 else ord(char) - 0xE0100 + 16 for char in run[:400])
        words = bytes(numbers).decode("utf-8", "replace")
        words = words if words.isprintable() and "\ufffd" not in words else ""
    words = words.strip()
    shown = f"{words[:60]}…" if len(words) > 60 else words
    said = f"invisible text hides the words '{shown}'" if shown else f"{len(run)} invisible characters stand here"
    hint, detail = "delete them, and ask who put them there", "a model reads them, nobody else does"
    return HiddenText(start, end, said, hint, "error", "", detail)


def _stray(text: str, start: int, end: int) -> HiddenText | None:
    """Invisible blanks and joiners, and marks of direction, where the letters around them have no use for them."""
    run, first = text[start:end], text[start]
    around, after = text[start - 1 : start] + text[end : end + 1], text[end : end + 1]
    if re.match(f"[{_PRIVATE}]", first):
        message, detail = f"{_code(first)} is a sign of one font only", "everybody else sees an empty box, or nothing"
        hint = "write in words, or with a common sign, what is meant"
        return HiddenText(start, end, message, hint, "warning", None, detail)
    # Skin tones, and the sign that asks for colour, stand between a picture and what joins it.
    picture = (
        text[max(0, start - 4) : start].rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")[-1:] or " "
    )
    if len(run) <= 2 and set(run) <= {*_MARKS, "\u200c", "\u200d"}:
        if re.search(_JOINING, around) or (run == "\u200d" and _is_picture(after or " ") and _is_picture(picture)):
            return None
        if set(run) <= set(_MARKS) and re.search(_RIGHT_TO_LEFT, text[slice(*_line(text, start, end))]):
            return None
    if first == "\u200b" and len(run) == 1 and re.search(_UNSPACED, around):
        return None
    if first in "\u115f\u1160\u3164\uffa0" and re.search(_HANGUL, around):
        return None
    name = _NAMES.get(first) or unicodedata.name(first, "control character").lower()
    more = f", with {len(run) - 1} more behind it" if len(run) > 1 else ""
    message = f"an invisible character ({_code(first)}, {name}) stands here{more}"
    return HiddenText(start, end, message, _DELETE, "warning", "", _WHY)


def _is_picture(char: str) -> bool:
    return ord(char) > 0x2000 and unicodedata.category(char) in ("So", "Sm", "Cn")


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"
