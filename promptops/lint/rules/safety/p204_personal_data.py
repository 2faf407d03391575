"""A message or a case holds what belongs to a person: an address, a number, an account.

Cases often come from real letters and logs. Git keeps them for ever and everybody with access reads them, while
people have a right to be forgotten. Role addresses such as support@ and what is reserved for examples are fine.

Bad:   {"letter": "Please call me back. Ines Moreau, +33 6 …"}
Good:  {"letter": "Please call me back. Ines Moreau, +1 202 555 0100"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.offsets import offsets_of, span_of, texts
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.linked_files import linked_texts
from promptops.model.finding import Finding, masked

_KEYS = {"prompt": ("messages", "testData"), "suite": ("testData",)}
_SEVEN_DIGITS = r"\d(?:[^\d\n]{0,6}\d){6}"
_HINT = "put a made-up one in its place: ana@example.com, +1 202 555 0100, card 4242 4242 4242 4242, IBAN DE89 3704 …"

CODE = "P204"
PREFILTER = Prefilter((*TEXTS, "suite", "cases"))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each datum in messages, templates, examples, tools and cases; never more of it than its beginning is repeated."""
    for path, text in (*texts(target), *linked_texts(target)):
        address = re.search(r"\w@\w", text) if "@" in text else None  # not an owner such as @acme/legal
        if address is None and not re.search(_SEVEN_DIGITS, text):
            continue
        from promptops.text.personal_data import find_personal_data

        offsets = [(0, len(text))]
        if path == target.path and target.kind in _KEYS:
            offsets = [found for key in _KEYS[target.kind] if (found := offsets_of(target, key))]
        notes = [tag for text_span in target.messages for tag in text_span.tags] if target.kind == "template" else []
        for start, end, what in find_personal_data(text):
            if not any(first <= start < last for first, last in offsets):
                continue
            if any(tag.kind == "{#" and tag.start <= start < tag.end for tag in notes):
                continue
            message = f"{what} stands here ({masked(text[start:end])})"
            detail = "git keeps it for ever, and everybody with access reads it"
            span = span_of(text, start, end)
            yield Finding(path, span, CODE, message, _HINT, "warning", masked=True, detail=detail)
