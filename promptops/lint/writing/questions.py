"""English questions to judges and people: whether they ask for yes or no, and for one thing or for two.

Only patterns that leave no doubt are looked for; questions in other languages match none of them.
"""

from __future__ import annotations

import re

YES_NO = (
    r"(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|must|isn't|aren't|wasn't|doesn't|don't|"
    r"didn't|hasn't|haven't|can't|couldn't|won't|wouldn't|shouldn't)"
)
"""What a yes/no question begins with."""
QUALITIES = (
    "accurate|balanced|brief|calm|careful|clear|coherent|complete|concise|consistent|convincing|correct|courteous|"
    "creative|detailed|easy|empathetic|empathic|engaging|error-free|factual|fair|faithful|fluent|formal|friendly|"
    "grammatical|grammatically correct|harmless|helpful|honest|impartial|informal|informative|kind|legible|logical|"
    "natural|neutral|objective|on-topic|original|patient|persuasive|plausible|polite|positive|precise|professional|"
    "readable|relevant|respectful|safe|short|simple|specific|succinct|thorough|truthful|unbiased|understandable|"
    "useful|valid|warm|well-structured|well-written"
)
_VERBS = (
    "acknowledge|address|answer|apologise|apologize|ask|avoid|begin|cite|close|confirm|contain|correct|cover|describe|"
    "end|explain|express|fit|follow|give|greet|have|identify|include|introduce|invite|keep|list|mention|name|note|"
    "offer|open|propose|provide|quote|recommend|refer|refuse|remain|respect|respond|say|show|sound|start|state|stay|"
    "suggest|summarise|summarize|tell|thank|translate|understand|use|warn"
)
# Words that are no nouns: in "the name and address" nothing is asked twice.
_SURELY_VERBS = (
    "acknowledge|apologise|apologize|ask|avoid|cite|confirm|contain|describe|explain|follow|give|greet|identify|"
    "include|introduce|invite|keep|mention|propose|provide|recommend|refer|refuse|remain|respond|say|stay|suggest|"
    "summarise|summarize|tell|thank|translate|understand"
)
_SUBJECTS = (
    "it|the|they|this|that|these|those|there|every|each|all|any|both|its|she|he|we|you|an?|no|everything|nothing"
)
_WITHIN = r"\b(?:who|whom|whose|what|which|that|how|why|when|where|whether|if|to|because)\b"
_ASIDE = r"\{\{[^{}]*\}\}|\([^()]*\)|\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»|‘[^’\n]*’(?!\w)|(?<!\w)'[^'\n]*'(?!\w)|`[^`\n]*`"


def without_asides(text: str) -> str:
    """The text with quotations, brackets and placeholders blanked out; every other character keeps its place."""
    return re.sub(_ASIDE, lambda aside: "_" * len(aside[0]), text)


def asks_yes_or_no(text: str) -> bool:
    """Whether a sentence, or a part of one behind a comma or a colon, begins like a yes/no question."""
    opening = rf"(?:^|[.?!,:;\n])[\s*\-–—]*(?:and |or |but |so |then )?{YES_NO}\b"
    return re.search(opening, text, re.IGNORECASE) is not None


def second_question(text: str) -> tuple[int, int] | None:
    """The words that ask for another thing than those before them, as offsets; None in a question about one thing."""
    bare = without_asides(text)
    if not re.match(rf"\s*{YES_NO}\b", bare, re.IGNORECASE):
        return None
    if found := re.search(r"\?\s+([^?]*\w[^?]*\?)", bare):
        return found.span(1)
    if found := re.search(rf"\b(?:and|or|but) (?:also )?({YES_NO} (?:{_SUBJECTS})\b)", bare, re.IGNORECASE):
        return found.start(1), _end(bare, found.end(1))
    closing = r"(?=\s*(?:[?.,;:]|$)|\s+(?:enough|for|to|in|without|but|so|when|while|about|overall|throughout)\b)"
    adverbs = r"(?:(?:also|not|never|very|too|both|grammatically|factually) )*"
    pattern = rf"\b(?:{QUALITIES}),? and ({adverbs}(?:{QUALITIES})\b{closing}|free (?:of|from)\b|without\b)"
    for found in re.finditer(pattern, bare, re.IGNORECASE):
        if not re.search(_WITHIN, bare[: found.start()], re.IGNORECASE):
            return found.start(1), max(found.end(1), _end(bare, found.end(1)))
    return _second_verb(bare)


def _second_verb(bare: str) -> tuple[int, int] | None:
    """`give the deadline` in "Does the reply name the owner and give the deadline?"."""
    auxiliary = "(?:does|do|did|can|could|will|would|should|must)"
    first = re.match(rf"\s*{auxiliary}(?: [\w'’-]+){{1,5}}? (?:{_VERBS})\b", bare, re.IGNORECASE)
    if first is None:
        return None
    for found in re.finditer(rf"(?:,| )\s*and (?:also |then |not )?((?:{_SURELY_VERBS})\b)", bare[first.end() - 1 :]):
        start = first.end() - 1 + found.start(1)
        if not re.search(_WITHIN, bare[first.start() : start], re.IGNORECASE):
            return start, _end(bare, start)
    return None


def _end(text: str, start: int) -> int:
    """Where the question ends that `start` is part of."""
    found = re.compile(r"[?\n]|$").search(text, start)
    return found.start() if found else len(text)
