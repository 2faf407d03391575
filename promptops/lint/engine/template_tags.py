"""The double braces of a template with their places, found without reading it as one: broken ones are found too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_OPENER = re.compile(r"\{[{%#]")
_CLOSER = {"{{": "}}", "{%": "%}", "{#": "#}"}
_RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")


class Tag(NamedTuple):
    """`{{ … }}`, `{% … %}` or `{# … #}` at `start`:`end` of the text (from 0, end exclusive).

    `body` is what stands between the braces. A tag that never ends has `closed` False and ends with its line.
    """

    kind: str
    start: int
    end: int
    body: str
    closed: bool = True

    @property
    def word(self) -> str:
        """The first word: `if` in `{% if x %}`."""
        return (self.body.lstrip("-+").split(None, 1) or [""])[0]


def find_tags(text: str) -> Iterator[Tag]:
    """Every tag in order, up to the first that never ends; what stands in `{% raw %}` is text."""
    position = 0
    while found := _OPENER.search(text, position):
        kind, start = found[0], found.start()
        if raw := _RAW.match(text, start):
            end = _END_RAW.search(text, raw.end())
            position = end.end() if end else len(text)
            yield Tag(kind, start, raw.end(), text[start + 2 : raw.end() - 2], end is not None)
            continue
        close = text.find(_CLOSER[kind], found.end())
        again = None if kind == "{#" else _OPENER.search(text, found.end(), close if close >= 0 else len(text))
        if close < 0 or again:
            line_end = text.find("\n", start)
            stop = min(len(text) if line_end < 0 else line_end, again.start() if again else len(text))
            yield Tag(kind, start, stop, text[start + 2 : stop], closed=False)
            return  # where the rest would begin is anybody's guess
        position = close + 2
        yield Tag(kind, start, position, text[start + 2 : close])
