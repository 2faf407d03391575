"""A text of several lines reaches the model as one line.

Without a `|` behind its key, and between quotes, YAML joins the lines of a text with spaces: a list of rules becomes
one long sentence, and nothing in the file shows it. Below a `|` every line stays a line.

Bad:   content:   Be kind.   - Answer briefly.   - Say please.
Good:  content: |   Be kind.   - Answer briefly.   - Say please.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.source.yaml.reader import Node

_TEXTS = ("content", "question", "prompt", "systemPrompt")
_END = re.compile(r".*(?:[.!?:;。！？：]|%\})[\"'”’)*_]*\s*")
_TAIL = 20
_BEGIN = re.compile(r"\s*(?:[-*•–—+]\s|#{1,6}\s|\d{1,3}[.)]\s|\{%|<)")

CODE = "P017"
PREFILTER = Prefilter(("prompt", "suite"), tuple(f"{key}:" for key in _TEXTS))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each text whose lines look as if they were meant as lines; who only wraps a long sentence knows why."""
    messages = target.get("messages")
    listed = messages.value if messages is not None and messages.kind == "sequence" else ()
    for group in (*listed, *(options for _, options in target.evaluators)):
        for key in _TEXTS:
            node = group.get(key)
            if node is not None and _loses_lines(node, target.rows):
                lines = node.span.end_line - node.span.line + 1
                message = f"the {lines} lines of this text become one line for the model"
                hint = f"write `{key}: |` and the text on the lines below it, further to the right, without quotes"
                yield Finding(target.path, group.key_spans[key], CODE, message, hint, "warning")


def _loses_lines(node: Node, rows: list[str]) -> bool:
    if node.kind != "scalar" or node.style not in (None, "'", '"') or node.span.line == node.span.end_line:
        return False
    written = rows[node.span.line - 1 : node.span.end_line]
    written[0] = written[0][node.span.column - 1 :]
    for above, below in pairwise(written):
        if above.strip() and below.strip() and (_END.fullmatch(above[-_TAIL:]) or _BEGIN.match(below)):
            return True
    return False
