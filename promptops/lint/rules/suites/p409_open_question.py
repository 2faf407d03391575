"""A judge is asked something that yes or no does not answer, or waits for another answer.

Judges answer yes or no, and people pass or fail a reply. "How polite is it?" makes them invent a border of their
own, and it moves from reply to reply.

Bad:   judge: {question: "How polite is the reply, from 1 to 10?"}
Good:  judge: {question: Does the reply address the customer by name?}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import options_of, questions
from promptops.model.finding import Finding, Severity

_ANSWERS = ("yes", "no", "true", "false")
_OPEN = (
    r"(?:how|what|which|who|whom|whose|why)\b|(?:when|where) (?:is|are|was|were|does|do|did|can|will|would|should)\b|"
    r"(?:please )?(?:rate|score|grade|rank|describe|evaluate|assess|summari[sz]e|explain)\b|on a scale\b"
)
_SETTLES = r"\b(?:whether|yes|no|true|false|if)\b"

CODE = "P409"
PREFILTER = Prefilter(("prompt", "suite"), evaluators=("question",))


def check(target: Target) -> Iterator[Finding]:
    """Open questions in English, questions without a word, and a `pass` that is neither yes nor no."""
    for criterion, text_span in questions(target):
        severity: Severity = "error" if criterion.kind.asks_model else "warning"
        if not text_span.text.strip():
            hint = "write one that yes or no answers"
            span = text_span.origin.span(1)
            yield Finding(target.path, span, CODE, "there is no question", hint, severity)
        elif (place := _open(text_span.text)) is not None:
            message = "yes or no does not answer this question"
            detail = "people are asked whether a reply passes"
            if criterion.kind.asks_model:
                detail = "a judge says yes or no, and nothing else counts"
            hint = "ask whether one thing is so: Is …? Does …? For a scale, ask one such question for each step"
            span = text_span.span(*place)
            yield Finding(target.path, span, CODE, message, hint, severity, detail=detail)
    for criterion, options in options_of(target):
        wanted = options.get("pass") if criterion.kind.question and criterion.kind.asks_model else None
        if wanted is not None and wanted.kind == "scalar" and wanted.text.strip().lower() not in _ANSWERS:
            message = f"'{wanted.text[:40]}' is not an answer a judge can give"
            hint = 'write pass: "yes" or pass: "no"'
            yield Finding(target.path, wanted.span, CODE, message, hint)


def _open(text: str) -> tuple[int, int] | None:
    """Where a question begins that neither yes nor no answers, up to its end."""
    from promptops.lint.writing.questions import asks_yes_or_no, without_asides

    bare = without_asides(text)
    if asks_yes_or_no(bare) or re.search(_SETTLES, bare, re.IGNORECASE):
        return None
    found = re.search(rf"(?:^|[.!?\n])[\s*\-–—]*({_OPEN})[^.?!\n]*", bare, re.IGNORECASE)
    return (found.start(1), found.end()) if found else None
