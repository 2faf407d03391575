"""What evaluators of other tools are called, and what to write here for them."""

from __future__ import annotations

import re

_TEXTS = {
    "equals": "equals",
    "is": "equals",
    "exact": "equals",
    "exact match": "equals",
    "equal": "equals",
    "contains": "contains",
    "contain": "contains",
    "include": "contains",
    "includes": "contains",
    "substring": "contains",
    "starts with": "startsWith",
    "ends with": "endsWith",
    "contains any": "containsAny",
    "contains all": "containsAll",
    "startswith": "startsWith",
    "endswith": "endsWith",
    "matches": "matches",
    "regex": "matches",
    "regexp": "matches",
    "pattern": "matches",
    "match": "matches",
    "re": "matches",
}
_ABSENT = {
    **dict.fromkeys(("contains none", "contains none of", "none of", "excludes any", "excludes all"), "containsAny"),
    **dict.fromkeys(("exclude", "excludes", "omits", "lacks", "without", "absent", "forbidden", "banned"), "contains"),
    **dict.fromkeys(("ne", "neq", "differs", "differs from"), "equals"),
}
"""Words that say of themselves that something must not be there."""
_JUDGED = (
    *("llm rubric", "rubric", "model graded", "model graded closedqa", "model graded factuality", "model graded qa"),
    *("closed qa", "factuality", "g eval", "geval", "answer relevance", "context faithfulness", "faithfulness"),
    *("context relevance", "context recall", "hallucination", "llm as judge", "llm judge", "ai judge", "grader"),
    *("scorer", "criteria", "question", "search rubric", "conversation relevance", "bias", "toxicity", "moderation"),
    *("guardrails", "is refusal", "refusal", "sentiment", "tone", "classifier", "select best", "max score"),
)
_STARS = (
    *("similar", "similarity", "semantic similarity", "cosine", "embedding", "levenshtein", "rouge", "rouge n"),
    *("bleu", "gleu", "meteor", "bertscore", "fuzzy", "fuzzy match"),
)
_CODE = ("javascript", "js", "code", "function", "custom", "webhook", "ruby", "script", "exec", "perplexity")
_KINDS = {
    **dict.fromkeys(_JUDGED, "judge: {question: …}, a question that yes or no answers"),
    **dict.fromkeys(_STARS, "uses: github/similarity, which compares with the case's `expected`"),
    **dict.fromkeys(_CODE, "python: {file: checks.py, function: …}; checks are written in Python"),
    **dict.fromkeys(("json", "is json", "is valid json", "contains json", "valid json"), "json: {}"),
    **dict.fromkeys(("json schema", "is json schema", "matches schema"), "schema: {schema: {type: object, …}}"),
    **dict.fromkeys(("word count", "max words", "min words"), "length: {minWords: …, maxWords: …}"),
    **dict.fromkeys(("max length", "min length", "char count"), "length: {maxCharacters: …}"),
    **dict.fromkeys(("tool calls", "is valid openai tools call", "is valid function call"), "tool: {name: …}"),
    **dict.fromkeys(("is valid openai function call", "tool call f1", "function call", "tool used"), "tool: {name: …}"),
    **dict.fromkeys(("finish reason", "stop reason"), "finish: {equals: stop}"),
    **dict.fromkeys(("manual", "person", "human review", "annotation"), "human: {question: …}"),
    **dict.fromkeys(("max cost", "price"), "cost: {maxUsd: …}"),
    **dict.fromkeys(("max latency", "duration", "response time"), "latency: {maxSeconds: …}"),
}
_NAMING = ("type", "kind", "assert", "metric", "scorer", "evaluator", "provider")
"""Keys that name the kind in other tools, as in `type: icontains`."""


def instead_of(where: str, key: str, value: str) -> str:
    """What to write for another tool's `key` with this text (`type: not-icontains`), `where` an evaluator or a string.

    Empty where none is known.
    """
    if where == "string":
        return _operator(key)
    return _evaluator(key) or (_evaluator(value) if key in _NAMING else "")


def _evaluator(word: str) -> str:
    if operator := _operator(word, list_sign="[…]"):
        return f"string: {{{operator}}}"
    bare, negated, _ = _bare(word)
    found = _KINDS.get(bare, "")
    return f"{found}, and `not: true` beside it" if found and negated else found


def _operator(word: str, list_sign: str = "…") -> str:
    bare, negated, any_case = _bare(word)
    operator = _TEXTS.get(bare) or _ABSENT.get(bare)
    if operator is None:
        return ""
    negated ^= bare in _ABSENT
    value = list_sign if operator in ("containsAny", "containsAll") else "…"
    more = ", ignoreCase: true" if any_case and operator in ("equals", "matches") else ""
    return f"{operator}: {value}{more}{', not: true' if negated else ''}"


def _bare(word: str) -> tuple[str, bool, bool]:
    """The word in small letters with spaces, without `must`, `not`, `does not` and the `i` of “in any case”."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[-_./\s]+", " ", word[:80]).lower().strip()
    spaced = re.sub(r"^(?:must|should|shall) ", "", spaced)
    positive = re.sub(r"^(?:does |is |do )?not |^(?:doesnt|isnt|no) |^not(?=contains|equals|regex)", "", spaced)
    any_case = positive not in _TEXTS and positive[:1] == "i" and positive[1:].lstrip() in _TEXTS
    return positive[1:].lstrip() if any_case else positive, positive != spaced, any_case
