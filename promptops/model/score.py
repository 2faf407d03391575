"""What an evaluator says about one reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ScoreStatus = Literal["scored", "error", "waiting"]


class Expectation(NamedTuple):
    """What one place of a JSON reply, or of a call's arguments, was to be: (`items[2].price`, `9.5`), as people say it.

    An empty `place` is the whole; `words` need no sentence around them: `one of warm, cool`.
    """

    place: str
    words: str


@dataclass(frozen=True, slots=True)
class Score:
    """A share in [0, 1] with a reason; `passed` is set from the criterion's threshold.

    An `error` (a judge that answers prose, a model that is not set) is never a fail; `waiting` means that people
    have not judged this reply yet. Both leave `value` and `passed` None. `expected` names the places that are not
    as they were to be.
    """

    value: float | None
    reason: str = ""
    passed: bool | None = None
    status: ScoreStatus = "scored"
    expected: tuple[Expectation, ...] = ()

    @classmethod
    def error(cls, reason: str) -> Score:
        """The evaluator could not answer."""
        return cls(None, reason, None, "error")

    @classmethod
    def waiting(cls, reason: str) -> Score:
        """People have not answered yet."""
        return cls(None, reason, None, "waiting")
