"""What an evaluator is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from promptops.model.exchange import Reply
from promptops.model.labels import Label
from promptops.model.prompt import Message, Prompt
from promptops.model.score import Score
from promptops.model.suite import Case, Criterion


@dataclass(frozen=True, slots=True)
class Subject:
    """One reply to be scored. `cost` in US dollars, None when unknown."""

    reply: Reply
    case: Case
    prompt: Prompt
    cost: float | None = None


class Services(Protocol):
    """What evaluators may ask for; the runner provides it. Every method raises PromptopsErrors only."""

    judge: str
    """The alias of the project's judge, empty when none is set."""

    def render(self, text: str, fields: Mapping[str, Any]) -> str:
        """A text of the suite filled from the case's fields."""
        ...

    async def ask(
        self,
        model: str,
        messages: tuple[Message, ...],
        *,
        json_schema: Mapping[str, Any] | None = None,
        tokens: int = 300,
    ) -> Reply:
        """A reply of a model to a judge's question: cached, counted and paid from the run's budget."""
        ...

    def read(self, name: str) -> str:
        """The text of a file beside the suite, at the version the suite has."""
        ...

    def labels(self, case: str, output: str, criterion: str) -> tuple[Label, ...]:
        """What people said about this output (its digest) of this case."""
        ...


class Evaluator(Protocol):
    """Answers one criterion. A PromptopsError it raises becomes an error score, never a fail."""

    async def score(self, subject: Subject) -> Score:
        """The share in [0, 1] with a reason; `passed` is set later, from the criterion's threshold."""
        ...


Builder = Callable[[Criterion, Services], Evaluator]
"""Makes an evaluator from a criterion; raises PromptError when its options make no sense together."""
