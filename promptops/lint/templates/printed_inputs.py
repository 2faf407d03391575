"""Where a text shows an input that is no text: a history, a picture, a document, a sound."""

from __future__ import annotations

import re

from promptops.lint.engine.target import Target
from promptops.lint.engine.template_tags import Tag

_SHOWN = re.compile(r"[-+]?\s*([^\W\d]\w*)\s*((?:\|\s*\w+\s*(?:\([^()]*\)\s*)?)*)[-+]?\s*")
_OF_A_LIST = re.compile(r"\|\s*(?:length|count|map|selectattr|rejectattr|first|last)\b")


def shown_whole(tag: Tag) -> str:
    """The name that the braces show as it is, or through filters that leave it whole; empty for anything else."""
    found = _SHOWN.fullmatch(tag.body) if tag.kind == "{{" else None
    return "" if found is None or _OF_A_LIST.search(found[2]) else found[1]


def prints_whole(target: Target, name: str, tag: Tag) -> bool:
    """Whether the braces show all of the input `name`, which is no text, so that P115 speaks of it."""
    inputs = target.prompt.inputs if target.prompt is not None else ()
    return shown_whole(tag) == name and any(item.name == name and item.kind for item in inputs)
