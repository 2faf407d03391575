"""YAML's mistakes in the words of somebody who writes texts, not programs.

libyaml says what it expected and where it stopped; people want to know which line they got wrong and what to type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from promptops.model.finding import START, Span
from promptops.source.yaml.broken_file import BrokenFile, YamlMistake
from promptops.source.yaml.meant_numbers import meant_number
from promptops.source.yaml.slips.keys import space_missing_in
from promptops.source.yaml.slips.registry import MISREAD, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPEN_QUOTE = re.compile(r""".*?(?::|-)\s+((["']).*)""")
_COMMENT = re.compile(r"(?<=[\s\[{,])#[^\s#].*")
"""What may be meant as text: who writes a comment puts a space after its sign."""
_IN_QUOTES = "put the whole text in quotes, or write it on the next lines below a `|`"
_MOST_PLACES = 20
"""Places of a file that are looked at for why its values are not those that were meant."""


def explain_yaml_error(text: str, problem: str, place: tuple[int, int], began: tuple[int, int]) -> YamlMistake:
    """Say `problem` (libyaml's words, at `place`, in something that began at `began`) so that it can be mended."""
    stop = BrokenFile(text.split("\n"), problem, place, began)
    for detect in UNREADABLE:
        if mistake := detect(stop):
            return mistake
    for words, explainer in _EXPLAINERS:
        if words in problem:
            return explainer(stop)
    hint = "check the indentation and the quotes around this place"
    return YamlMistake("this place cannot be read", Span.at(stop.line, stop.column), hint)


def explain_misreading(text: str, places: Iterable[Span]) -> YamlMistake | None:
    """Why the values at these places are not those that were meant, though the file can be read; None: nobody knows."""
    broken = BrokenFile(text.split("\n"), "", (1, 1))
    for span in list(places)[:_MOST_PLACES]:
        here = broken.moved(span.line, span.column)
        for detect in MISREAD:
            if mistake := detect(here):
                return mistake
    return None


def explain_complex_key(row: str) -> YamlMistake:
    """A key that is a group or a list: mostly a text that begins with a brace, on the line `row`."""
    start = row.find("{{")
    if start < 0:
        return YamlMistake("a key must be a single word or text", START, "write `key: value`")
    span = Span.at(1, start + 1, len(row.rstrip()) - start)
    return YamlMistake("a text that begins with {{ needs quotes", span, _IN_QUOTES)


def _bad_start(stop: BrokenFile) -> YamlMistake:
    spot = Span.at(stop.line, stop.column)
    if stop.char == "\t":
        return YamlMistake("a tab stands here", spot, "delete the tab and type spaces")
    ends = r"\s+#|[,\]}]" if set("{[") & set(stop.before) else r"\s+#"
    text = re.split(ends, stop.row[stop.column - 1 :])[0].strip()
    if stop.char in "<>=" and (number := meant_number(text)):
        return YamlMistake(f"a sign ({stop.char}) stands before the number", stop.rest(), f"write {number} alone")
    hint = f'put the whole text in quotes: "{text}"' if len(text) < 40 and not set('"\\{') & set(text) else _IN_QUOTES
    return YamlMistake(f"a text cannot begin with {stop.char} without quotes", stop.rest(), hint)


def _dash_in_line(stop: BrokenFile) -> YamlMistake:
    hint = (
        "if the dash is part of the text, put the whole text in quotes; if it begins a list, write it on the next line"
    )
    return YamlMistake("a list cannot begin on the line of its key", stop.rest(), hint)


def _too_far_right(stop: BrokenFile) -> YamlMistake:
    above, text = stop.above(stop.line)
    message = f"this line is further to the right than line {above}, which it should stand under"
    hint = "begin both in the same column; if it goes on with the text above, put that text in quotes"
    return space_missing_in(above, text) or YamlMistake(message, stop.content(stop.line), hint)


def _hidden(stop: BrokenFile, line: int, first: int = 1) -> YamlMistake | None:
    """The comment in the line, from the column `first` on, that hides what the parser looked for."""
    row = stop.at(line)
    found = _COMMENT.search(row, first - 1)
    if found is None or not row[: found.start()].strip() or row.count('"', 0, found.start()) % 2:
        return None
    message = "a comment begins at this #, which hides the rest of the line"
    hint = "if it is part of the text, put the whole text in quotes"
    return YamlMistake(message, Span.at(line, found.start() + 1, len(found[0].rstrip())), hint)


def _no_colon(stop: BrokenFile) -> YamlMistake:
    line = stop.began_line
    if hidden := _hidden(stop, line):
        return hidden
    message = "this line is neither `key: value` nor part of the text above"
    hint = "if it belongs to the text above, indent it as far as that text; otherwise write `key: value`"
    return space_missing_in(line, stop.at(line)) or YamlMistake(message, stop.content(line), hint)


def _after_value(stop: BrokenFile) -> YamlMistake:
    before = stop.row[: stop.column - 1].rstrip()
    if before.endswith(("'", '"')):
        quote = before[-1]
        if opened := _left_open(stop, quote):
            return opened
        hint = _other_quotes(before, stop.row, quote)
        return YamlMistake("the text goes on after its closing quote", stop.rest(), hint)
    if before.endswith(("]", "}")):
        return YamlMistake("the text goes on after the closing bracket", stop.rest(), _IN_QUOTES)
    above, text = stop.above(stop.line)
    if stop.column > len(text) - len(text.lstrip()) + 1 and (hidden := _hidden(stop, above)):
        return hidden
    hint = "line it up: keys of one group begin in the same column, a text stays to the right of its key"
    return YamlMistake("this line begins in a column where nothing else begins", stop.content(stop.line), hint)


def _other_quotes(before: str, row: str, quote: str) -> str:
    """How to write a text that holds the quote in which it begins."""
    if quote == "'":
        cure, other = "write the apostrophe twice ('')", '"'
    else:
        cure, other = 'write a backslash before each inner quote (\\")', "'"
    opened = re.search(rf"(?::|-)\s+({quote}.*)", row)
    text = opened[1].rstrip() if opened else ""
    if not text or len(text) > 60 or other in text or "\\" in text:
        return f"{cure}, or write the text on the next lines below a `|`"
    whole = text[1:-1] if text.endswith(quote) else text
    return f"{cure}, or put the whole text between the other quotes: {other}{whole}{other}"


def _left_open(stop: BrokenFile, quote: str) -> YamlMistake | None:
    """The line above on which the quote was opened that closes, by accident, here."""
    for line in range(stop.line - 1, max(0, stop.line - 200), -1):
        found = _OPEN_QUOTE.match(stop.at(line))
        if found and found[2] == quote and found[1].count(quote) % 2:
            return _never_closed(stop.begun_at(line, found.start(1) + 1))
    return None


def _never_closed(stop: BrokenFile) -> YamlMistake:
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


def _no_content(stop: BrokenFile) -> YamlMistake:
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
    return _never_closed(stop.begun_at(line, column))


def _bare_colon(stop: BrokenFile) -> YamlMistake:
    hint = "write a space behind the colon; if it is part of a text, put the whole text in quotes"
    return YamlMistake(
        "a colon inside braces or brackets needs a space behind it", Span.at(stop.line, stop.column), hint
    )


def _not_an_item(stop: BrokenFile) -> YamlMistake:
    line, list_column = stop.content(stop.line), stop.began_column
    item = stop.at(stop.began_line)[list_column - 1 :]
    key_column = list_column + 1 + len(item[1:]) - len(item[1:].lstrip())
    return YamlMistake(
        f"this line begins in column {line.column}, where nothing else begins",
        line,
        f"begin it in column {key_column}, under the key above; a new item of the list begins "
        f"with a dash in column {list_column}",
    )


def _backslash(stop: BrokenFile) -> YamlMistake:
    span = Span.at(stop.line, max(0, stop.row.rfind("\\", 0, stop.column)) + 1, 2)
    hint = "write it twice (\\\\), or put the text between single quotes"
    return YamlMistake("a backslash has a special meaning between double quotes", span, hint)


def _block_head(stop: BrokenFile) -> YamlMistake:
    mark = stop.at(stop.began_line)[stop.began_column - 1 :][:1] or "|"
    hint = "move the text to the next line and indent it two spaces more than its key"
    return YamlMistake(f"the text must begin on the line below the {mark}", stop.rest(), hint)


_EXPLAINERS: tuple[tuple[str, Callable[[BrokenFile], YamlMistake]], ...] = (
    ("cannot start any token", _bad_start),
    ("tab character", _bad_start),
    ("mapping keys are not allowed", _bad_start),
    ("mapping values are not allowed", _too_far_right),
    ("sequence entries are not allowed", _dash_in_line),
    ("could not find expected ':'", _no_colon),
    ("expected '-' indicator", _not_an_item),
    ("unexpected end of stream", _never_closed),
    ("expected ',' or", _never_closed),
    ("unexpected ':'", _bare_colon),
    ("expected node content", _no_content),
    ("expected key", _after_value),
    ("alphabetic or numeric", lambda stop: _bad_start(stop.moved(stop.began_line, stop.began_column))),
    ("unknown escape", _backslash),
    ("hexdecimal", _backslash),
    ("comment or line break", _block_head),
    ("directive", lambda stop: YamlMistake("a line cannot begin with %", Span.at(stop.began_line, 1), _IN_QUOTES)),
)
