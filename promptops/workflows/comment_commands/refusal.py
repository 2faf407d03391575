"""Why a command in a comment is not carried out, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """Why nothing was done, and what to write instead.

    `choices` are parts of the command (suite, trial, model), each of which would say what is meant.
    """

    def __init__(self, message: str, choices: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.choices = tuple(choices)


class UnknownName(Refusal):
    """The results have no such suite, case or criterion: the line may have been read wrongly."""
