"""The search for the commit at which a criterion regressed, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from promptops.model.outcomes.diff import PromptDiff
from promptops.model.outcomes.history import CommitSummary
from promptops.model.results import RateSummary

Standing = Literal["good", "bad", "cannot tell", "not tested"]
Outcome = Literal["found", "cannot tell", "no difference", "reversed", "nothing changed", "stopped"]
"""`cannot tell`: it lies between two versions. `reversed`: the newer version is the better one. `stopped`: the money or
the account was used up, the endpoint is dead, or too many answers were missing."""


class Probe(NamedTuple):
    """One version, and how it did with `trials` answers to each case.

    `change` is its share of passed cases minus that of the good version, `p_value` that of their difference; both None
    for the good version itself. `problem` says why it could not be tested.
    """

    commit: str
    about: CommitSummary
    standing: Standing
    rate: RateSummary | None = None
    trials: int = 0
    change: float | None = None
    p_value: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Bisection:
    """What was searched, what was tested in which order, and the outcome.

    `good` and `bad` are the versions the search began with. `last_good` and `first_bad` are the ends of what is left of
    it: with the outcome `found` they follow one another, and `diff` is what changed between them. `between` counts the
    versions that lie between them. `merge` is the merge commit that brought the first bad one, where that stood on a
    branch of its own. `cost` is in US dollars, None where it is not known. `needed`, where the two ends do not differ
    beyond noise: about how many more cases would show such a difference; None where nobody can say.
    """

    suite: str
    criterion: str
    prompt: str
    model: str
    outcome: Outcome
    good: Probe
    bad: Probe
    versions: int = 0
    tested: tuple[Probe, ...] = ()
    last_good: Probe | None = None
    first_bad: Probe | None = None
    between: int = 0
    diff: PromptDiff | None = None
    merge: str = ""
    cost: float | None = 0.0
    notes: tuple[str, ...] = ()
    stopped: str = ""
    needed: int | None = None
