"""What a change does to environments, and what speaks against it: for whoever reviews a promotion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from promptops.model.outcomes.audit import ChangeRecord, Unavailable
from promptops.model.outcomes.pin_change import PinChange

EnvironmentStatus = Literal["changed", "new", "removed", "unreadable"]


class PinObjection(NamedTuple):
    """Why a version must not be served, and what to do about it."""

    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedPin:
    """One version that the change pins, rolls out or takes away.

    `reason` stands in the file where failed gates were overruled. `written` says how the version's text came to be;
    None where there is no new version, or the commit is not approved.
    """

    change: PinChange
    objections: tuple[PinObjection, ...] = ()
    reason: str = ""
    written: ChangeRecord | Unavailable | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentReview:
    """One environment that the change touches. `path` is its file from the project's root.

    `error` says why the file cannot be read, and `hint` what to do. `notes` are for people.
    """

    environment: str
    path: PurePosixPath
    status: EnvironmentStatus
    pins: tuple[ReviewedPin, ...] = ()
    error: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether it must not be merged as it is."""
        return bool(self.error) or any(one.objections for one in self.pins)

    def failures(self) -> Iterator[tuple[str, str]]:
        """What speaks against it, and of what: (`prod: greet 91ed3b9`, `the gate … was not passed`)."""
        if self.error:
            yield self.environment, self.error
        for one in self.pins:
            commit = f" {one.change.new.commit[:7]}" if one.change.new is not None else ""
            yield from ((f"{self.environment}: {one.change.prompt}{commit}", each.why) for each in one.objections)
