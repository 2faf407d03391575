"""What a line may mean that phones, mail programs and people in a hurry wrote.

The first reading is the line as it stands. The others forgive: full-width marks, entities, `pass.`, a mark of another
kind at a quotation's end, names in backticks or without quotation marks. Which one is meant, the names tell that there
are. The same line has the same readings always: what was recorded of a comment is compared with it later.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from promptops.forge.command_grammar import accept_readings, check_lengths, label_readings, read_words
from promptops.forge.quoted_words import Token, split_words, split_words_loosely
from promptops.model.comments.command import AcceptCommand, CommentCommand, InvalidCommand, LabelCommand
from promptops.text.comparable import without_unseen
from promptops.text.suggestions import closest

_MOST_READINGS = 60
_MOST_TRIED = 600
"""Of a line of many verdicts, each reading of which is too long: a stranger may write twenty such lines."""
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_VERB = re.compile(r"\A(/promptops)\W*\s+[*_]*(label|accept)[*_:,.;]*(?=\s)", re.IGNORECASE)
_LABEL = re.compile(r"/promptops label\b", re.IGNORECASE)
_VERDICT = re.compile(
    r"(?<!\S)[*_~(\[]*(pass|fail)(?:[.,;:!?*_~)\]]*(?=[\s\"“”„«'‘’]|\Z)|[.,;:!?]*[\u2013\u2014:,;]+)", re.IGNORECASE
)
_VERBS = {"label": "label judge rate mark lable", "accept": "accept approve waive allow except"}
_VERDICTS = {
    "pass": "pass passed passes passing ok okay yes good",
    "fail": "fail failed fails failing no bad",
}


def read_line(line: str) -> CommentCommand:
    """The command, with all its readings; or what is wrong, with what may be meant."""
    strict = read_words(line, split_words(line))
    found = [] if isinstance(strict, InvalidCommand) else [strict]
    tidied = _tidied(line)
    words = [_without_stops(split(tidied)) for split in (split_words, split_words_loosely)]
    for one in (read_words(line, each) for each in words):
        found += [] if isinstance(one, InvalidCommand) else [one]
    for each in words:
        if each and _LABEL.match(tidied):
            found += islice(label_readings(line, each[2:]), _MOST_READINGS)
    if commands := list(_of_length(dict.fromkeys(found))):
        return _with_others(commands)
    assert isinstance(strict, InvalidCommand)
    return strict._replace(meant=tuple(islice(_guesses(line, words[1] or words[0]), _MOST_READINGS)))


def _without_stops(words: list[Token] | None) -> list[Token] | None:
    """The words without the stops and commas that stood behind a quotation."""
    return None if words is None else [word for word in words if word.quoted or word.text.strip(".,;:!?")]


def _with_others(found: Sequence[LabelCommand | AcceptCommand]) -> LabelCommand | AcceptCommand:
    first = found[0]
    if isinstance(first, LabelCommand):
        return first._replace(others=tuple(one for one in found[1:] if isinstance(one, LabelCommand)))
    return first._replace(others=tuple(one for one in found[1:] if isinstance(one, AcceptCommand)))


def _tidied(line: str) -> str:
    """The line without what programs put into it and nobody meant."""
    text = " ".join(without_unseen(html.unescape(line).translate(_FULL_WIDTH)).split())
    return _VERDICT.sub(r"\1 ", _VERB.sub(r"\1 \2", text))


def _guesses(line: str, words: Sequence[Token] | None) -> Iterator[LabelCommand | AcceptCommand]:
    """What somebody meant whose line is no command: a verb or verdict that is nearly one, a mark that was left out."""
    if words is None:
        words = [Token(word.strip("\"“”„«»'‘’`")) for word in _tidied(line).split()]
    rest = list(words[1:])
    verb = _meant(rest[0].text, _VERBS) if rest else ""
    rest = rest[1:] if verb else rest
    if verb != "accept":
        said = [_as_verdict(at, word) for at, word in enumerate(rest)]
        yield from _of_length(islice(label_readings(line, said), _MOST_TRIED))
    if verb == "accept":
        yield from _of_length(islice(accept_readings(line, rest), _MOST_TRIED))


def _of_length(found: Iterable[LabelCommand | AcceptCommand]) -> Iterator[LabelCommand | AcceptCommand]:
    return (one for one in found if not isinstance(check_lengths(one), InvalidCommand))


def _as_verdict(place: int, word: Token) -> Token:
    return Token(_meant(word.text, _VERDICTS) or word.text, word.quoted) if place >= 2 and not word.quoted else word


def _meant(word: str, known: dict[str, str]) -> str:
    """The key that the word is another word for, or a misspelling of; empty for none."""
    plain = word.strip("*_.,;:!?()[]").casefold()
    words = {other: key for key, others in known.items() for other in others.split()}
    return words.get(plain) or (words.get(closest(plain, words), "") if len(plain) > 3 else "")
