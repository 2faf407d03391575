"""What stands behind every version that an environment serves: who wrote it, approved it and pinned it, how it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from promptops.model.outcomes.history import Scorecard
from promptops.model.waiver import Waiver

SignatureState = Literal["verified", "refused", "not checked", "none", "unknown"]
Arm = Literal["pin", "rollout"]

REVIEWS = ("Reviewed-by", "Approved-by", "Acked-by")
"""Trailers that say that somebody looked at it. `Signed-off-by` says only that somebody handed it on."""
FORGE = "noreply@github.com"
"""Whom GitHub names as committer of what is merged there: it does not say who pressed the button."""


class Person(NamedTuple):
    """Somebody as a commit names them. A commit may name anybody: only a signature proves it."""

    name: str
    email: str = ""

    @property
    def can_approve(self) -> bool:
        """Not for nobody, nor for a program."""
        return self != ("", "") and self.email.lower() != FORGE and not self.name.endswith("[bot]")

    def is_same(self, other: Person) -> bool:
        """Whether both may be one and the same: by name or by e-mail, for people have several of them."""
        pairs = ((self.name, other.name), (self.email, other.email))
        return any(mine and mine.casefold() == theirs.casefold() for mine, theirs in pairs)


class Trailer(NamedTuple):
    """`Reviewed-by: Ana <ana@example.org>` at the end of what was said."""

    kind: str
    who: Person


class ChangeRecord(NamedTuple):
    """How a change came to the branch.

    `commit` (40 hex) is the one that brought it: a merge, or the change itself. `when` is its time, in seconds since
    1970. `authors` wrote the change. `merged_by` made the merge (None: it is none, or does not say); `committed_by`
    committed what others wrote. `on_github`: GitHub itself did, for somebody it does not name. `trailers` are those of
    the merge and of the merged commits. `pull_request` is the number in its title, None where there is none: anybody
    may write one there, so it says nothing of who agreed.
    """

    commit: str
    when: int
    title: str
    authors: tuple[Person, ...]
    pull_request: int | None = None
    merged_by: Person | None = None
    trailers: tuple[Trailer, ...] = ()
    is_merge: bool = False
    committed_by: Person | None = None
    on_github: bool = False

    @property
    def approved_by(self) -> tuple[Person, ...]:
        """Who merged or reviewed it and did not write it. Empty: nobody is known to have approved it."""
        reviewers = [one.who for one in self.trailers if one.kind in REVIEWS]
        named = [*([self.merged_by] if self.merged_by is not None else []), *reviewers]
        return tuple(dict.fromkeys(who for who in named if who.can_approve and not self.is_author(who)))

    def is_author(self, who: Person) -> bool:
        """Whether this may be one of those who wrote it."""
        return any(map(who.is_same, self.authors))


class Unavailable(NamedTuple):
    """Why something cannot be said. It never means that there is nothing."""

    why: str


class Signature(NamedTuple):
    """Of the pinned commit. `detail` is the signer's e-mail where it is verified, else what is to be said about it."""

    state: SignatureState
    detail: str = ""


class LatestResult(NamedTuple):
    """The newest results of one suite with one model, and how many older ones there are."""

    scorecard: Scorecard
    older: int = 0


@dataclass(frozen=True, slots=True)
class AuditedPin:
    """One version that is served. `percent` is that of a rollout. `commit` is 40 hex, `digest` the pin digest.

    `problems` say why it does not hold. `merged` is the main branch that approved it, empty where none did, Unknown
    where there is none to compare with. `written` is how this version came to be, `pinned` how this
    pin did. `forced` is the reason that was given where a failed gate was overruled.
    """

    environment: str
    file: str
    prompt: str
    arm: Arm
    percent: float | None
    commit: str
    digest: str
    problems: tuple[str, ...]
    merged: str | Unavailable
    written: ChangeRecord | Unavailable
    pinned: ChangeRecord | Unavailable
    signature: Signature
    forced: str = ""
    results: tuple[LatestResult, ...] = ()
    waivers: tuple[Waiver, ...] | Unavailable = ()

    @property
    def holds(self) -> bool:
        """Whether it may be served."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Audit:
    """All of it, told from the history of the commit `revision` (40 hex).

    `signers` is the list of signers that signatures were checked with, empty where there is none; `notes` are for
    people. `problems` say why files of environments that pin nothing any more do not hold.
    """

    pins: tuple[AuditedPin, ...]
    revision: str
    signers: str = ""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all of it may be served."""
        return not self.problems and all(pin.holds for pin in self.pins)
