"""Findings that repeat no secret: neither in their words, whatever rule they are from, nor in the lines they mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import PurePosixPath

from promptops.lint.engine.offsets import span_of
from promptops.model.finding import Finding, Span, masked
from promptops.text.secrets import find_secrets, may_hold_secrets

_SHORTEST = 16
"""Characters of a part of a secret that is a secret still: some rules repeat only a piece of what they found."""
_MOST_WORDS = 1_000
"""So many are looked for in messages: a file with more secrets was made to hold them."""
_MOST_SECRETS = 2_000
"""Of one file."""
_QUOTED = 40
"""So many characters of a value are quoted in most messages."""


def redact(
    findings: Iterable[Finding], sources: Mapping[PurePosixPath, str]
) -> tuple[tuple[Finding, ...], dict[PurePosixPath, tuple[Span, ...]]]:
    """The findings with every secret of their files shortened, and the places that no excerpt may show."""
    found = tuple(findings)
    places = {path: [one.span for one in found if one.masked and one.path == path] for path in sources}
    needles: dict[PurePosixPath, list[str]] = {}
    for path, text in sources.items():
        if may_hold_secrets(text):
            for start, end, _ in islice(find_secrets(text), _MOST_SECRETS):
                places[path].append(span_of(text, start, end))
                if len(words := needles.setdefault(path, [])) < _MOST_WORDS:
                    words.extend(_needles(text[start:end]))
    told = tuple(_redacted(one, needles[one.path]) if one.path in needles else one for one in found)
    return told, {path: tuple(spans) for path, spans in places.items() if spans}


def _needles(secret: str) -> list[str]:
    """The secret as it may stand in a message, the longest first."""
    parts = [secret, secret[:_QUOTED], *re.split(r"[-_.~/=\s]", secret)]
    return sorted({part for part in parts if len(part) >= _SHORTEST}, key=len, reverse=True)


def _redacted(finding: Finding, needles: list[str]) -> Finding:
    if finding.masked:  # its rule has seen to it
        return finding
    texts = [finding.message, finding.detail, finding.hint]
    for needle in needles:
        texts = [text.replace(needle, masked(needle)) for text in texts]
    message, detail, hint = texts
    return finding._replace(message=message, detail=detail, hint=hint)
