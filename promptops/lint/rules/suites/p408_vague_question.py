"""A question rests on a word that everybody measures differently: good, appropriate, relevant.

Ask three colleagues whether a reply is good and they look at three things. A judge does the same, another one
each time. A question about what a person could point at is answered alike by all.

Bad:   judge: {question: Is the reply appropriate?}
Good:  judge: {question: Does the reply avoid remarks about the customer's person?}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import questions
from promptops.model.finding import Finding

_WORDS = (
    "acceptable|adequate|appropriate|decent|effective|excellent|fine|good|great|helpful|high[- ]quality|nice|okay|ok|"
    "proper|reasonable|relevant|satisfactory|suitable|useful|well[- ]written"
)
_THINGS = "answer|reply|response|output|summary|text|message|translation|explanation|result|email|completion"
_VERY = "(?:(?:very|really|overall|generally|quite|truly) )?"
_SUBJECT = r"(?:it|this|that|(?:the|this|that|its|your) (?:[\w'’-]+ ){0,3}?[\w'’-]+)"
_PATTERNS = (
    rf"(?:is|are|was|were) {_SUBJECT} {_VERY}(?P<word>{_WORDS}|of (?:good|high) quality)(?: overall)?",
    rf"(?:is|was) {_SUBJECT} an? {_VERY}(?P<word>{_WORDS}) (?:{_THINGS})",
    rf"does {_SUBJECT} (?:sound|look|read|seem) {_VERY}(?P<word>{_WORDS}|right|well)",
)

CODE = "P408"
PREFILTER = Prefilter(("prompt", "suite"), evaluators=("question",))


def check(target: Target) -> Iterator[Finding]:
    """The word, where nothing after it says what is meant; in English questions."""
    for _, text_span in questions(target):
        text = re.sub(r"\s", " ", text_span.text)
        for pattern in _PATTERNS:
            if found := re.fullmatch(rf" *{pattern} *[?.]* *", text, re.IGNORECASE):
                message = f"'{found['word']}' means something else to everybody"
                detail = "two readers of the same reply will not answer alike"
                hint = "ask for what a person could point at: what must be there, or what must not"
                span = text_span.span(*found.span("word"))
                yield Finding(target.path, span, CODE, message, hint, "note", detail=detail)
                break
