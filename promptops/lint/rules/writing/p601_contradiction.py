"""Two instructions of one prompt cannot both be followed.

The model obeys one of them, now this, now that, and nobody knows which. Most often one of the two was forgotten
when the other was changed.

Bad:   Answer in one sentence. … Answer in three sentences.
Good:  Answer in one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

if TYPE_CHECKING:
    from promptops.lint.writing.constraints import Constraint

_SHOWN = 60
_MOST_KEPT = 20
_OF_ALL = "(?:the |key |your |response |output |general |important |strict |writing )*"
_GENERAL = (
    "rules?|instructions?|guidelines?|constraints?|requirements?|style|tone|length|notes?|important|task|language"
    "|critical|output|format|formatting|response|answer|reply|general|remember|limits?|reminders?"
)


_FORBIDDING = ("never", "not ", "n't ", "n’t ")
_TRIGGERS = (
    "word", "sentence", "paragraph", "line", "character", "bullet", "answer in", "reply in", "respond in", "write in",
    "json", "markdown", "plain", "prose", "html", "xml", "yaml", "csv", "detail", "length", "long", "brief", "concise",
    "succinct", "short", "lists", "emoji", "head", "tables", "contractions", "code", "english",
)  # fmt: skip

CODE = "P601"
PREFILTER = Prefilter(TEXTS)


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each later one of two, with the line of the other."""
    if not _may_clash(" ".join(text_span.text for text_span in target.text_spans or target.messages).lower()):
        return
    from promptops.lint.writing.constraints import clash, constraints_in
    from promptops.lint.writing.included_parts import parts
    from promptops.lint.writing.instructions import instructing, sentences

    before: dict[tuple[str, str], list[Constraint]] = {}
    said = ((part, tag) for text_span in instructing(target) for part, tag in parts(target, text_span))
    seen: set[PurePosixPath] = set()
    for part, tag in said:
        if tag is not None and part.path in seen:
            continue  # a file that is included twice does not contradict itself
        seen |= {part.path} if tag is not None else set()
        for sentence in sentences(part):
            for constraint in constraints_in(sentence):
                held = before.setdefault((constraint.topic, _scope(sentence.heading)), [])
                other = next((one for one in held if clash(one, constraint)), None)
                if other is not None and not (_inside(other, target) and _inside(constraint, target)):
                    yield _finding(target, other, constraint)
                if len(held) < _MOST_KEPT:
                    held.append(constraint)


def _inside(constraint: Constraint, target: Target) -> bool:
    """Whether an included file says it: of two in one such file it is told there, of two such files nowhere."""
    return constraint.sentence.text_span.path != target.path


def _finding(target: Target, one: Constraint, other: Constraint) -> Finding:
    """At the one of the two that the prompt itself says."""
    first, second = (other.sentence, one.sentence) if _inside(other, target) else (one.sentence, other.sentence)
    line = first.text_span.span(first.start, first.end).line
    shown = first.raw if len(first.raw) <= _SHOWN else f"{first.raw[:_SHOWN]}…"
    where = f"line {line}" if first.text_span.path == target.path else f"line {line} of {first.text_span.path}"
    message = f"this excludes what {where} says: “{shown}”"
    hint = "keep one of the two, or say when each of them holds"
    span, detail = second.text_span.span(second.start, second.end), "the model follows now one, now the other"
    return Finding(target.path, span, CODE, message, hint, "warning", detail=detail)


def _scope(heading: str) -> str:
    """Headings that speak of the whole reply are one; below others stands what holds for a part."""
    return "" if re.fullmatch(rf"[\W\d]*(?:{_OF_ALL}(?:{_GENERAL}))?\W*", heading) else heading


def _may_clash(lower: str) -> bool:
    """Whether it is worth reading the sentences: what reads them takes as long to import as a prompt to lint."""
    return any(word in lower for word in _FORBIDDING) or sum(lower.count(word) for word in _TRIGGERS) > 1
