"""In which order base and head are asked: by chance, so that nobody gains by going second.

The second of two calls finds a connection that is open, a prompt's beginning that the server remembers, and a process
that is busy with the first reply. Asked base first each time, equal versions differed: 9% "faster" at an endpoint of 4
ms. So each pair is asked in an order drawn by chance, and of two pairs in a row one each way: then a small suite is
balanced too, and the tests of paired differences, which take either sign for equally likely, are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from promptops.evals.plan import Unit
from promptops.model.results import Arm


class PlacedUnit(NamedTuple):
    """A unit, and its place among all units of its plan, from 0."""

    place: int
    unit: Unit


def in_drawn_order(units: Iterator[Unit], arms: Sequence[Arm], seed: str) -> Iterator[PlacedUnit]:
    """The plan's units, each base and the head that follows it in an order drawn by chance.

    The same seed gives the same order. `arms` are the plan's. Nothing is taken from `units` before it is wanted, but
    for the head of a base.
    """
    placed = (PlacedUnit(place, unit) for place, unit in enumerate(units))
    head_first = _coins(Random(seed))  # noqa: S311
    for first in placed:
        if arms[first.unit.arm].side == "base" and (second := next(placed, None)) is not None:
            yield from (second, first) if next(head_first) else (first, second)
        else:
            yield first


def _coins(random: Random) -> Iterator[bool]:
    """True and False by chance, in each two throws both."""
    while True:
        first = bool(random.getrandbits(1))
        yield first
        yield not first
