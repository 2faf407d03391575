"""What a row is: contenders measured in turns, and what is to hold between them."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Quantity = Literal["seconds", "megabytes"]
WORST = ""
"""In the place of our name: whichever contender is worst."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement. `problem` says why there is none; then the figures mean nothing.

    `in_flight`: the most requests the endpoint had open at once, where that was looked at.
    """

    seconds: float = 0.0
    megabytes: float = 0.0
    problem: str = ""
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Contender:
    """A name for the table, and how it is measured once."""

    name: str
    measure: Callable[[], Sample]


@dataclass(frozen=True, slots=True)
class Hold:
    """`ours` ≤ `limit` × `peer` (+ `plus` seconds). An aim is reported and not demanded.

    Without a peer `plus` is the limit itself, in seconds or MB.
    """

    ours: str
    peer: str
    limit: float
    quantity: Quantity = "seconds"
    plus: float = 0.0
    is_aim: bool = False


@dataclass(slots=True)
class Row:
    """One line of the design's table. `notes` is asked after the measurements.

    `shown`: only so many contenders, the worst, are listed among the figures; 0 lists all.
    """

    name: str
    title: str
    contenders: list[Contender]
    holds: list[Hold]
    units: int = 0
    rounds: int = 1
    has_flights: bool = False
    shown: int = 0
    notes: Callable[[], list[str]] = list
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def measure(self, repeat: int) -> None:
        """Every contender once, then again, `repeat` times `rounds`: what else the machine does falls on all alike.

        The order turns round by one in every round, so that nobody always follows the same neighbour. Who cannot run
        is not asked twice.
        """
        for turn in range(repeat * self.rounds):
            shift = turn % len(self.contenders)
            for contender in self.contenders[shift:] + self.contenders[:shift]:
                found = self.samples.setdefault(contender.name, [])
                if any(sample.problem for sample in found):
                    continue
                sample = contender.measure()
                found.append(sample)
                said = sample.problem or f"{sample.seconds:.3g} s"
                print(
                    f"  {self.name} {turn + 1}/{repeat * self.rounds}  {contender.name}: {said}",
                    file=sys.stderr,
                    flush=True,
                )

    def problem(self, name: str) -> str:
        """Why there is no figure for this contender, or nothing."""
        if name not in self.samples:
            return "not part of this run"
        return next((sample.problem for sample in self.samples[name] if sample.problem), "")

    def median(self, name: str, quantity: Quantity = "seconds") -> float:
        """The median over the rounds; only for contenders without a problem."""
        return statistics.median(self.figures(name, quantity))

    def figures(self, name: str, quantity: Quantity = "seconds") -> list[float]:
        """All measurements, as they came."""
        return [sample.seconds if quantity == "seconds" else sample.megabytes for sample in self.samples[name]]

    def ours(self, hold: Hold) -> str:
        """The contender that is to hold: the one named, or the worst."""
        if hold.ours != WORST:
            return hold.ours
        return self.worst(hold.quantity)[0]

    def worst(self, quantity: Quantity = "seconds") -> list[str]:
        """All contenders with figures, the worst first."""
        names = [one.name for one in self.contenders if not self.problem(one.name)]
        return sorted(names, key=lambda name: -self.median(name, quantity))

    def listed(self) -> list[str]:
        """The contenders of the table of figures: all, or those without a figure and the worst."""
        names = [one.name for one in self.contenders]
        if not self.shown:
            return names
        return [*(name for name in names if self.problem(name)), *self.worst()[: self.shown]]

    def verdict(self, hold: Hold) -> str:
        """`held`, `not held`, `aim missed`, or that it cannot be told; why is in the table of figures."""
        names = [one.name for one in self.contenders] if hold.ours == WORST else [hold.ours]
        for name in [*names, *([hold.peer] if hold.peer else [])]:
            if self.problem(name):
                return f"cannot tell: no figure for {name}"
        ours = self.median(self.ours(hold), hold.quantity)
        peer = self.median(hold.peer, hold.quantity) if hold.peer else 0.0
        if ours <= hold.limit * peer + hold.plus:
            return "held"
        return "aim missed" if hold.is_aim else "**not held**"
