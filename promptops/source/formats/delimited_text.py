"""Tables as spreadsheets save them: cells parted by commas, semicolons, tabs or bars (RFC 4180, and what Excel adds).

Python's `csv` does not tell a cell in quotes from one without, and only the spaces of the former are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from promptops.errors import PromptError

DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*', re.IGNORECASE)
_RECORD = re.compile(r'(?:[^"\n]+|"[^"]*"?)*')
"""A row, roughly: in quotes it may have line breaks."""
_NOTHING = ' \t\r\n\xa0,;"'
_NO_TABLE = "this is not a CSV table: "


def read_rows(text: str, where: str, delimiter: str = "") -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank with the line where it begins: its cells, without the spaces around them.

    A cell in quotes keeps its spaces. By default the first row shows what parts the cells, as a line `sep=;` does,
    which Excel reads too. PromptError with the place in the file `where` for what is no table.
    """
    if "\n" not in text:  # old programs on a Mac end their lines so
        text = text.replace("\r", "\n")
    start, line = 0, 1
    first = text.partition("\n")[0]
    if found := _SEPARATOR_LINE.fullmatch(first.strip(" \r")):
        start, line, delimiter = len(first) + 1, 2, found[1]
    for row_line, cells in _rows(text, where, delimiter or _delimiter(text, where), start, line):
        if any(cells):
            yield row_line, cells


def _delimiter(text: str, where: str) -> str:
    """What parts the cells of the first row; a comma where nothing does."""
    begin = len(text) - len(text.lstrip(_NOTHING))
    first = _RECORD.match(text, text.rfind("\n", 0, begin) + 1)
    names = re.sub('"[^"]*"?', "", first[0] if first else "")
    candidates = [one for one in DELIMITERS if one in names]
    if len(candidates) > 1:
        fitting = [one for one in candidates if _is_even(text, one)]
        if len(fitting) > 1:
            message = f"the cells could be parted by {' or by '.join(_NAMES[one] for one in fitting)}"
            hint = "put names that hold one of them in quotes, or write a first line that says it: sep=;"
            raise PromptError(message, where=f"{where}:1", hint=hint)
        candidates = fitting or candidates
    return candidates[0] if candidates else ","


def _is_even(text: str, delimiter: str) -> bool:
    """Whether every row has as many cells as the first one."""
    try:
        return len({len(cells) for _, cells in _rows(text, "", delimiter) if any(cells)}) == 1
    except PromptError:
        return False


def _rows(text: str, where: str, delimiter: str, start: int = 0, line: int = 1) -> Iterator[tuple[int, list[str]]]:
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if '"' in text[start:end]:
            cells, end = _quoted_row(text, where, delimiter, start)
        else:
            cells = [cell.strip() for cell in text[start:end].split(delimiter)]
        yield line, cells
        line += text.count("\n", start, end) + 1
        start = end + 1


@cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A cell's opening quote, what may stand behind the closing one, and a cell without quotes."""
    mark = re.escape(delimiter)
    blank = rf"(?:(?!{mark})[^\S\n])*"
    return re.compile(f'{blank}"'), re.compile(rf"{blank}(?={mark}|\n|\Z)"), re.compile(rf"[^\n{mark}]*")


def _quoted_row(text: str, where: str, delimiter: str, start: int) -> tuple[list[str], int]:
    """The cells of a row in which quotes stand, and where it ends."""
    opening, closing, bare = _patterns(delimiter)
    cells: list[str] = []
    while True:
        if opened := opening.match(text, start):
            end = _closing_quote(text, where, opened.end())
            cells.append(text[opened.end() : end].replace('""', '"'))
            closed = closing.match(text, end + 1)
            if closed is None:
                hint = 'put the whole text in quotes, and write a " inside it twice: ""'
                message = f"{_NO_TABLE}a text goes on after its closing quote"
                raise PromptError(message, where=_place(text, where, end + 1), hint=hint)
            start = closed.end()
        else:
            end = bare.match(text, start).end()  # type: ignore[union-attr]  # it matches nothing at least
            cells.append(text[start:end].strip())
            start = end
        if text[start : start + 1] != delimiter:
            return cells, start
        start += 1


def _closing_quote(text: str, where: str, start: int) -> int:
    end = text.find('"', start)
    while end >= 0 and text[end + 1 : end + 2] == '"':
        end = text.find('"', end + 2)
    if end < 0:
        message = f"{_NO_TABLE}the quote that opens here is never closed"
        hint = 'write a " at the end of the text; one inside it is written twice: ""'
        raise PromptError(message, where=_place(text, where, start - 1), hint=hint)
    return end


def _place(text: str, where: str, offset: int) -> str:
    return f"{where}:{text.count(chr(10), 0, offset) + 1}:{offset - text.rfind(chr(10), 0, offset)}"
