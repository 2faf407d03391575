"""What an evaluator says about one reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScoreStatus = Literal["scored", "error", "waiting"]


@dataclass(frozen=True, slots=True)
class Score:
    """A share in [0, 1] with a reason; `passed` is set from the criterion's threshold.

    An `error` (a judge that answers prose, a model that is not set) is never a fail; `waiting` means that people
    have not judged this reply yet. Both leave `value` and `passed` None.
    """

    value: float | None
    reason: str = ""
    passed: bool | None = None
    status: ScoreStatus = "scored"

    @classmethod
    def error(cls, reason: str) -> Score:
        """The evaluator could not answer."""
        return cls(None, reason, None, "error")

    @classmethod
    def waiting(cls, reason: str) -> Score:
        """People have not answered yet."""
        return cls(None, reason, None, "waiting")
