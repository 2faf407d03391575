"""Two replies side by side, with their own words marked: a table of HTML, or two fences where no HTML is shown.

What a stranger wrote stands in fences too: a fork's results are quoted, and a cell is no quotation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from promptops.model.results import Sample
from promptops.report.results.field_changes import ABSENT, FieldRow, field_rows
from promptops.report.results.results_view import CaseChange, ResultsView, reply_text
from promptops.text import humanize
from promptops.text.diffs.word_diff import Piece, word_changes
from promptops.text.sanitize import cell, fence, html_text, shorten

_CELL, _VALUE, _SHORT = 900, 240, 40
_AROUND = 140
"""Characters before and behind a changed word that stay, so that it is seen in its sentence."""
_MOST_ROWS = 12
_MARKS = "⟦", "⟧"
_LEGEND = f"Words that changed stand in {_MARKS[0]} {_MARKS[1]}."


def reply_columns(view: ResultsView, change: CaseChange) -> str:
    """Before and after of a case, what is long cut around what changed; the fields where both replies are JSON."""
    in_fences = view.plain or view.foreign
    rows = None if view.foreign else field_rows(change.case, change.base, change.head)
    if rows:
        return _field_table(rows, plain=view.plain)
    before, after = _text(change.base), _text(change.head)
    if before != after:
        return _fences(before, after) if in_fences else _html_columns(before, after)
    if in_fences:
        return f"the same reply before and after:\n\n{fence(before, _CELL)}"
    return _html_table(["the same reply before and after"], [[_html(_first([Piece(before, False)], _CELL), "")]])


def _text(sample: Sample) -> str:
    return reply_text(sample).strip("\n")


def _html_columns(before: str, after: str) -> str:
    old, new = _marked(before, after, _CELL)
    return _html_table(["before", "after"], [[_html(old, "del"), _html(new, "ins")]])


def _fences(before: str, after: str) -> str:
    sides = _marked(before, after, _CELL)
    texts = ["".join(map(_bracketed, side)) for side in sides]
    legend = f"\n\n{_LEGEND}" if any(changed for side in sides for _, changed in side) else ""
    return f"before:\n\n{fence(texts[0], 2 * _CELL)}\n\nafter:\n\n{fence(texts[1], 2 * _CELL)}{legend}"


def _bracketed(piece: Piece) -> str:
    space, words = piece.split()
    return f"{space}{_MARKS[0]}{words}{_MARKS[1]}" if piece.changed and words else piece.text


def _marked(before: str, after: str, limit: int) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, of which the changed ones say so; where all differs, no word is marked."""
    found = word_changes(before, after)
    if found is None:
        return [Piece(shorten(before, limit), False)], [Piece(shorten(after, limit), False)]
    return _excerpt(found.old, limit), _excerpt(found.new, limit)


def _excerpt(pieces: Sequence[Piece], limit: int) -> list[Piece]:
    """Where the text is long, what changed with some words around it; `limit` characters at the most."""
    if sum(len(piece.text) for piece in pieces) > limit:
        last = len(pieces) - 1
        pieces = [
            piece if piece.changed else Piece(_around(piece.text, after=place > 0, before=place < last), False)
            for place, piece in enumerate(pieces)
        ]
    return list(_first(pieces, limit))


def _around(text: str, *, after: bool, before: bool) -> str:
    """The parts of an unchanged text that are near a change; all of it where little would be left out."""
    if len(text) <= 2 * _AROUND + 20:
        return text
    start = text[:_AROUND].rsplit(" ", 1)[0] if after else ""
    end = text[-_AROUND:].split(" ", 1)[-1] if before else ""
    return f"{start} … {end}"


def _first(pieces: Sequence[Piece], limit: int) -> Iterator[Piece]:
    for piece in pieces:
        if len(piece.text) > limit:
            yield Piece(f"{piece.text[:limit]} …", piece.changed)
            return
        limit -= len(piece.text)
        yield piece


def _field_table(rows: Sequence[FieldRow], *, plain: bool) -> str:
    shown = rows[:_MOST_ROWS]
    has_expected = any(row.expected for row in shown)
    heads = ["field", *(["expected"] if has_expected else []), "before", "after"]
    if plain:
        lines = [heads, ["---"] * len(heads)]
        lines += [[cell(text, _VALUE) for text in _texts(row, has_expected=has_expected)] for row in shown]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    else:
        table = _html_table(heads, [_html_row(row, has_expected=has_expected) for row in shown])
    more = len(rows) - len(shown)
    return table + (f"\n\nand {humanize.plural(more, 'more field')}" if more else "")


def _texts(row: FieldRow, *, has_expected: bool) -> list[str]:
    return [row.place, *([row.expected] if has_expected else []), row.before, row.after]


def _html_row(row: FieldRow, *, has_expected: bool) -> list[str]:
    named = [html_text(text, _VALUE) for text in _texts(row, has_expected=has_expected)[:-2]]
    if row.before != row.after and max(len(row.before), len(row.after)) <= _SHORT:
        old, new = ([Piece(text, text != ABSENT)] for text in (row.before, row.after))
    else:
        old, new = _marked(row.before, row.after, _VALUE)
    return [*named, _html(old, "del"), _html(new, "ins")]


def _html(pieces: Iterable[Piece], tag: str) -> str:
    return "".join(_html_piece(piece, tag) for piece in pieces)


def _html_piece(piece: Piece, tag: str) -> str:
    """The words in the tag, and the space before them outside of it."""
    space, words = piece.split()
    if not piece.changed or not words:
        return html_text(piece.text, len(piece.text))
    return f"{html_text(space, len(space))}<{tag}>{html_text(words, len(words))}</{tag}>"


def _html_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in which no line is blank, so that the block ends where it should; the cells are HTML."""
    lines = ["".join(f"<th>{head}</th>" for head in heads)]
    lines += ["".join(f'<td valign="top" dir="auto">{text}</td>' for text in row) for row in rows]
    return "\n".join(["<table>", *(f"<tr>{line}</tr>" for line in lines), "</table>"])
