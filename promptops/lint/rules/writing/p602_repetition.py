"""The same instruction stands twice.

When one of the two is changed the other still says the old thing, and each costs tokens at every call. Often a
shared file that is included already says it.

Bad:   Answer in plain words that a child would know. … Answer in plain words that a child would know.
Good:  Answer in plain words that a child would know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, Span

if TYPE_CHECKING:
    from promptops.lint.writing.instructions import Sentence

_LEAST_WORDS = 6
_LONGEST = 1_000
_SHOWN = 60
_ORDERS = frozenset(("you", "your", "must", "should", "never", "always", "don't", "don’t", "please", "ensure", "not"))
_REFERS = frozenset(("this", "these", "those", "each", "it", "its", "they", "them", "their", "such", "section"))
_VERBS = (
    " add analyse analyze answer apply ask assume avoid base be begin call check choose cite classify compare consider"
    " count create describe do draw end explain extract find focus follow format generate give identify ignore include"
    " keep leave limit list look make mark mention name note output pick print produce provide put quote read refer"
    " reply report respond return reuse review rewrite say see send separate set show sort speak start state stay stick"
    " stop suggest summarise summarize take tell think translate treat turn use verify work wrap write "
)

CODE = "P602"
PREFILTER = Prefilter(TEXTS)


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each sentence that stood before: at itself, or at the include that brings it in."""
    if not _may_repeat([text_span.text for text_span in target.text_spans or target.messages]):
        return
    from promptops.lint.writing.included_parts import parts
    from promptops.lint.writing.instructions import instructing, sentences

    said: dict[str, Sentence] = {}
    seen: set[object] = set()
    for text_span in instructing(target):
        for part, tag in parts(target, text_span):
            if tag is not None and part.path in seen:
                continue
            seen.add(part.path if tag is not None else part)
            fresh: dict[str, Sentence] = {}
            run = False
            for sentence in sentences(part):
                key = _key(sentence)
                if key is None:
                    continue
                first = said.get(key) or (fresh.get(key) if tag is None else None)
                if first is not None and not run:
                    span = text_span.span(tag.start, tag.end) if tag else part.span(sentence.start, sentence.end)
                    yield _finding(target, first, sentence, span)
                run = first is not None  # a repeated paragraph is said once, at its beginning
                fresh.setdefault(key, sentence)
            for key, sentence in fresh.items():
                said.setdefault(key, sentence)


def _finding(target: Target, first: Sentence, second: Sentence, span: Span) -> Finding:
    shown = second.raw if len(second.raw) <= _SHOWN else f"{second.raw[:_SHOWN]}…"
    own, other = (first, second) if first.text_span.path == target.path else (second, first)
    if second.text_span.path == target.path == first.text_span.path:
        message = f"line {_line(first)} says the same: “{shown}”"
        return Finding(target.path, span, CODE, message, "say it once, where it fits best", "note")
    hint = "take it out here: what a shared file says need not stand in the prompt again"
    if own.text_span.path == target.path:  # the sentence that can be taken out, not the line that brings the other in
        message = f"line {_line(other)} of {other.text_span.path}, which is included, says the same: “{shown}”"
        return Finding(target.path, own.text_span.span(own.start, own.end), CODE, message, hint, "note")
    message = (
        f"line {_line(second)} of {second.text_span.path} says what line {_line(first)} of {first.text_span.path} "
    )
    message += f"says: “{shown}”"
    return Finding(target.path, span, CODE, message, "say it in one of the two shared files", "note")


def _line(sentence: Sentence) -> int:
    return sentence.text_span.span(sentence.start, sentence.end).line


def _key(sentence: Sentence) -> str | None:
    """What makes two instructions the same: their words, without marks and capitals. None for what is no instruction.

    A sentence in the middle of a list item speaks of that item, and one with `this` or `each` of what stands before.
    """
    raw = sentence.raw
    if len(raw) > _LONGEST or raw.endswith(("?", '?"', "…")) or raw[0] in '[("“' or "|" in raw:
        return None
    if (sentence.listed or sentence.labelled) and not sentence.first:
        return None
    words = re.findall(r"[^\s*_`.,;:!?\"“”()]+", raw.casefold())
    if len(words) < _LEAST_WORDS or (f" {words[0]} " not in _VERBS and _ORDERS.isdisjoint(words)):
        return None
    if words[0] in ("that", "i", "i'm", "my", "we") or not _REFERS.isdisjoint(words[:1] if sentence.first else words):
        return None
    label = f"{sentence.heading}: " if sentence.labelled else ""
    return f"{label}{' '.join(words)}"


def _may_repeat(texts: list[str]) -> bool:
    """Whether as many words as an instruction has stand twice: reading the sentences is dear, and mostly in vain."""
    stripped = (word.strip('*_`.,;:!?"“”()').lower() for text in texts for word in text.split())
    words = [word for word in stripped if word]
    runs = list(zip(*(words[start:] for start in range(_LEAST_WORDS)), strict=False))
    return len(set(runs)) < len(runs)
