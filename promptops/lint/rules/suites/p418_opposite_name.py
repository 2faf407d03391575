"""A criterion is called after the fault it looks for, but passes where the fault is not there.

Its rate reads as the opposite of what it says: beside `invents an amount`, 100% means that no reply does. Whoever
reads the comment takes the best for the worst. A criterion is called after what holds in a reply that passes.

Bad:   name: invents an amount   judge: {question: Does it invent an amount?, pass: "no"}
Good:  name: every amount is in the text   judge: {question: Does it invent an amount?, pass: "no"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import evaluators_of
from promptops.model.finding import Finding
from promptops.model.suite import Criterion
from promptops.source.yaml.reader import Node

_NEGATING = re.compile(
    r"(?i)\b(?:no|not|never|none|nothing|nobody|without|free|avoids?|omits?|lacks?|leaves out|keeps? out|stays|only"
    r"|kein\w*|nicht|nie|ohne|sans|aucune?|jamais|ne|sin|ning\w+|nunca|geen|niet|nessun\w*|senza)\b|n['’]t\b|-free\b"
)
_FILLERS = "a an the is are was were does do did it its in of to and or any that this there reply answer text"

CODE = "P418"
PREFILTER = Prefilter(("prompt", "suite"), ("not:", "pass:"))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such criterion, at its name."""
    for criterion, node in evaluators_of(target):
        name = node.get("name") if node.kind == "mapping" else None
        if name is None or name.kind != "scalar" or _NEGATING.search(name.text):
            continue
        if _passes_without(criterion) and _speaks_of(criterion, node, name.text):
            message = f"'{name.text[:80]}' passes where this is not so"
            detail = "beside the name, 100% reads as the opposite"
            hint = "call it after what holds in a reply that passes"
            yield Finding(target.path, name.span, CODE, message, hint, "warning", detail=detail)


def _passes_without(criterion: Criterion) -> bool:
    """Whether it passes where what it looks for is not there: `not: true`, or a judge that has to say no."""
    return criterion.negated != (str(criterion.options.get("pass", "")).lower() in ("no", "false"))


def _speaks_of(criterion: Criterion, node: Node, name: str) -> bool:
    """Whether the name says what is looked for: half of its words stand in the question or in the phrases."""
    words = _words(name)
    said: set[str] = set()
    for value in _texts(node.get(criterion.kind.name)):
        said |= _words(value)
    return bool(words) and 2 * len(words & said) >= len(words)


def _texts(node: Node | None) -> Iterator[str]:
    if node is None:
        return
    if node.kind == "scalar":
        yield node.text
        return
    for child in node.value.values() if node.kind == "mapping" else node.value:
        yield from _texts(child)


def _words(text: str) -> set[str]:
    """The words that carry meaning, without the ending that a verb or a noun may have."""
    return {
        word.removesuffix("s") for word in re.findall(r"[^\W\d_]{2,}", text.lower()) if word not in _FILLERS.split()
    }
