"""The table of power that lint and plans read: what n cases can show of a drop, when both versions are equally good."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from math import floor

from promptops.statistics.gate_power import ASSUMED_CHANGES, TABLE
from promptops.statistics.noninferiority import EXACT_MOST
from promptops.statistics.power import drop_power

POINTS = (*range(1, 21), 25, 30, 40, 50)
"""The drops in the table, in points."""


def write_power_table(pool: Executor) -> None:
    """Work out every number of cases that is decided exactly, in percent, rounded down; a line a drop."""
    rows = pool.map(_percents, POINTS)
    lines = (f' "{points}": {row}' for points, row in zip(POINTS, rows, strict=True))
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _percents(points: int) -> list[int]:
    return list(_powers(points / 100))


def _powers(margin: float) -> Iterator[int]:
    for n in range(1, EXACT_MOST + 1):
        yield floor(100 * drop_power(n, margin, ASSUMED_CHANGES) + 1e-6)
