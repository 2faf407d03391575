"""`human`: people answer a question about the reply.

    human: {question: Would you forward this to a customer team?}

Their answers are labels of this very text (evals/labels/NAME.jsonl; `promptops review` writes them). The majority
decides; who answered twice counts with the later answer. Nobody yet, or as many for as against: waiting, which is
neither pass nor fail.
"""

from __future__ import annotations

from dataclasses import dataclass

from promptops.evals.evaluators.base import Evaluator, Services, Subject, output_digest, short
from promptops.model.labels import Label
from promptops.model.score import Score
from promptops.model.suite import Criterion


@dataclass(frozen=True, slots=True)
class Human:
    """`criterion` is the name that labels carry."""

    criterion: str
    services: Services

    async def score(self, subject: Subject) -> Score:
        """1 or 0 by majority."""
        labels = _latest(self.services.labels(subject.case.id, output_digest(subject.reply), self.criterion))
        if not labels:
            return Score.waiting("waiting for a person")
        passing = sum(label.verdict == "pass" for label in labels)
        if 2 * passing == len(labels):
            return Score.waiting(f"people disagree, {passing} to {passing}: waiting for one more")
        verdict = "pass" if 2 * passing > len(labels) else "fail"
        agreeing = [label for label in labels if label.verdict == verdict]
        why = next((f": {short(label.why, 200)}" for label in reversed(agreeing) if label.why), "")
        people = "person says" if len(labels) == 1 else "people say"
        return Score(float(verdict == "pass"), f"{len(agreeing)} of {len(labels)} {people} {verdict}{why}")


def _latest(labels: tuple[Label, ...]) -> list[Label]:
    """One label a person, the last; those without a name are each somebody else's."""
    ordered = sorted(labels, key=lambda label: label.when)
    return list({label.who or position: label for position, label in enumerate(ordered)}.values())


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator."""
    return Human(criterion.name, services)
