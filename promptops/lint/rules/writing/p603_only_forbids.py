"""P603 only-forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from promptops.lint.engine.offsets import MOST
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

if TYPE_CHECKING:
    from promptops.lint.engine.text_spans import Passage
    from promptops.lint.writing.instructions import Sentence
    from promptops.lint.writing.style_terms import Manner

    _Place = tuple[Passage, int]

_BAN = (
    r"(?:please )?(?:you (?:must|should) (?:not|never)|do not|don['’]t|never|avoid)\b(?: ever\b)?"
    r"(?: (?:use|using|be|being|write|writing|sound|sounding|give|giving|speak|speaking))?(?: in)?(?: an?| the)? "
)
_BANNING = r"\b(?:(?:do|must|should)\s+not|don['’]t|never|avoid)\s"
_MORE = (
    r"\b(?:if|when|for|like|such as|e\.g|to|about|instead|rather|but|prefer|only|unless|except|just|simply|as)\b|[:(]"
)
_AROUND = r"\b(?:instead|rather|prefer)\b"
_LONGEST = 120


class OnlyForbids:
    """A prompt says how not to write, and nowhere how to write.

    A model then has to guess what you want, and the forbidden words bring to mind just what should be left out. Looked
    at are bans on a manner of writing; a ban such as “never reveal the password” is complete as it is.

    Bad:   Do not use long words.
    Good:  Use short words that a child of ten knows.
    """

    code = "P603"
    name = "only-forbids"
    prefilter = Prefilter(TEXTS, ("ot", "OT", "on't", "on’t", "ON'T", "ON’T", "ever", "EVER", "void", "VOID"))

    def check(self, target: Target) -> Iterator[Finding]:
        """Each such ban where no sentence of the prompt says what is wanted."""
        if any(re.search(_BANNING, passage.text, re.I) for passage in target.messages):
            yield from islice(self._all(target), MOST)

    def _all(self, target: Target) -> Iterator[Finding]:
        from promptops.lint.writing.instructions import instructing, sentences

        passages = instructing(target)
        wanted: dict[Manner, tuple[_Place, _Place] | None] = {}
        for passage in passages:
            listed = list(sentences(passage))
            for position, sentence in enumerate(listed):
                manner = _forbidden(sentence)
                if manner is None:
                    continue
                around = " ".join(one.words for one in listed[max(0, position - 1) : position + 2])
                if manner not in wanted:
                    wanted[manner] = _first_and_last(manner, passages)
                if re.search(_AROUND, around, re.I) or _outside(sentence, wanted[manner]):
                    continue
                message = "this says how not to write, and nothing says how to write"
                detail = "a model follows a wish more surely than a ban"
                hint = f"say what you want instead, for example: {manner.hint}."
                span = passage.span(sentence.start, sentence.end)
                yield Finding(target.path, span, self.code, message, hint, "note", detail=detail)


def _forbidden(sentence: Sentence) -> Manner | None:
    """The manner of writing that the sentence forbids, when that is all it says."""
    words = sentence.words.strip("*_ ")
    ban = re.match(_BAN, words, re.I) if len(words) <= _LONGEST else None
    if ban is None or re.search(_MORE, words, re.I):
        return None
    from promptops.lint.writing.style_terms import MANNERS

    return next((one for one in MANNERS if re.match(one.forbidden, words[ban.end() :], re.I)), None)


def _first_and_last(manner: Manner, passages: tuple[Passage, ...]) -> tuple[_Place, _Place] | None:
    """Where the prompt first and last has words that say what is wanted; None when it has none."""
    places = [(one, found.start()) for one in passages for found in re.finditer(manner.wanted, one.text, re.I)]
    return (places[0], places[-1]) if places else None


def _outside(sentence: Sentence, places: tuple[_Place, _Place] | None) -> bool:
    """Whether one of them is not in the sentence itself."""
    return any(
        passage is not sentence.passage or not sentence.start <= at < sentence.end for passage, at in places or ()
    )
