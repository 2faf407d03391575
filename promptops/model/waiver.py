"""What an owner takes upon themselves: a gate that does not hold is accepted, for this one change."""

from __future__ import annotations

from typing import Literal, NamedTuple

Unproven = Literal["failed", "undecided", "not measured"]


class Waiver(NamedTuple):
    """One gate of one model, accepted by an owner.

    It holds for these very versions and no others: `base` and `head` are evaluation digests (`base` empty on a first
    run), `questions` is the digest of the suite's cases, criteria, judges and python files. `was` is what the gate said
    when it was accepted: who accepted an undecided gate did not accept one that fails. `when` is ISO 8601, `url` where
    it was said.
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
