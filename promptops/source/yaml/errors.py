"""YAML's mistakes in the words of somebody who writes texts, not programs.

libyaml says what it expected and where it stopped; people want to know which line they got wrong and what to type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from promptops.model.finding import START, Span
from promptops.source.yaml.conflict_markers import CONFLICT, KEEP_ONE, find_conflict

_NO_SPACE = re.compile(r"\s*(?:- )?([\w-]+:)[^\s:/]")
_NO_SPACE_AFTER_DASH = re.compile(r"\s*(-)\w[\w-]*:")
_OPEN_QUOTE = re.compile(r""".*?(?::|-)\s+((["']).*)""")
_ODD_SPACE = re.compile(r"[ -]*(?:[\w-]+:)?[\u00a0\u2000-\u200a\u202f\u3000]")
_COMMENT = re.compile(r"(?<=[\s\[{,])#[^\s#].*")
"""What may be meant as text: who writes a comment puts a space after its sign."""
_IN_QUOTES = "put the whole text in quotes, or write it on the next lines below a `|`"


class YamlMistake(NamedTuple):
    """What is wrong, where, what to do, and which lint rule speaks of it."""

    message: str
    span: Span
    hint: str
    code: str = "P001"


class _ParserStop(NamedTuple):
    """Where the parser stopped (`line`, `column`) and where the thing it was reading began; all from 1."""

    rows: list[str]
    line: int
    column: int
    began_line: int
    began_column: int

    @property
    def row(self) -> str:
        return self.at(self.line)

    @property
    def char(self) -> str:
        return self.row[self.column - 1 : self.column]

    def at(self, line: int) -> str:
        return self.rows[line - 1] if 0 < line <= len(self.rows) else ""

    def above(self, line: int) -> tuple[int, str]:
        """The nearest line above that is not blank."""
        while line > 1 and not self.at(line - 1).strip():
            line -= 1
        return line - 1, self.at(line - 1)

    def content(self, line: int) -> Span:
        """The line without the spaces around it."""
        row = self.at(line)
        return Span.at(line, len(row) - len(row.lstrip()) + 1, max(1, len(row.strip())))

    def rest(self) -> Span:
        """From where the parser stopped to the end of the line."""
        return Span.at(self.line, self.column, max(1, len(self.row.rstrip()) - self.column + 1))


def explain_yaml_error(text: str, problem: str, place: tuple[int, int], began: tuple[int, int]) -> YamlMistake:
    """Say `problem` (libyaml's words, at `place`, in something that began at `began`) so that it can be mended."""
    if conflict := find_conflict(text):
        return YamlMistake(CONFLICT, conflict, KEEP_ONE, "P008")
    stop = _ParserStop(text.split("\n"), *place, *began)
    blank = stop.row[: len(stop.row) - len(stop.row.lstrip())]
    if "\t" in blank:
        hint = "delete the tab and type spaces, two for each level"
        return YamlMistake("this line is indented with a tab", Span.at(stop.line, 1, len(blank)), hint)
    for line in (stop.line, stop.began_line, stop.above(stop.line)[0]):
        if odd := _ODD_SPACE.match(stop.at(line)):
            message = "a no-break space stands here, which YAML does not take for a space"
            hint = "delete it and type an ordinary space; it often comes with copied text"
            return YamlMistake(message, Span.at(line, odd.end(), 1), hint)
    for words, explainer in _EXPLAINERS:
        if words in problem:
            return explainer(stop)
    hint = "check the indentation and the quotes around this place"
    return YamlMistake(f"this is not valid YAML: {problem}", Span.at(stop.line, stop.column), hint)


def explain_complex_key(row: str) -> YamlMistake:
    """A key that is a group or a list: mostly a text that begins with a brace, on the line `row`."""
    start = row.find("{{")
    if start < 0:
        return YamlMistake("a key must be a single word or text", START, "write `key: value`")
    span = Span.at(1, start + 1, len(row.rstrip()) - start)
    return YamlMistake("a text that begins with {{ needs quotes", span, _IN_QUOTES)


def _bad_start(stop: _ParserStop) -> YamlMistake:
    spot = Span.at(stop.line, stop.column)
    if stop.char == "\t":
        return YamlMistake("a tab stands here", spot, "delete the tab and type spaces")
    return YamlMistake(f"a text cannot begin with {stop.char} without quotes", stop.rest(), _IN_QUOTES)


def _second_colon(stop: _ParserStop) -> YamlMistake:
    row = stop.row
    first = re.match(r"\s*(?:- +)*[^\s:\"'][^:]*: ", row)
    if first and first.end() < stop.column:
        key, value = row[: first.end()].strip(), row[first.end() :].strip().replace('"', '\\"')
        shown = f'{key} "{value}"' if len(value) < 60 else f'{key} "…"'
        message = "there is a second colon in this line, so it reads like two keys"
        return YamlMistake(message, Span.at(stop.line, stop.column), f"put the text in quotes: {shown}")
    above, text = stop.above(stop.line)
    message = f"this line is further to the right than line {above}, which it should stand under"
    hint = "begin both in the same column; if it goes on with the text above, put that text in quotes"
    return _missing_space(above, text) or YamlMistake(message, stop.content(stop.line), hint)


def _missing_space(line: int, row: str) -> YamlMistake | None:
    if found := _NO_SPACE_AFTER_DASH.match(row):
        column = found.start(1) + 1
        return YamlMistake("a space is missing after the dash", Span.at(line, column), "write `- ` and then the key")
    if found := _NO_SPACE.match(row):
        key, span = found[1], Span.at(line, found.start(1) + 1, len(found[1]))
        return YamlMistake("a space is missing after the colon", span, f"write `{key} ` and then the value")
    return None


def _hidden(stop: _ParserStop, line: int, first: int = 1) -> YamlMistake | None:
    """The comment in the line, from the column `first` on, that hides what the parser looked for."""
    row = stop.at(line)
    found = _COMMENT.search(row, first - 1)
    if found is None or not row[: found.start()].strip() or row.count('"', 0, found.start()) % 2:
        return None
    message = "a comment begins at this #, which hides the rest of the line"
    hint = "if it is part of the text, put the whole text in quotes"
    return YamlMistake(message, Span.at(line, found.start() + 1, len(found[0].rstrip())), hint)


def _no_colon(stop: _ParserStop) -> YamlMistake:
    line = stop.began_line
    if hidden := _hidden(stop, line):
        return hidden
    message = "this line is neither `key: value` nor part of the text above"
    hint = "if it belongs to the text above, indent it as far as that text; otherwise write `key: value`"
    return _missing_space(line, stop.at(line)) or YamlMistake(message, stop.content(line), hint)


def _after_value(stop: _ParserStop) -> YamlMistake:
    before = stop.row[: stop.column - 1].rstrip()
    if before.endswith(("'", '"')):
        quote = before[-1]
        if opened := _left_open(stop, quote):
            return opened
        other = "write the apostrophe twice ('')" if quote == "'" else 'write a backslash before each inner quote (\\")'
        hint = f"{other}, or write the text on the next lines below a `|`"
        return YamlMistake("the text goes on after its closing quote", stop.rest(), hint)
    if before.endswith(("]", "}")):
        return YamlMistake("the text goes on after the closing bracket", stop.rest(), _IN_QUOTES)
    above, text = stop.above(stop.line)
    if stop.column > len(text) - len(text.lstrip()) + 1 and (hidden := _hidden(stop, above)):
        return hidden
    hint = "line it up: keys of one group begin in the same column, a text stays to the right of its key"
    return YamlMistake("this line begins in a column where nothing else begins", stop.content(stop.line), hint)


def _left_open(stop: _ParserStop, quote: str) -> YamlMistake | None:
    """The line above on which the quote was opened that closes, by accident, here."""
    for line in range(stop.line - 1, max(0, stop.line - 200), -1):
        found = _OPEN_QUOTE.match(stop.at(line))
        if found and found[2] == quote and found[1].count(quote) % 2:
            return _never_closed(stop._replace(began_line=line, began_column=found.start(1) + 1))
    return None


def _never_closed(stop: _ParserStop) -> YamlMistake:
    row = stop.at(stop.began_line)
    if row[stop.began_column - 1 : stop.began_column] in ("[", "{"):
        for line in range(stop.began_line, stop.line + 1):
            if hidden := _hidden(stop, line, stop.began_column if line == stop.began_line else 1):
                return hidden
    width = max(1, len(row.rstrip()) - stop.began_column + 1)
    opener = row[stop.began_column - 1 : stop.began_column]
    thing, closer = {"[": ("bracket", "]"), "{": ("brace", "}")}.get(opener, ("quote", opener))
    span, hint = Span.at(stop.began_line, stop.began_column, width), f"add the closing {closer} at the end of the text"
    return YamlMistake(f"the {thing} that opens here is never closed", span, hint)


def _no_content(stop: _ParserStop) -> YamlMistake:
    if any(row.strip() for row in [stop.row[stop.column - 1 :], *stop.rows[stop.line :]]):
        spot = Span.at(stop.line, stop.column)
        return YamlMistake("a value is missing before this place", spot, "write it, or take out the comma")
    # The file ends inside brackets: the last one without its partner was left open.
    opened: list[tuple[int, int]] = []
    for line, row in enumerate(stop.rows, 1):
        for column, char in enumerate(_COMMENT.sub("", row), 1):
            if char in "[{":
                opened.append((line, column))
            elif char in "]}" and opened:
                opened.pop()
    line, column = opened[-1] if opened else (stop.line, stop.column)
    return _never_closed(stop._replace(began_line=line, began_column=column))


def _not_an_item(stop: _ParserStop) -> YamlMistake:
    line, list_column = stop.content(stop.line), stop.began_column
    item = stop.at(stop.began_line)[list_column - 1 :]
    key_column = list_column + 1 + len(item[1:]) - len(item[1:].lstrip())
    return YamlMistake(
        f"this line begins in column {line.column}, where nothing else begins",
        line,
        f"begin it in column {key_column}, under the key above; a new item of the list begins "
        f"with a dash in column {list_column}",
    )


def _backslash(stop: _ParserStop) -> YamlMistake:
    span = Span.at(stop.line, max(0, stop.row.rfind("\\", 0, stop.column)) + 1, 2)
    hint = "write it twice (\\\\), or put the text between single quotes"
    return YamlMistake("a backslash has a special meaning between double quotes", span, hint)


def _block_head(stop: _ParserStop) -> YamlMistake:
    mark = stop.at(stop.began_line)[stop.began_column - 1 :][:1] or "|"
    hint = "move the text to the next line and indent it two spaces more than its key"
    return YamlMistake(f"the text must begin on the line below the {mark}", stop.rest(), hint)


_EXPLAINERS: tuple[tuple[str, Callable[[_ParserStop], YamlMistake]], ...] = (
    ("cannot start any token", _bad_start),
    ("tab character", _bad_start),
    ("mapping values are not allowed", _second_colon),
    ("could not find expected ':'", _no_colon),
    ("expected '-' indicator", _not_an_item),
    ("unexpected end of stream", _never_closed),
    ("expected ',' or", _never_closed),
    ("expected node content", _no_content),
    ("expected key", _after_value),
    ("alphabetic or numeric", lambda stop: _bad_start(stop._replace(line=stop.began_line, column=stop.began_column))),
    ("unknown escape", _backslash),
    ("hexdecimal", _backslash),
    ("comment or line break", _block_head),
    ("directive", lambda stop: YamlMistake("a line cannot begin with %", Span.at(stop.began_line, 1), _IN_QUOTES)),
)
