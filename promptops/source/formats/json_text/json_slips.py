"""The slips that people make in JSON, told from where Python's reader stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

_CURLY = "“”„‟«»‹›‘’‚‛「」『』″′"
_BLANKS = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
_UNSEEN = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff"
_WIDE = {"：": ":", "﹕": ":", "，": ",", "、": ",", "；": ",", "｛": "{", "｝": "}", "［": "[", "］": "]", "＂": '"'}
_HALF_CURLY = re.compile(rf'(?:^|[{{\[,:])\s*"[^"{_CURLY}]*([{_CURLY}])\s*(?:[,:}}\]]|$)')
_VALUE_END = re.compile(r"(?:[\"}\]\d]|true|false|null)$")
_COMMENT = re.compile(r"#|//|/\*")
_WORDS = re.compile(r"(true|false|null|none|undefined|nil|nan|yes|no)\b", re.IGNORECASE)
_MEANT_WORDS = {"true": "true", "yes": "true", "false": "false", "no": "false"}
_ODD_NUMBER = re.compile(r"[\d.,]*\d[\d.,:/%€$£+-]*")
_MARKS = re.compile(r"\s*([•●▪◦‣·*–—-]|\d+[.)])\s+(?=\{)")
_STRAIGHT = 'write straight quotes (") and not curly ones around names and texts'
_MOST, _MOST_ABOVE = 100_000, 1000
"""Characters of a line that are looked at: nobody types more."""


class JsonSlip(NamedTuple):
    """What is wrong (`cause`, empty where nobody knows), where (line and column from 1), and what to do."""

    cause: str
    hint: str
    line: int
    column: int


class _Stop(NamedTuple):
    """Where reading stopped and what Python says: the row, the text above it, the column from 1."""

    above: str
    row: str
    column: int
    words: str

    @property
    def char(self) -> str:
        return self.row[self.column - 1 : self.column]

    @property
    def rest(self) -> str:
        return self.row[self.column - 1 :]

    @property
    def before(self) -> str:
        return (self.above + self.row[: self.column - 1]).rstrip()

    def at_end_of_before(self) -> tuple[int, int]:
        """How many lines above, and in which column, the last sign before the stop stands."""
        before = self.before
        lines_up = (self.above + self.row[: self.column - 1]).count("\n", len(before))
        return lines_up, len(before) - (before.rfind("\n") + 1)


class _Told(NamedTuple):
    """`column` 0: where reading stopped. `lines_up`: how many lines above it."""

    cause: str
    hint: str
    column: int = 0
    lines_up: int = 0


def explain_json(text: str, problem: json.JSONDecodeError) -> JsonSlip:
    """Why the text is not JSON, at its own lines and columns."""
    start = problem.pos - problem.colno + 1
    end = text.find("\n", start)
    row = text[start : len(text) if end < 0 else end]
    stop = _Stop(text[max(0, start - _MOST_ABOVE) : start], row, problem.colno, problem.msg)
    for detect in _DETECTORS if len(row) <= _MOST else ():
        if told := detect(stop):
            return JsonSlip(told.cause, told.hint, problem.lineno - told.lines_up, told.column or problem.colno)
    return JsonSlip("", "", problem.lineno, problem.colno)


def _odd_character(stop: _Stop) -> _Told | None:
    if re.match(f"[{_BLANKS}]", stop.char):
        return _Told(
            "a no-break space stands here, which JSON does not take for a space", "type an ordinary space for it"
        )
    if re.match(f"[{_UNSEEN}]", stop.char):
        return _Told(
            f"an invisible character (U+{ord(stop.char):04X}) stands here", "delete it; it often comes with copied text"
        )
    return None


def _curly_quote(stop: _Stop) -> _Told | None:
    if stop.char and stop.char in _CURLY:
        return _Told(f"a curly quote ({stop.char}) stands where a straight one must", _STRAIGHT)
    if found := _HALF_CURLY.search(stop.row):
        cause = f"a text begins with a straight quote and ends with a curly one ({found[1]})"
        return _Told(cause, _STRAIGHT, found.start(1) + 1)
    return None


def _wide_sign(stop: _Stop) -> _Told | None:
    if stop.char in _WIDE:
        return _Told(f"the wide sign {stop.char} means nothing to JSON", f"write {_WIDE[stop.char]}")
    return None


def _other_sign(stop: _Stop) -> _Told | None:
    if stop.char == "=" and stop.before.endswith('"'):
        return _Told("an equals sign stands where a colon must", "write a colon: :")
    if stop.char == ";" and stop.before.endswith(('"', "]", "e", "l", *"0123456789")):
        return _Told("a semicolon stands where a comma must", "write a comma: ,")
    return None


def _list_mark(stop: _Stop) -> _Told | None:
    if stop.column <= 3 and (found := _MARKS.match(stop.row)):
        return _Told(f"a mark of a list ({found[1]}) stands before the brace", "delete it: the line begins with {")
    return None


def _comma_before_closing(stop: _Stop) -> _Told | None:
    if stop.char and stop.char in "}]" and stop.before.endswith(","):
        lines_up, column = stop.at_end_of_before()
        hint = f"take out the comma before the closing {stop.char}"
        return _Told(f"a comma stands before the closing {stop.char}", hint, column if lines_up else 0, lines_up)
    if found := re.match(r",\s*([}\]])", stop.rest):  # where newer versions of Python stop
        hint = f"take out the comma before the closing {found[1]}"
        return _Told(f"a comma stands before the closing {found[1]}", hint)
    return None


def _number(stop: _Stop) -> _Told | None:
    found = re.search(r"(?<=[\s:\[,])(-?\d+(?:\.\d{3})*),$", stop.before)
    if found and (digits := re.match(r"\d+(?=\s*[,}\]])", stop.rest)):
        meant = f"{found[1].replace('.', '')}.{digits[0]}"
        return _Told("a number is written with a comma", f"write it with a point: {meant}")
    return None


def _odd_number(stop: _Stop) -> _Told | None:
    """A date, a number that begins with 0, one with its unit: JSON takes them as texts only."""
    begun = re.search(r"[\d.,]{0,40}$", stop.row[: stop.column - 1])
    start = begun.start() if begun else stop.column - 1
    found = _ODD_NUMBER.match(stop.row, start)
    if found is None or found.end() < stop.column or not re.search(r"[\s:\[,]$", stop.row[:start]):
        return None
    token = found[0].rstrip(",")
    cause = f"{token[:40]} is not a number"
    return _Told(
        cause, f'JSON writes numbers like 0.5 and -10; anything else stands in quotes: "{token[:40]}"', start + 1
    )


def _word(stop: _Stop) -> _Told | None:
    found = _WORDS.match(stop.rest)
    if found is None or stop.words.startswith("Expecting property name"):
        return None
    meant = _MEANT_WORDS.get(found[1].lower(), "null")
    return _Told(
        f"{found[1]} is not a word of JSON", f"write {meant}: JSON writes true, false and null; a text stands in quotes"
    )


def _remark(stop: _Stop) -> _Told | None:
    if _COMMENT.match(stop.rest):
        return _Told("a comment stands here", "JSON knows no comments: take it out")
    if stop.rest.startswith(("…", "...")):
        return _Told("dots stand here for what was left out", "take them out, and a comma before them")
    return None


def _tab(stop: _Stop) -> _Told | None:
    if stop.words.startswith("Invalid control character") and stop.char == "\t":
        return _Told("a tab stands inside a text", r"write \t for a tab, or type a space")
    return None


def _two_commas(stop: _Stop) -> _Told | None:
    if stop.char == "," and stop.before.endswith(","):
        return _Told("two commas follow each other", "take one of them out")
    return None


def _quote_forgotten(stop: _Stop) -> _Told | None:
    """A text or a name before has no closing quote, so the next one closes it: `"Bo, "tone": …`."""
    before = stop.before
    if not before.endswith('"') or not re.match(r"[^\W\d]", stop.char):
        return None
    opened = before.rfind('"', 0, len(before) - 1)
    inside = before[opened + 1 : -1]
    if re.fullmatch(r"\w[\w -]{0,40}:\s*", inside):
        name = inside.rstrip(": ")
        column = opened - len(stop.above) + 1
        return _Told(f"the name {name} has no closing quote", f'write "{name}"', max(1, column))
    if inside.rstrip().endswith(",") and re.match(r'\w[\w -]{0,40}"\s*:', stop.rest) and opened >= len(stop.above):
        text = inside.rstrip().rstrip(",")
        hint = f'write a " at its end: "{text}"' if len(text) < 40 else 'write a " at its end, before the comma'
        return _Told("the text that begins here has no closing quote", hint, opened - len(stop.above) + 1)
    return None


def _single_quotes(stop: _Stop) -> _Told | None:
    if stop.char == "'":
        return _Told("a single quote stands where a double one must", "write \" and not ' around names and texts")
    return None


def _backslash(stop: _Stop) -> _Told | None:
    if stop.char == "\\":
        return _Told("a backslash stands in the text, which has a meaning of its own", "write it twice: \\\\")
    return None


def _never_closed(stop: _Stop) -> _Told | None:
    if stop.words.startswith("Unterminated string"):
        return _Told("the text that begins here has no closing quote", 'write a " at the end of the text')
    return None


def _quote_inside(stop: _Stop) -> _Told | None:
    """A word follows a closing quote: the quote was meant as part of the text."""
    if stop.before.endswith('"') and re.match(r"[^\W\d_]", stop.char) and not _WORDS.match(stop.rest):
        return _Told("a quote inside the text ends it", 'a " inside a text is written \\"', max(1, stop.column - 1))
    return None


def _colon_missing(stop: _Stop) -> _Told | None:
    if "':' delimiter" in stop.words and stop.char == ",":
        return _Told("a comma stands where a colon must", "write a colon between the name and its value: :")
    if "':' delimiter" in stop.words:
        return _Told("a colon is missing before this", "write a colon between the name and its value: :")
    return None


def _comma_missing(stop: _Stop) -> _Told | None:
    if stop.char and stop.char in '"{[' and _VALUE_END.search(stop.before) and not _is_case_end(stop):
        lines_up, column = stop.at_end_of_before()
        where = ("behind this", column) if lines_up else ("before this", 0)
        return _Told(f"a comma is missing {where[0]}", "write a comma between the two values", where[1], lines_up)
    return None


def _no_quotes(stop: _Stop) -> _Told | None:
    if not re.match(r"[^\W\d]", stop.char) or _WORDS.match(stop.rest):
        return None
    if stop.words.startswith("Expecting property name"):
        return _Told("a name stands without quotes", 'a name stands in quotes: {"input": "…"}')
    if stop.words == "Expecting value" and stop.before:
        if found := re.match(r'([^"{}\[\]:,]{1,60})"\s*[,}\]]', stop.rest):
            return _Told("a quote is missing before this text", f'write "{found[1]}"')
        return _Told("a text stands without quotes", 'a text stands in quotes: "…"')
    return None


def _whole_list(stop: _Stop) -> _Told | None:
    row = stop.row.strip()
    if row == "{" and not stop.rest.strip("{ "):
        return _Told("what begins here goes on over several lines", "write all of it on one line, without line breaks")
    if row == "[" and not stop.rest.strip("[ "):
        hint = "write each case on a line of its own, without [ ] and commas between them"
        return _Told("a list begins here", f"{hint}: a whole case stands on one line and begins with {{")
    return None


def _is_case_end(stop: _Stop) -> bool:
    """Whether a whole case stands before: then another one follows on its line."""
    before = stop.before
    return stop.char == "{" and before.count("{") == before.count("}")


_DETECTORS: tuple[Callable[[_Stop], _Told | None], ...] = (
    _odd_character,
    _curly_quote,
    _wide_sign,
    _other_sign,
    _list_mark,
    _comma_before_closing,
    _two_commas,
    _number,
    _remark,
    _tab,
    _single_quotes,
    _backslash,
    _never_closed,
    _quote_forgotten,
    _quote_inside,
    _colon_missing,
    _comma_missing,
    _word,
    _odd_number,
    _no_quotes,
    _whole_list,
)
"""In the order in which they are tried."""
