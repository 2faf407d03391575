"""The reasons that stand in an environment's file for pins whose gates had failed."""

from __future__ import annotations

import re

from promptops.errors import PromptopsError
from promptops.pins.document import EnvironmentDocument
from promptops.pins.yaml_format import FORCED

_REASON = re.compile(rf"[ \t]# ?{re.escape(FORCED)}([^\r\n]*)")


def forced_reasons(text: str, where: str) -> dict[str, str]:
    """Prompt → the reason behind its last pin or rollout; only those that were forced, and say why.

    It stands as a comment behind the name, which the next pin that is not forced takes away. Empty for a file that
    cannot be read: whoever loads it tells that.
    """
    if FORCED.strip() not in text:
        return {}
    try:
        document = EnvironmentDocument(text, where)
    except PromptopsError:
        return {}
    found: dict[str, str] = {}
    for name in document.pins:
        for row in _rows(document, name):
            if (reason := _REASON.search(row)) and reason[1].strip():
                found[name] = reason[1].strip()
    return found


def _rows(document: EnvironmentDocument, name: str) -> list[str]:
    """The rows of a pin; of one between braces the row with its name."""
    if document.is_block:
        entry = document.entry(name)
        return document.lines[entry.first : entry.last + 1]
    return [document.lines[document.pins_node.key_spans[name].line - 1]]
