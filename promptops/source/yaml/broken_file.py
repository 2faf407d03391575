"""A YAML file that cannot be read, or reads as something else than was meant: its lines, and where it went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from promptops.model.finding import Span

_BLOCK_HEAD = re.compile(r" *(?P<dashes>(?:- +)*)(?P<key>\S.*:[ \t]+)?[|>][-+0-9]{0,2}[ \t]*(?:#.*)?")
_DASHES = re.compile(r"\s*(?:- +)*")
TEXT_KEYS = ("content", "question", "prompt", "systemPrompt", "description")
"""Keys under which people write whole sentences."""
_KEY_WITH_TEXT = re.compile(rf"\s*(?:- +)*(?:[\w-]+:\s+[^\s#]|(?:{'|'.join(TEXT_KEYS)}):\s*$)")
_IN_FLOW = re.compile(r"\s*(?:- +)*(?:[\w-]+: +)?[{\[]")
_QUOTED = re.compile(r"\"[^\"]*\"?|'[^']*'?")
_MOST_NEAR = 60
"""Lines that are looked at for what spoils one value."""


class YamlMistake(NamedTuple):
    """What is wrong, where, what to do, and which lint rule speaks of it."""

    message: str
    span: Span
    hint: str
    code: str = "P001"


class BrokenFile:
    """The file's lines (`rows`) and where reading stopped (`line`, `column`), all from 1.

    `began_line` and `began_column`: where the thing that was being read begins. `problem`: the parser's words; empty
    where it could read the file, but not as somebody meant it.
    """

    def __init__(
        self, rows: Sequence[str], problem: str, place: tuple[int, int], began: tuple[int, int] | None = None
    ) -> None:
        self.rows = rows
        self.problem = problem
        self.line, self.column = place
        self.began_line, self.began_column = began or place

    @property
    def row(self) -> str:
        """The line where reading stopped."""
        return self.at(self.line)

    @property
    def char(self) -> str:
        """The character at which reading stopped."""
        return self.row[self.column - 1 : self.column]

    @property
    def before(self) -> str:
        """What stands before it in its line, without the spaces between."""
        return self.row[: self.column - 1].rstrip()

    def at(self, line: int) -> str:
        """The line, empty where there is none."""
        return self.rows[line - 1] if 0 < line <= len(self.rows) else ""

    def above(self, line: int) -> tuple[int, str]:
        """The nearest line above that is not blank."""
        while line > 1 and not self.at(line - 1).strip():
            line -= 1
        return line - 1, self.at(line - 1)

    def parent(self, line: int) -> tuple[int, str]:
        """The nearest line above whose key begins further to the left: what it stands below. (0, "") for none."""
        left = _indentation(self.at(line))
        for above in range(line - 1, max(0, line - _MOST_NEAR), -1):
            row = self.at(above)
            dashes = _DASHES.match(row)
            if row.strip() and dashes and dashes.end() < left:
                return above, row
        return 0, ""

    def continues_text(self, line: int) -> bool:
        """Whether the line goes on with a text that begins at a key above it."""
        return _KEY_WITH_TEXT.match(self.parent(line)[1]) is not None

    def begun_at(self, line: int, column: int) -> BrokenFile:
        """The same stop, in something that began at another place."""
        return BrokenFile(self.rows, self.problem, (self.line, self.column), (line, column))

    def flow(self, line: int) -> str:
        """The line, where its value stands between braces, with blanks for texts in quotes; else nothing."""
        row = self.at(line)
        return _QUOTED.sub(lambda text: " " * len(text[0]), row) if _IN_FLOW.match(row) else ""

    def moved(self, line: int, column: int) -> BrokenFile:
        """The same file, read but not as it was meant, from this place on."""
        other = BrokenFile(self.rows, "", (line, column))
        other.__dict__["_heads"] = self._heads
        return other

    def content(self, line: int) -> Span:
        """The line without the spaces around it."""
        row = self.at(line)
        return Span.at(line, len(row) - len(row.lstrip()) + 1, max(1, len(row.strip())))

    def rest(self) -> Span:
        """From where reading stopped to the end of the line."""
        return Span.at(self.line, self.column, max(1, len(self.row.rstrip()) - self.column + 1))

    def text_head(self, line: int) -> int:
        """The line of the `key: |` whose text the line belongs to; 0 where it is part of no such text."""
        return self._heads[line] if line < len(self._heads) else 0

    @cached_property
    def near(self) -> tuple[int, ...]:
        """The lines that may be to blame, outside texts below a `|`, the likeliest first.

        Where the parser stopped: that line, the one where it began, the one above. Else the line and all that stand
        below it as far to the right.
        """
        if self.problem:
            lines: list[int] = [self.line, self.began_line, self.above(self.line)[0]]
        else:
            lines = [line for line in self._extent() if not self.continues_text(line)]
        return tuple(line for line in dict.fromkeys(lines) if self.at(line).strip() and not self.text_head(line))

    def _extent(self) -> Iterator[int]:
        left = _indentation(self.row)
        for line in range(self.line, min(self.line + _MOST_NEAR, len(self.rows)) + 1):
            row = self.at(line)
            if row.strip() and _indentation(row) < left:
                return
            yield line

    @cached_property
    def _heads(self) -> list[int]:
        """For each line (from 1) the line of the block text that it is part of, or 0."""
        heads, head, left = [0], 0, 0
        for number, row in enumerate(self.rows, 1):
            blank = len(row) - len(row.lstrip(" "))
            if head and (blank > left or not row.strip()):
                heads.append(head)
                continue
            found = _BLOCK_HEAD.fullmatch(row)
            head, left = (number, _left_of_text(found)) if found else (0, 0)
            heads.append(0)
        return heads


def _left_of_text(head: re.Match[str]) -> int:
    """How many columns a text below this line has to its left at least."""
    if head["key"]:
        return head.end("dashes")
    dash = head["dashes"].rfind("-")
    return head.start("dashes") + dash


Detector = Callable[[BrokenFile], YamlMistake | None]
"""Looks for one kind of slip; None where it is another."""


def _indentation(row: str) -> int:
    return len(row) - len(row.lstrip())
