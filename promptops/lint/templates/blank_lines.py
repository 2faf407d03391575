"""Empty lines in what a template becomes: as they are written, and as instructions on lines of their own leave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from promptops.lint.engine.template_tags import Tag

MANY = 3
"""Empty lines in a row that nobody writes on purpose."""
_ITEM = r"[ \t]*(?:[-*+•]|[0-9]{1,3}[.)])[ \t]|[ \t]*\|"
_ELSEWHERE = frozenset({"macro", "endmacro", "block", "endblock", "extends", "call", "endcall"})
"""What stands between these does not come out where it is written."""


def written_runs(text: str) -> Iterator[tuple[int, int]]:
    """Runs of empty lines between two lines of text: where the first stands, and how many they are."""
    if "\n\n" not in text and "\n " not in text and "\n\t" not in text:
        return
    offset = first = count = 0
    before = fenced = False
    for row in text.split("\n"):
        if row.strip():
            words = not row.startswith("{%")
            if count >= MANY and before and words and not fenced:
                yield first, count
            before, count = words, 0
            fenced ^= row.lstrip().startswith("```")
        else:
            first, count = (offset if count == 0 else first), count + 1
        offset += len(row) + 1


def left_by_tags(text: str, tags: Sequence[Tag]) -> Iterator[tuple[Tag, int, str]]:
    """Two or more empty lines that tags leave: the tag that should have a dash, how many lines, the tag with it.

    Tags with nothing but blanks between them make a row, in which two must stand on lines next to each other. Every
    line break in it that no dash takes away, and that does not end a line of text, comes out as an empty line.
    """
    gaps = [text[one.end : other.start] for one, other in pairwise(tags)]
    gaps.append(text[tags[-1].end :] if tags else "")
    before = text[: tags[0].start] if tags else ""
    index = 0
    while index < len(tags):
        end = index
        while end + 1 < len(tags) and not gaps[end].strip() and _silent(tags[end]) and _goes_on(tags[end + 1]):
            end += 1
        if _silent(tags[index]):
            yield from _in_row(tags, gaps, index, end, before if index == 0 else gaps[index - 1])
        index = end + 1


def _in_row(tags: Sequence[Tag], gaps: list[str], first: int, last: int, before: str) -> Iterator[tuple[Tag, int, str]]:
    if any(tag.word in _ELSEWHERE for tag in tags[first : last + 1]):
        return
    leaving: list[int] = []
    count = 0
    for index in range(first, last + 1):
        tail, ends = gaps[index], index + 1 == len(tags)
        if ends and not tail.strip():
            break  # the end of the text
        breaks = tail[: len(tail) - len(tail.lstrip())].count("\n")
        stripped = tags[index].body.endswith("-") or (index < last and tags[index + 1].body.startswith("-"))
        if breaks and not stripped:
            leaving.append(index)
            count += breaks
    # The first line break after words ends their line.
    if tags[first].body.startswith("-") or not _at_line_start(before, first == 0):
        count -= 1
        leaving = leaving[1:]
    # Tags with an empty line between them part two sections: there it is wanted, and a few more do no harm.
    if len(leaving) < 2 or not any(gaps[index].count("\n") == 1 for index in leaving if index < last):
        return
    at_top = first == 0 and not before.strip()
    at = leaving[0] if at_top else leaving[0] + 1 if leaving[0] < last else leaving[0]
    yield tags[at], count, _with_dash(tags[at], after=at_top)


def split_lists(text: str, tags: Sequence[Tag]) -> Iterator[Tag]:
    """The `for` tags of loops that write one item of a list each time round, and an empty line."""
    for number, tag in enumerate(tags):
        if tag.word != "for" or tag.kind != "{%" or tag.body.endswith("-"):
            continue
        end = number + 1
        while end < len(tags) and tags[end].kind == "{{":
            end += 1
        if end == len(tags) or tags[end].word != "endfor" or tags[end].body.startswith("-"):
            continue
        body = text[tag.end : tags[end].start]
        lines = body.split("\n")
        inner = lines[1:-1]
        alone = not lines[0].strip() and not lines[-1].strip()
        if alone and 1 <= len(inner) <= MANY and all(row.strip() for row in inner) and re.match(_ITEM, inner[0]):
            yield tag


def _silent(tag: Tag) -> bool:
    return tag.kind != "{{" and tag.word != "raw" and tag.word != "include"


def _goes_on(tag: Tag) -> bool:
    """Whether what comes before the tag and what comes after it can stand in one text."""
    return _silent(tag) and tag.word not in ("else", "elif")


def _at_line_start(before: str, first: bool) -> bool:
    head, line_break, row = before.rpartition("\n")
    return not row.strip() and bool(line_break or (first and not head))


def _with_dash(tag: Tag, *, after: bool) -> str:
    body = tag.body.strip("-+")
    body = body if len(body) <= 60 and "\n" not in body else f" {tag.word} … " if tag.kind == "{%" else " … "
    opener, closer = tag.kind, "%}" if tag.kind == "{%" else "#}"
    return f"{opener}{body}-{closer}" if after else f"{opener}-{body}{closer}"
