"""Lists between brackets whose items nothing parts: `[kind strict neutral]` is one item, not three."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.source.yaml.reader import Node

_OF_WORDS = ("enum", "models", "owners", "allowedModels", "required")
"""Keys whose lists hold names or single words."""
_PARTED = re.compile(r"\s*[，、；;]\s*|\s+[/|]\s+|\s+(?:and|or|und|oder|et|ou|y|o|e)\s+|\s+")


def joined_items(node: Node | None, rows: list[str]) -> tuple[str, ...]:
    """The words that were meant as items of this list; none where it is as it should be."""
    if node is None or node.kind != "sequence" or len(node.value) != 1:
        return ()
    item, span = node.value[0], node.span
    if item.kind != "scalar" or item.style is not None or rows[span.line - 1][span.column - 1 : span.column] != "[":
        return ()
    words = tuple(word for word in _PARTED.split(item.text) if word)
    return words if len(words) > 1 else ()


def joined_lists(root: Node, rows: list[str]) -> Iterator[tuple[str, Node, tuple[str, ...]]]:
    """Every such list below `root`, with its key and the words that were meant; not what stands in cases."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for key, child in reversed([*node.items()]):
            if key == "testData":
                continue
            if key in _OF_WORDS and (words := joined_items(child, rows)):
                yield key, child, words
            waiting.append(child)
        if node.kind == "sequence":
            waiting += reversed(node.value)
