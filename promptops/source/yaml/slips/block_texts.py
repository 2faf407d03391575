"""Texts of several lines: their `|` is missing, or their lines do not begin in one column."""

from __future__ import annotations

import re

from promptops.model.finding import Span
from promptops.source.yaml.broken_file import TEXT_KEYS, BrokenFile, YamlMistake

_TEXT_KEY = re.compile(rf"\s*(?:- +)*({'|'.join(TEXT_KEYS)})\s*:(?:\s+(\S.*))?")
_COMMENT = re.compile(r"\s#\S")
_KEY_ROW = re.compile(r"\s*(?:- +)*([A-Za-z_][\w-]*):(?:\s|$)")
_BESIDE = ("role", "messages", "content", "name", "model", "inputs", "testData", "evaluators", "pass", "when", "type")


def first_line_too_far_right(broken: BrokenFile) -> YamlMistake | None:
    """The first line of a text below a `|` begins further to the right than the others."""
    head = broken.text_head(broken.line)
    first = next((line for line in range(head + 1, broken.line) if broken.at(line).strip()), 0) if head else 0
    if not first:
        return None
    span, here = broken.content(first), broken.content(broken.line)
    if here.column >= span.column:
        return None
    message = f"the first line of this text is further to the right than line {broken.line}, which goes on with it"
    hint = f"begin all lines of the text in the same column, as line {broken.line} does: column {here.column}"
    return YamlMistake(message, span, hint)


def left_of_its_text(broken: BrokenFile) -> YamlMistake | None:
    """A line goes on with the text above but begins further to the left than that text may."""
    line = broken.began_line if "expected ':'" in broken.problem else broken.line
    head = broken.text_head(broken.above(line)[0])
    row = broken.at(line)
    if not head or broken.text_head(line) or _KEY_ROW.match(row) or row.lstrip().startswith("#"):
        return None
    if line == broken.began_line != broken.line and ":" in row:
        return None
    first = next(one for one in range(head + 1, line) if broken.at(one).strip())
    message = "this line is neither `key: value` nor part of the text above"
    column = broken.content(first).column
    hint = f"if it belongs to the text above, indent it as far as that text: begin it in column {column}"
    return YamlMistake(message, broken.content(line), f"{hint}; otherwise write `key: value`")


def bar_missing(broken: BrokenFile) -> YamlMistake | None:
    """A text of several lines has a colon, a dash or a mark in it that only a `|` above makes harmless."""
    line = broken.began_line if "expected ':'" in broken.problem else broken.line
    above, row = broken.parent(line)
    found = _TEXT_KEY.fullmatch(row)
    if found is None or (found[2] or "")[:1] in ("|", ">", '"', "'", "[", "{"):
        return None
    key = _KEY_ROW.match(broken.at(line))
    if (key and key[1] in _BESIDE) or any(_COMMENT.search(broken.at(one)) for one in range(above, line)):
        return None
    rest = found[2] or ""
    span = Span.at(above, found.start(1) + 1, len(found[1]) + 1)
    message = f"the text of `{found[1]}:` goes on over several lines, so a | is missing behind the colon"
    where = "and begin the text on the next line" if rest else "and leave the text below it as it is"
    return YamlMistake(message, span, f"write `{found[1]}: |` {where}")
