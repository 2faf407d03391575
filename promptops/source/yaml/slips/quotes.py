"""Quotes that do not hold a text together: curly ones, and straight ones that only one side has."""

from __future__ import annotations

import re

from promptops.model.finding import Span
from promptops.source.yaml.broken_file import BrokenFile, YamlMistake

CURLY = "“”„‟«»‹›「」『』〝〞″"
CURLY_SINGLE = "‘’‚‛′"
_OPENED = re.compile(rf"(?:^|[{{\[,:-])\s*([{CURLY}{CURLY_SINGLE}])")
_PAIR = re.compile(rf"[{CURLY}{CURLY_SINGLE}]([^{CURLY}{CURLY_SINGLE}]*)[{CURLY}{CURLY_SINGLE}]")
_HALF = re.compile(rf"(?:^|[{{\[,:-])\s*([\"'])([^\"']*)([{CURLY}])\s*(?:[,}}\]]|$)")


def mixed_quotes(broken: BrokenFile) -> YamlMistake | None:
    """A text begins with a straight quote and ends with a curly one, which ends nothing."""
    for line in (broken.began_line, broken.line):
        if found := _HALF.search(broken.at(line)):
            message = f"this text begins with a straight quote ({found[1]}) and ends with a curly one ({found[3]})"
            hint = f"write the straight one at both ends: {found[1]}{_shown(found[2])}{found[1]}"
            return YamlMistake(message, Span.at(line, found.start(3) + 1), hint)
    return None


def curly_quotes(broken: BrokenFile) -> YamlMistake | None:
    """Word made curly quotes of straight ones: for YAML they are letters, so a colon or comma inside counts."""
    for line in dict.fromkeys((broken.line, broken.began_line)):
        row = broken.at(line)
        found = _OPENED.search(row)
        if found is None or (found.start(1) >= broken.column and line == broken.line):
            continue
        span, hint = Span.at(line, found.start(1) + 1), "write straight quotes"
        if pair := _PAIR.match(row, found.start(1)):
            span, hint = Span.at(line, pair.start() + 1, len(pair[0])), f'{hint}: "{_shown(pair[1])}"'
        message = f"curly quotes ({_both(found[1])}) do not hold a text together, only straight ones do"
        return YamlMistake(message, span, hint)
    return None


def _both(opening: str) -> str:
    pairs = {"“": "“ ”", "”": "” ”", "„": "„ “", "«": "« »", "‘": "‘ ’", "‚": "‚ ‘", "‹": "‹ ›", "「": "「 」"}
    return pairs.get(opening, opening)


def _shown(text: str) -> str:
    return text.strip() if len(text) < 60 else "…"
