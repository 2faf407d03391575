"""The block of lines that is ours in a CODEOWNERS file. All other lines are people's, and stay byte for byte.

The last line that fits a file says who owns it, so a new block goes to the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from promptops.errors import SourceError

_BEGIN, _END = "# promptops: begin", "# promptops: end"
_NOTICE = (
    "# Made by `promptops owners --write` from the owners that prompts and promptops.yml name.",
    "# Change them there; what is changed here is lost.",
)


class CodeownersParts(NamedTuple):
    """A CODEOWNERS file around the block: what is above it, the block with its two marks (empty: none), and below."""

    above: str
    block: str
    below: str


def split_around_block(text: str, name: str, where: str) -> CodeownersParts:
    """The file's parts around the block of the project `name` (empty: the one at the repository's top).

    SourceError with the line where the block's marks do not make a pair.
    """
    lines = _lines(text)
    rows = [line.lstrip("\ufeff").strip() for line in lines]
    begin, end = _marks(name)
    begins, ends = ([number for number, row in enumerate(rows) if row == mark] for mark in (begin, end))
    if not begins and not ends:
        return CodeownersParts(text, "", "")
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        message = "where the block of promptops begins and ends cannot be told"
        hint = f"keep one line `{begin}` and below it one line `{end}`, or take both out; then write it again"
        raise SourceError(message, where=f"{where}:{min(begins + ends) + 1}", hint=hint)
    start, stop = begins[0], ends[0] + 1
    return CodeownersParts("".join(lines[:start]), "".join(lines[start:stop]), "".join(lines[stop:]))


def replace_block(parts: CodeownersParts, name: str, rows: Sequence[str]) -> str:
    """The file with these rows in its block; as it is, where there are none and it has no block."""
    above, block, below = parts
    if not block and not rows:
        return above
    line_end = "\r\n" if (above + block + below).partition("\n")[0].endswith("\r") else "\n"
    if above and not block:
        above += "" if above.endswith("\n") else line_end
        above += line_end if above.strip() else ""
    new = render_block(name, rows, line_end)
    if block and not block.endswith("\n"):
        new = new.removesuffix(line_end)
    return above + new + below


def render_block(name: str, rows: Sequence[str], line_end: str = "\n") -> str:
    """The block itself, with its marks."""
    begin, end = _marks(name)
    return "".join(f"{row}{line_end}" for row in (begin, *_NOTICE, *rows, end))


def _marks(name: str) -> tuple[str, str]:
    """Projects of one repository share the file: each has a block of its own."""
    return (f"{_BEGIN} {name}", f"{_END} {name}") if name else (_BEGIN, _END)


def _lines(text: str) -> list[str]:
    """Lines as the forge reads them: other characters that Python takes for a line's end are none."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + [last] * bool(last)
