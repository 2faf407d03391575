"""The interface of evaluators: what they are given, and what they return."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from promptops.errors import PromptError
from promptops.model.canonical_json import digest
from promptops.model.score import Score
from promptops.text.whitespace import FIXED, SPACE, TAB

if TYPE_CHECKING:  # lint imports the kinds a suite uses, and must start fast
    from promptops.model.chat.message import Message
    from promptops.model.label import Label
    from promptops.model.model_call import Reply
    from promptops.model.prompt import Prompt
    from promptops.model.suite import Case, Criterion


Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Subject:
    """One reply to be scored. `cost` in US dollars, None when unknown."""

    reply: Reply
    case: Case
    prompt: Prompt
    cost: float | None = None


_MARKS = str.maketrans({"\t": TAB, **dict.fromkeys("\xa0\u202f\u2007", FIXED)})


class OwnProcess(Protocol):
    """A process that does what must not be done in this one."""

    async def close(self) -> None:
        """End it; harmless when it does not run."""
        ...


Process = TypeVar("Process", bound=OwnProcess)


class Services(Protocol):
    """What evaluators may ask for; the runner provides it. Every method raises PromptopsErrors only."""

    @property
    def judge(self) -> str:
        """The alias of the project's judge, empty when none is set."""
        ...

    @property
    def untrusted(self) -> bool:
        """Whether suite and prompt come from a fork, so that this process must not run or compile what they say."""
        ...

    def render(self, text: str, fields: Mapping[str, Any]) -> str:
        """A text of the suite filled from the case's fields."""
        ...

    async def answer(
        self,
        model: str,
        messages: tuple[Message, ...],
        parse: Callable[[Reply], Answer],
        *,
        json_schema: Mapping[str, Any] | None = None,
        tokens: int | None = 300,
    ) -> Answer:
        """What `parse` makes of a judge's reply, which is cached, counted and paid from the run's budget.

        At temperature 0 and with so many tokens at most, where the model's own parameters say nothing else; `tokens`
        None leaves both to the model. `parse` raises EvalError for a reply that is no answer: then the question is
        asked once more, and no later run is given such a reply.
        """
        ...

    def file_text(self, name: str) -> str:
        """The text of a file beside the suite, at the version the suite has."""
        ...

    def process(self, name: str, make: Callable[[], Process]) -> Process:
        """The process of this name, which all suites of the command share; it is closed when they have ended."""
        ...

    def notice(self, text: str) -> None:
        """Say something about the whole run, which is told once however often it is said."""
        ...

    def labels(self, case: str, output: str, criterion: str) -> tuple[Label, ...]:
        """What people said about this output (its digest) of this case."""
        ...


async def _nothing_to_close() -> None: ...


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Answers one criterion. `score` gives the share in [0, 1] with a reason; `passed` is set later.

    A PromptopsError that `score` raises becomes an error score, never a fail. `close` ends a process that was started,
    and is harmless when none was, or twice.
    """

    score: Callable[[Subject], Awaitable[Score]]
    close: Callable[[], Awaitable[None]] = _nothing_to_close


def stateless(
    function: Callable[[Subject, Criterion, Services], Awaitable[Score]],
) -> Callable[[Criterion, Services], Evaluator]:
    """The `build` of a kind whose evaluators are one function."""
    return lambda criterion, services: Evaluator(lambda subject: function(subject, criterion, services))


def output_digest(text: str) -> str:
    """How labels name a reply: the digest of its text, as it came."""
    return digest(text)


def options_error(criterion: Criterion, message: str, hint: str = "") -> PromptError:
    """The error for options that make no sense."""
    return PromptError(message, where=f"evaluator '{criterion.name}'", hint=hint)


def excerpt(text: str, most: int = 80) -> str:
    """A text for a reason: one line of at most `most` characters."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most and len(text) <= 4 * most else line[: most - 1] + "…"


def quoted(text: str, most: int = 80) -> str:
    """A text for a reason in quotes, with spaces that are not seen or not expected marked: `'␣Paris'`, `'10⍽Euro'`."""
    shown = text[: 4 * most].translate(_MARKS)
    inner = shown.strip(" ")
    before, after = len(shown) - len(shown.lstrip(" ")), len(shown) - len(shown.rstrip(" "))
    if not inner:
        return f"'{SPACE * min(len(shown), most)}'"
    ending = excerpt(inner + text[4 * most :], most)
    return f"'{SPACE * min(before, 4)}{ending}{SPACE * min(after, 4) if len(text) <= 4 * most else ''}'"


def contrast(criterion: Criterion, should: str, found: str, about: str = "") -> str:
    """`topic should be 'termination', is 'notice'`; of a criterion that is turned round only what was found."""
    return f"{about} {found if criterion.negated else f'{should}, {found}'}".strip()


def full_score(criterion: Criterion, words: str) -> Score:
    """The score of a reply that fits. What it fits by is told only where that must not be (`not: true`).

    `words` are what it should not do, such as "to contain 'sorry'".
    """
    return Score(1.0, words if criterion.negated else "")


def partial_score(expected: int, problems: list[str]) -> Score:
    """The share of so many expectations that are met, and what is wrong with the others."""
    return Score((expected - len(problems)) / expected, "; ".join(problems))
