"""`human`: people answer a question about the reply.

    human: {question: Would you forward this to a customer team?}

Their answers are labels of this very text (evals/labels/NAME.jsonl; `/promptops label` in a pull request writes them).
The majority decides; who answered twice counts with the later answer. Nobody yet, or as many for as against: waiting,
which is neither pass nor fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promptops.evals.evaluators.base import Services, Subject, excerpt, output_digest, stateless
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.label import Label
from promptops.model.schema_builders import group, string
from promptops.model.score import Score
from promptops.model.suite import Criterion


def _problems(options: Options) -> Iterator[OptionProblem]:
    """No question."""
    if not str(options.get("question") or "").strip():
        yield OptionProblem("people have no question to answer", "write it", "question")


KIND = KindSpec(
    "human",
    group({"question": string("what people are asked about the reply")}, ("question",), "people's labels answer"),
    templates=("question",),
    question="question",
    asks_people=True,
    takes_labels=True,
    problems=_problems,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """1 or 0 by majority."""
    return majority(services.labels(subject.case.id, output_digest(subject.reply.text), criterion.name))


build = stateless(score)


def majority(labels: Sequence[Label]) -> Score:
    """What people's judgements of one reply come to: 1, 0 or waiting."""
    ordered = enumerate(sorted(labels, key=lambda label: label.when))
    # One label a person, the last; those without a name are each somebody else's.
    latest = list({label.who or position: label for position, label in ordered}.values())
    if not latest:
        return Score.waiting("waiting for a person")
    passing = sum(label.verdict == "pass" for label in latest)
    if 2 * passing == len(latest):
        return Score.waiting(f"people disagree, {passing} to {passing}: waiting for one more")
    verdict = "pass" if 2 * passing > len(latest) else "fail"
    agreeing = [label for label in latest if label.verdict == verdict]
    why = next((f": {excerpt(label.why, 200)}" for label in reversed(agreeing) if label.why), "")
    people = "person says" if len(latest) == 1 else "people say"
    return Score(float(verdict == "pass"), f"{len(agreeing)} of {len(latest)} {people} {verdict}{why}")
