"""`uses`: the built-in evaluators of GitHub's format, such as `github/coherence`.

Files that name them load; the score is an error that says what it takes, until this version can answer them.
"""

from __future__ import annotations

from dataclasses import dataclass

from promptops.evals.evaluators.base import Evaluator, Services, Subject, shorten
from promptops.model.kind import KindSpec
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


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Scores nothing and says why."""

    reason: str

    async def score(self, subject: Subject) -> Score:
        """Always an error."""
        return Score.error(self.reason)


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator."""
    name = str(criterion.options.get("uses") or "")
    if question := _QUESTIONS.get(name):
        return Unsupported(
            f"'{name}' asks a judge a built-in question, which this version cannot do yet; "
            f"meanwhile use judge: {{question: {question}}}"
        )
    if name == "github/similarity":
        return Unsupported(
            f"'{name}' compares meanings with an embeddings model, which this version cannot do yet; "
            "meanwhile use string: {contains: …}, or judge: {question: Does the reply say the same as {{ expected }}?}"
        )
    known = ", ".join([*_QUESTIONS, "github/similarity"])
    return Unsupported(f"there is no built-in evaluator '{shorten(name)}' (known: {known})")
