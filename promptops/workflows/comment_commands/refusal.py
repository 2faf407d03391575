"""Why a command in a comment is not carried out, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from promptops.text.suggestions import did_you_mean

_MOST_COMPARED = 1_000


class Refusal(Exception):
    """Why nothing was done, and what to write instead.

    `choices` are parts of the command (suite, trial, model), each of which would say what is meant.
    """

    def __init__(self, message: str, choices: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.choices = tuple(choices)


class UnknownName(Refusal):
    """The results have no such suite, case or criterion: the line may have been read wrongly.

    `said` is what was written instead of one of the `known` names. What is most like it is looked for only when
    somebody is told: a line may have a hundred readings, and a suite thousands of cases.
    """

    def __init__(self, message: str, said: str, known: Iterable[str]) -> None:
        super().__init__(message)
        self._said, self._known = said, known

    @cached_property
    def _hint(self) -> str:
        return did_you_mean(self._said, list(islice(dict.fromkeys(self._known), _MOST_COMPARED)))

    def __str__(self) -> str:
        """The message, and which name may be meant."""
        return "; ".join(filter(None, [super().__str__(), self._hint]))
