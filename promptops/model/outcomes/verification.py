"""What `promptops verify` found: which pins hold, and what is wrong with those that do not."""

from __future__ import annotations

from typing import Literal, NamedTuple

from promptops.model.finding import Span


class VerificationProblem(NamedTuple):
    """One reason why one pin, or all of a bundle or an environment (`prompt` is empty), does not hold.

    `path` is the file that says it; `span` the place in there, None in a bundle and for a whole file.
    """

    path: str
    span: Span | None
    prompt: str
    commit: str
    message: str
    hint: str = ""

    @property
    def place(self) -> str:
        """`environments/prod.yml:4:12`, as editors and lint write it."""
        return self.span.place(self.path) if self.span else self.path


class VerifiedPins(NamedTuple):
    """One environment or bundle. `pins` and `rollouts` count what was looked at; `notes` say what could not be."""

    kind: Literal["environment", "bundle"]
    name: str
    path: str
    pins: int
    rollouts: int
    failing: int
    problems: tuple[VerificationProblem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all of it may be served."""
        return not self.problems


class VerificationReport(NamedTuple):
    """All that was looked at. `protected` (a ref) and `signers` (a file) are what was demanded; empty: nothing."""

    checked: tuple[VerifiedPins, ...]
    protected: str = ""
    signers: str = ""

    @property
    def holds(self) -> bool:
        """Whether all of it may be served."""
        return all(each.holds for each in self.checked)
