"""The prompt asks for a length that a criterion of its suite does not let pass.

A model that does as it is told fails the criterion in every case. Most often one of the two was forgotten when the
other was changed.

Bad:   Write at least five sentences.   length: {maxSentences: 2}
Good:  Write at least five sentences.   length: {minSentences: 5}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import options_of
from promptops.model.finding import Finding
from promptops.source.yaml.reader import Node

if TYPE_CHECKING:
    from promptops.lint.writing.constraints import Constraint

_SHOWN = 60

CODE = "P416"
PREFILTER = Prefilter(("prompt", "suite"), ("length:",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such limit, at the evaluator's option, with the line of the prompt."""
    tested = target.tested
    lengths = [(one, options) for one, options in options_of(target) if one.kind.limits_length and not one.negated]
    if not lengths or tested is None:
        return
    from promptops.lint.writing.constraints import constraints_in
    from promptops.lint.writing.included_parts import parts
    from promptops.lint.writing.instructions import instructing, sentences

    asked = [
        constraint
        for message in instructing(tested)
        for text_span, _ in parts(tested, message)
        for sentence in sentences(text_span)
        for constraint in constraints_in(sentence)
        if constraint.high and constraint.value in ("", "reply", "summary")
    ]
    for criterion, options in lengths:
        for constraint in asked:
            unit = constraint.topic.removeprefix("length in ").capitalize()
            for key, least in ((f"max{unit}", False), (f"min{unit}", True)):
                bound = _number(options, key)
                if bound is not None and (constraint.high < bound if least else constraint.low > bound):
                    yield _finding(target, criterion.name, options, key, constraint)


def _finding(target: Target, name: str, options: Node, key: str, asked: Constraint) -> Finding:
    text_span, said = asked.sentence.text_span, asked.sentence.raw
    place = f"{text_span.path}:{text_span.span(asked.sentence.start, asked.sentence.end).line}"
    shown = said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
    message = f"a reply as the prompt asks for it does not pass '{name[:80]}': {place} says “{shown}”"
    detail = "so it fails in every case"
    hint = "change the number here, or what the prompt asks for"
    return Finding(target.path, options.value[key].span, CODE, message, hint, "warning", detail=detail)


def _number(options: Node, key: str) -> int | None:
    value = options.get(key) if options.kind == "mapping" else None
    number = value.value if value is not None and value.kind == "scalar" else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
