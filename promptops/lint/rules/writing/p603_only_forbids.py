"""A prompt says how not to write, and nowhere how to write.

A model then has to guess what you want, and the forbidden words bring to mind just what should be left out. Looked
at are bans on a manner of writing; a ban such as “never reveal the password” is complete as it is, and so is one
beside a wish, such as “use punchy sentences, avoid jargon”.

Bad:   Do not use long words.
Good:  Use short words that a child of ten knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

if TYPE_CHECKING:
    from promptops.lint.engine.text_spans import TextSpan
    from promptops.lint.writing.instructions import Sentence
    from promptops.lint.writing.style_terms import StyleTerm

    _Place = tuple[TextSpan, int]

_BAN = (
    r"(?:please )?(?:you (?:must|should) (?:not|never)|do not|don['’]t|never|avoid)\b(?: ever\b)?"
    r"(?: (?:use|using|be|being|write|writing|sound|sounding|give|giving|speak|speaking))?(?: in)?(?: an?| the)? "
)
_BANNING = r"\b(?:(?:do|must|should)\s+not|don['’]t|never|avoid)\s"
_MORE = (
    r"\b(?:if|when|for|like|such as|e\.g|to|about|instead|rather|but|prefer|only|unless|except|just|simply|as)\b|[:(]"
)
_AROUND = r"\b(?:instead|rather|prefer)\b"
_NEAR = 2  # sentences before and after that are no bans
_FAR = 12  # of any kind
_ANY_BAN = rf"{_BANNING}|^\W*(?:no|not)\s"
_OF_THE_ANSWER = r"(?:be|stay|sound|remain|give|say|name|ask|cite|show|start|begin|end|prefer|put|limit|speak)\b"
"""Verbs that tell what the reply is like, whatever follows."""
_WISHING = (
    r"(?:use|write|keep|speak|sound|stay|be|maintain|adopt|aim|explain|answer|reply|respond|phrase|talk|address)"
    r"(?:s|es)?"
)
_MANNER = (
    r"(?:sentences?|words?|tone|voice|style|language|wording|vocabulary|prose|phrasing|register|rhythm)"
    r"|(?:for|like|as if|as though|as you would|the way) "
)
_LONGEST = 120

CODE = "P603"
PREFILTER = Prefilter(TEXTS, ("ot", "OT", "on't", "on’t", "ON'T", "ON’T", "ever", "EVER", "void", "VOID"))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such ban where no sentence of the prompt says what is wanted."""
    if not any(re.search(_BANNING, text_span.text, re.I) for text_span in target.messages):
        return
    from promptops.lint.writing.instructions import instructing, sentences

    text_spans = instructing(target)
    wanted: dict[StyleTerm, tuple[_Place, _Place] | None] = {}
    for text_span in text_spans:
        listed = list(sentences(text_span))
        for position, sentence in enumerate(listed):
            term = _forbidden(sentence)
            if term is None:
                continue
            around = " ".join(one.words for one in listed[max(0, position - 1) : position + 2])
            if term not in wanted:
                wanted[term] = _first_and_last(term, text_spans)
            before, after = listed[max(0, position - _FAR) : position], listed[position + 1 : position + 1 + _FAR]
            near = (*_next_to(before[::-1]), *_next_to(after))
            if re.search(_AROUND, around, re.I) or _outside(sentence, wanted[term]) or any(map(_wishes, near)):
                continue
            message = "this says how not to write, and nothing says how to write"
            detail = "a model follows a wish more reliably than a ban"
            hint = f"say what you want instead, for example: {term.hint}."
            span = text_span.span(sentence.start, sentence.end)
            yield Finding(target.path, span, CODE, message, hint, "note", detail=detail)


def _forbidden(sentence: Sentence) -> StyleTerm | None:
    """The manner of writing that the sentence forbids, when that is all it says."""
    words = sentence.words.strip("*_ ")
    ban = re.match(_BAN, words, re.I) if len(words) <= _LONGEST else None
    if ban is None or re.search(_MORE, words, re.I):
        return None
    from promptops.lint.writing.style_terms import STYLE_TERMS

    return next((one for one in STYLE_TERMS if re.match(one.forbidden, words[ban.end() :], re.I)), None)


def _next_to(onward: list[Sentence]) -> list[Sentence]:
    """The first sentences that are no bans: a list of bans may stand between one of them and the wish beside it."""
    others = (one for one in onward if not re.search(_ANY_BAN, one.words, re.I))
    return list(islice(others, _NEAR))


def _wishes(sentence: Sentence) -> bool:
    """Whether a sentence asks for a manner of writing, of whatever kind: “Each slide uses punchy sentences”."""
    if re.match(_OF_THE_ANSWER, sentence.words, re.I):
        return True
    wish = re.search(rf"\b{_WISHING}\b(?P<rest>.*)", sentence.words, re.I)
    if wish is None:
        return False
    from promptops.lint.writing.style_terms import STYLE_TERMS

    rest = wish["rest"]
    return bool(re.search(rf"\b(?:{_MANNER})", rest, re.I)) or any(
        re.search(one.wanted, rest, re.I) for one in STYLE_TERMS
    )


def _first_and_last(term: StyleTerm, text_spans: tuple[TextSpan, ...]) -> tuple[_Place, _Place] | None:
    """Where the prompt first and last has words that say what is wanted; None when it has none."""
    places = [(one, found.start()) for one in text_spans for found in re.finditer(term.wanted, one.text, re.I)]
    return (places[0], places[-1]) if places else None


def _outside(sentence: Sentence, places: tuple[_Place, _Place] | None) -> bool:
    """Whether one of them is not in the sentence itself."""
    return any(
        text_span is not sentence.text_span or not sentence.start <= at < sentence.end for text_span, at in places or ()
    )
