"""Values between braces or brackets, where a colon, a comma or an apostrophe means more than in a sentence."""

from __future__ import annotations

import re

from promptops.model.finding import Span
from promptops.source.yaml.broken_file import BrokenFile, YamlMistake

_NEW_KEY = re.compile(r"\s*[\w-]+")
_VALUE = re.compile(r"([\w-]+): +([^\"'{}\[\],][^{}\[\],]*)$")


def inside_braces(broken: BrokenFile) -> YamlMistake | None:
    """The parser wanted a comma or the closing sign and found something else, in the line where the value goes on."""
    if "expected ',' or" not in broken.problem:
        return None
    before = broken.before
    if broken.char == ":" and not _NEW_KEY.fullmatch(before):
        return _second_colon(broken, before)
    if before.endswith(("'", '"')) and broken.char not in ("'", '"', "{", "[", "-", ""):
        return _inner_quote(broken, before[-1])
    return _comma_missing(broken)


def _second_colon(broken: BrokenFile, before: str) -> YamlMistake:
    span = Span.at(broken.line, broken.column)
    message = "there is a second colon in this value, so it reads like another key"
    end = re.search(r"[,}\]]|$", broken.row[broken.column - 1 :])
    value = _VALUE.search(before)
    if value is None or end is None:
        return YamlMistake(message, span, "put the whole text in quotes")
    text = value[2] + broken.row[broken.column - 1 : broken.column - 1 + end.start()].rstrip()
    shown = text.replace("\\", "\\\\").replace('"', '\\"') if len(text) < 60 else "…"
    return YamlMistake(message, span, f'put the text in quotes: {value[1]}: "{shown}"')


def _inner_quote(broken: BrokenFile, quote: str) -> YamlMistake:
    span = Span.at(broken.line, len(broken.before))
    if quote == "'":
        message = "this apostrophe ends the text that begins with one"
        return YamlMistake(message, span, "write the apostrophe twice (''), or put the text between double quotes (\")")
    message = "this quote ends the text, which then goes on"
    return YamlMistake(message, span, 'write a backslash before each quote inside the text (\\"), or use single ones')


def _comma_missing(broken: BrokenFile) -> YamlMistake | None:
    """Two values follow each other, on one line, or on two of which the second belongs to the same braces."""
    line, before = broken.line, broken.before
    if not before or _NEW_KEY.fullmatch(before):
        line, before = broken.above(broken.line)
        if line < broken.began_line or _indentation(broken.row) <= _indentation(broken.at(broken.began_line)):
            return None
    before = before.rstrip()
    if line == broken.line and not before.endswith(('"', "'", "}", "]")):
        return None
    return YamlMistake(
        "a comma is missing behind this", Span.at(line, len(before)), "write a comma between the two values"
    )


def _indentation(row: str) -> int:
    return len(row) - len(row.lstrip())
