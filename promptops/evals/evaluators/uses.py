"""`uses`: the built-in evaluators of GitHub's format, such as `github/coherence`.

Files that name them load; the score is an error that says what it takes, until this version can answer them.
"""

from __future__ import annotations

from promptops.evals.evaluators.base import Services, Subject, excerpt, stateless
from promptops.model.evaluator_kind import KindSpec
from promptops.model.schema_builders import string
from promptops.model.score import Score
from promptops.model.suite import Criterion

KIND = KindSpec("uses", string("a built-in evaluator such as github/coherence"), takes_labels=True)

_QUESTIONS = {
    "github/coherence": "Is the reply coherent, each sentence following from the last?",
    "github/fluency": "Is the reply fluent and free of language errors?",
    "github/relevance": "Does the reply answer what was asked?",
    "github/groundedness": "Is every claim in the reply supported by the input?",
}


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """Always an error, which says what to use instead."""
    name = str(criterion.options.get("uses") or "")
    if question := _QUESTIONS.get(name):
        return Score.error(
            f"'{name}' asks a judge a built-in question, which this version cannot do yet; "
            f"meanwhile use judge: {{question: {question}}}"
        )
    if name == "github/similarity":
        return Score.error(
            f"'{name}' compares meanings with an embeddings model, which this version cannot do yet; "
            "meanwhile use string: {contains: …}, or judge: {question: Does the reply say the same as {{ expected }}?}"
        )
    known = ", ".join([*_QUESTIONS, "github/similarity"])
    return Score.error(f"there is no built-in evaluator '{excerpt(name)}' (known: {known})")


build = stateless(score)
