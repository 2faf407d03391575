"""A # that takes a text away."""

from __future__ import annotations

import re

from promptops.model.finding import Span
from promptops.source.yaml.broken_file import TEXT_KEYS, BrokenFile, YamlMistake

_ALL_COMMENT = re.compile(rf"\s*(?:- +)*(?:{'|'.join((*TEXT_KEYS, 'name'))}):\s+(#.*)")


def nothing_left(broken: BrokenFile) -> YamlMistake | None:
    """The text begins with a #, as a heading does, and is a comment."""
    found = _ALL_COMMENT.fullmatch(broken.row)
    if found is None or broken.parent(broken.line + 1)[0] == broken.line:
        return None
    message = "a comment begins at this #, so nothing is left of the text"
    span = Span.at(broken.line, found.start(1) + 1, len(found[1].rstrip()))
    return YamlMistake(message, span, "put the whole text in quotes, or write it on the next lines below a `|`")
