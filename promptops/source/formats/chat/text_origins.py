"""Where the text of a value stands in its file."""

from __future__ import annotations

from promptops.model.chat.message_template import TextOrigin
from promptops.source.yaml.reader import Node


def text_origin(node: Node, rows: list[str]) -> TextOrigin:
    """Where the characters of a text value stand in the file with these lines."""
    line, column = node.span.line, node.span.column
    if node.style == "|":
        # A text may begin with spaces of its own (`|2`): what its first row lost is the block's indentation.
        written = next((row for row in rows[line : node.span.end_line] if row.strip()), "")
        kept = next((row for row in node.text.split("\n") if row.strip()), "")
        return TextOrigin(line + 1, len(written) - len(kept) + 1)
    if node.style in ("'", '"'):
        column += 1
    # Escapes and folded lines move characters: then only the beginning has a place.
    return TextOrigin(line, column, exact=rows[line - 1].startswith(node.text, column - 1))
