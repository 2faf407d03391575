"""Letters of a case were garbled when its file was saved: `GrÃ¼ÃŸe` was once `Grüße`.

A program took the letters for others, or put � in place of those it did not know. The model receives them so, and no
reply holds what is looked for.

Bad:   {"q": "GrÃ¼ÃŸe aus KÃ¶ln"}
Good:  {"q": "Grüße aus Köln"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import locate_case
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

_SECOND = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_GARBLED = re.compile(f"(?<![A-ZÀ-Þ])(?:[ÂÃ][{_SECOND}]|â€[{_SECOND}])|\ufffd")
"""UTF-8 of Western letters and quotes, read as Windows-1252. A capital before it is a word such as IRMÃ."""

CODE = "P422"
PREFILTER = Prefilter(("prompt", "suite"), ("testData",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """The first such case of each file."""
    told: set[PurePosixPath | None] = set()
    for case in target.cases:
        found = None if case.path in told else next(filter(None, map(_garbled, case.fields.values())), None)
        if found is None:
            continue
        told.add(case.path)
        path, span = locate_case(target, case)
        whose = f"the case '{case.id[:80]}'" if case.held_out else f"this case: {_words(found)}"
        form = '"CSV UTF-8"' if path.suffix.lower() in (".csv", ".tsv") else "UTF-8"
        hint = f"copy the text again from where it came, and save the file as {form}"
        yield Finding(path, span, CODE, f"letters are garbled in {whose}", hint, "warning")


def _garbled(value: Any) -> re.Match[str] | None:
    return _GARBLED.search(value) if isinstance(value, str) and not value.isascii() else None


def _words(found: re.Match[str]) -> str:
    """The word in which it stands, and what it was."""
    text = found.string
    start = max(text.rfind(" ", 0, found.start()) + 1, found.start() - 20)
    word = text[start : found.end() + 20].split(maxsplit=1)[0]
    for encoding in ("cp1252", "latin-1"):
        try:
            return f"'{word}' was '{word.encode(encoding).decode('utf-8')}'"
        except UnicodeError:
            continue
    return f"'{word}'"
