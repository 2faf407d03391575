"""A Mermaid chart of models and versions: one criterion against cost or latency, never a mean of several."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from promptops.model.results import Comparison
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize
from promptops.text.sanitize import visible

MOST_POINTS = 12


class _Axis(NamedTuple):
    """A measure from left to right: what its ends are called, and how a figure of it is written."""

    measure: str
    least: str
    most: str
    words: Callable[[float | None], str]


_AXES = (
    _Axis("cost", "costs less", "costs more", humanize.dollars),
    _Axis("latency", "faster", "slower", humanize.duration),
)


def chart(view: ResultsView) -> str:
    """A `quadrantChart` fence, or nothing unless at least two models or versions have a known cost or latency."""
    comparisons = view.results.comparisons
    criterion = _widest(view)
    if not criterion:
        return ""
    for axis in _AXES:
        points = _points(comparisons, criterion, axis)
        if len({x for _, x, _ in points}) >= 2:
            return _draw(criterion, axis, points[:MOST_POINTS])
    return ""


def _widest(view: ResultsView) -> str:
    """The criterion that counts and differs most between models and versions."""
    spread: dict[str, list[float]] = {}
    for comparison in view.results.comparisons:
        for found in comparison.criteria:
            if not view.info(found.criterion).advisory:
                rates = [rate.rate for rate in (found.base, found.head) if rate is not None]
                spread.setdefault(found.criterion, []).extend(rates)
    known = {name: max(rates) - min(rates) for name, rates in spread.items() if rates}
    return max(known, key=lambda name: known[name], default="")


def _points(comparisons: tuple[Comparison, ...], criterion: str, axis: _Axis) -> list[tuple[str, float, float]]:
    """Label with its figures, measure, rate of each version of each model; models with something unknown are left out.

    Versions of a model with the same figures are one point.
    """
    points: list[tuple[str, float, float]] = []
    for comparison in comparisons:
        found = next((c for c in comparison.criteria if c.criterion == criterion), None)
        measured = next((m for m in comparison.measures if m.name == axis.measure), None)
        if found is None or measured is None:
            continue
        after = " after" if found.base else ""
        versions: dict[str, tuple[list[str], float, float]] = {}
        for rate, x, when in ((found.base, measured.base, " before"), (found.head, measured.head, after)):
            if rate is not None and x is not None and 0 <= x < 1e9:
                figures = f"{humanize.percent(rate.rate)}, {axis.words(x)}".replace("<", "under ").replace(">", "over ")
                versions.setdefault(figures, ([], x, rate.rate))[0].append(when)
        for figures, (whens, x, share) in versions.items():
            points.append((f"{_label(comparison.model)}{' and'.join(whens)} {figures}", x, share))
    return points


def _draw(criterion: str, axis: _Axis, points: list[tuple[str, float, float]]) -> str:
    most = max(x for _, x, _ in points) or 1.0
    lines = [
        "```mermaid",
        "quadrantChart",
        f'    x-axis "{axis.least}" --> "{axis.most}"',
        f'    y-axis "fewer cases pass" --> "{_label(criterion)}"',
    ]
    for label, x, y in points:
        lines.append(f'    "{label}": [{_inside(x / most * 0.9)}, {_inside(y)}]')
    return "\n".join([*lines, "```"])


def _inside(share: float) -> str:
    """Points on the very edge are cut in half."""
    return f"{min(max(share, 0.03), 0.97):.2f}"


def _label(name: str) -> str:
    """Letters, digits, spaces and a few signs: nothing Mermaid could read as its own."""
    plain = re.sub(r"[^\w ./+-]+", " ", visible(name), flags=re.ASCII if name.isascii() else 0)
    return " ".join(plain.split())[:40] or "model"
