"""Keys and their colons: a space too few, a colon too many."""

from __future__ import annotations

import re

from promptops.model.finding import Span
from promptops.source.yaml.broken_file import BrokenFile, YamlMistake

_AFTER_COLON = re.compile(r"\s*(?:- +)*([\w-]+:)[^\s:/]")
_AFTER_DASH = re.compile(r"\s*(-)\w[\w-]*:")
_FIRST_KEY = re.compile(r"\s*(?:- +)*[^\s:\"'][^:]*: ")
_IN_BRACES = re.compile(r"[{,]\s*([A-Za-z_][\w-]*:)[^\s:/,}\]]")


def missing_space(broken: BrokenFile) -> YamlMistake | None:
    """No space after a colon or a dash, though the file can be read."""
    for line in broken.near:
        row = broken.at(line)
        if mistake := space_missing_in(line, row):
            return mistake
        if found := _IN_BRACES.search(broken.flow(line)):
            return _after_colon(line, found)
    return None


def space_missing_in(line: int, row: str) -> YamlMistake | None:
    """The mistake, where a space is missing at the beginning of this line."""
    if found := _AFTER_DASH.match(row):
        spot = Span.at(line, found.start(1) + 1)
        return YamlMistake("a space is missing after the dash", spot, "write `- ` and then the key")
    found = _AFTER_COLON.match(row)
    return _after_colon(line, found) if found else None


def second_colon(broken: BrokenFile) -> YamlMistake | None:
    """A text without quotes holds a colon with a space behind it, in the line of its key."""
    first = _FIRST_KEY.match(broken.row) if "mapping values" in broken.problem else None
    if first is None or first.end() >= broken.column:
        return None
    key, value = broken.row[: first.end()].strip(), broken.row[first.end() :].strip().replace('"', '\\"')
    shown = f'{key} "{value}"' if len(value) < 60 else f'{key} "…"'
    message = "there is a second colon in this line, so it reads like two keys"
    return YamlMistake(message, Span.at(broken.line, broken.column), f"put the text in quotes: {shown}")


def _after_colon(line: int, found: re.Match[str]) -> YamlMistake:
    key, span = found[1], Span.at(line, found.start(1) + 1, len(found[1]))
    return YamlMistake("a space is missing after the colon", span, f"write `{key} ` and then the value")
