"""A question to a judge or to people asks two things at once.

A reply that is short and rude is neither yes nor no, so one judge says yes and the next says no. And when the
rate falls, nobody can tell which of the two got worse.

Bad:   judge: {question: Is the reply short and polite?}
Good:  judge: {question: Is the reply polite?}   length: {maxWords: 60}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import questions
from promptops.lint.writing.questions import second_question
from promptops.model.finding import Finding

CODE = "P407"
PREFILTER = Prefilter(("prompt", "suite"), evaluators=("question",))


def check(target: Target) -> Iterator[Finding]:
    """The second thing that is asked, in English questions."""
    for _, text_span in questions(target):
        if (place := second_question(text_span.text)) is not None:
            words = " ".join(text_span.text[slice(*place)].split()).rstrip(" ?.")
            shown = words if len(words) <= 60 else f"{words[:59]}…"
            message = f"the question asks two things; '{shown}' is the second"
            detail = "where only one of them is true, neither yes nor no is right"
            hint = "make two evaluators, each with its own name and question"
            span = text_span.span(*place)
            yield Finding(target.path, span, CODE, message, hint, "warning", detail=detail)
