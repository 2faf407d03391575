"""Texts of evaluators that are filled from a case, as the template rules look at them."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.located_values.evaluators import options_of, text_span_of
from promptops.model.chat.message_template import TextOrigin
from promptops.source.yaml.reader import Node

_LONGEST = 20_000


def evaluator_texts(target: Target) -> Iterator[TextSpan]:
    """Every such text with its places; of a regular expression, each value in it is a text of its own."""
    for criterion, options in options_of(target):
        for option in criterion.kind.templates:
            for node in _texts(options.get(option)):
                whole = text_span_of(target, node)
                yield from _values(whole) if option in criterion.kind.patterns else [whole]


def _texts(node: Node | None) -> Iterator[Node]:
    waiting = [node] if node is not None else []
    while waiting:
        node = waiting.pop()
        if node.kind != "scalar":
            waiting.extend(node.value.values() if node.kind == "mapping" else node.value)
        elif isinstance(node.value, str) and "{" in node.text and len(node.text) <= _LONGEST:
            yield node


def _values(whole: TextSpan) -> Iterator[TextSpan]:
    from promptops.model.suite import TEMPLATE_TAG  # its classes take 3 ms to make, and most files have no pattern

    for tag in TEMPLATE_TAG.finditer(whole.text):
        span = whole.span(tag.start(), tag.end())
        yield TextSpan(whole.path, tag[0], whole.rows, TextOrigin(span.line, span.column), last_line=whole.last_line)
