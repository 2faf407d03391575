"""A file's evaluators with the places of what they say, and the cases each of them looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.source.formats.chat.text_origins import text_origin
from promptops.source.yaml.reader import Node

if TYPE_CHECKING:
    from promptops.model.suite import Case, Criterion

MOST_LOOKS = 1_000_000
"""So many cases are counted for the criteria of one file: no real suite comes near it."""
LONGEST_QUESTION = 600
"""What is longer is no question but a page of rules."""


def option(options: Node, name: str) -> Node | None:
    """The option that a kind calls so; None where it has none of the sort."""
    return options.get(name) if name else None


def options_of(target: Target) -> Iterator[tuple[Criterion, Node]]:
    """Every criterion that can be used, with the options of its kind as they are written."""
    # Criteria are there when every evaluator has one kind.
    return zip(target.criteria, (options for _, options in target.evaluators), strict=False)


def evaluators_of(target: Target) -> Iterator[tuple[Criterion, Node]]:
    """Every criterion that can be used, with all that is written of it: its name, its tags, its kind."""
    listed = target.get("evaluators")
    return zip(target.criteria, listed.value if listed is not None and listed.kind == "sequence" else (), strict=False)


def questions(target: Target) -> Iterator[tuple[Criterion, TextSpan]]:
    """What judges and people are asked; nothing that is too long to be a question."""
    for criterion, options in options_of(target):
        question = option(options, criterion.kind.question)
        if question is not None and question.kind == "scalar" and len(question.text) <= LONGEST_QUESTION:
            yield criterion, text_span_of(target, question)


def text_span_of(target: Target, node: Node) -> TextSpan:
    """A text value with the places of its words."""
    return TextSpan(target.path, node.text, target.rows, text_origin(node, target.rows), last_line=node.span.end_line)


class Coverage:
    """Which cases each criterion looks at, worked out once for each set of tags."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = cases
        self._looks = MOST_LOOKS
        self._held: dict[tuple[str, ...], tuple[Case, ...] | None] = {(): tuple(cases)}
        self._by_tag: dict[str, list[int]] = {}
        for position, case in enumerate(cases):
            for tag in dict.fromkeys(case.tags):
                self._by_tag.setdefault(tag, []).append(position)

    def of(self, criterion: Criterion) -> tuple[Case, ...] | None:
        """The cases, in the order of the file; None where counting them would take too long."""
        tags = criterion.tags
        if tags not in self._held:
            lists = [self._by_tag.get(tag, []) for tag in dict.fromkeys(tags)]
            self._looks -= sum(map(len, lists))
            positions = sorted(set[int]().union(*lists)) if self._looks >= 0 else None
            self._held[tags] = None if positions is None else tuple(self._cases[position] for position in positions)
        return self._held[tags]
