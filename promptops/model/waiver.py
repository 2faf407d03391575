"""What an owner takes upon themselves: a gate that does not hold is accepted, for this one version."""

from __future__ import annotations

from typing import Literal, NamedTuple

Unproven = Literal["failed", "undecided", "not measured"]


class Waiver(NamedTuple):
    """One gate of one model, accepted by an owner.

    It holds for this very version and no other, whatever that is compared with: `head` is its evaluation digest, and
    `questions` the digest of the suite's cases, criteria, judges and python files. `base` is the evaluation digest of
    what it was compared with when it was accepted (empty on a first run). `was` is what the gate said then: who
    accepted an undecided gate did not accept one that fails. `when` is ISO 8601, `url` where it was said.
    """

    suite: str
    criterion: str
    rule: str
    was: Unproven
    base: str
    head: str
    questions: str
    who: str
    when: str = ""
    why: str = ""
    url: str = ""
