"""Rates over versions as a drawing: a strip a criterion, the oldest on the left, every rate with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

from promptops.model.outcomes.history import CriterionRate, History
from promptops.report.history.view import SuiteHistory
from promptops.text.humanize import percent

_WIDTH, _LEFT, _RIGHT = 900, 150, 40
_STRIP, _TOP, _FOOT = 96, 12, 26
_MOST_STRIPS, _MOST_LABELS = 12, 16


class Point(NamedTuple):
    """A rate: its place, the ends of its interval's bar (None: it has none), and both in words."""

    x: str
    y: float
    bar: tuple[float, float] | None
    said: str
    is_foreign: bool


class Strip(NamedTuple):
    """One criterion: its name at `middle`, lines at 0% and 100%, its points and the path that joins them."""

    name: str
    middle: int
    grid: tuple[tuple[float, str], ...]
    path: str
    points: tuple[Point, ...]


class Drawing(NamedTuple):
    """The whole chart; `labels` are versions' ids below the strips, with their places."""

    height: int
    strips: tuple[Strip, ...]
    labels: tuple[tuple[str, str], ...]
    versions: int


def draw(history: History, found: SuiteHistory) -> Drawing | None:
    """The drawing, or None where no version has a rate."""
    criteria, count = found.criteria[:_MOST_STRIPS], len(history.versions)
    if not criteria or not count:
        return None
    strips = tuple(_strip(found, name, number * _STRIP + _TOP, count) for number, name in enumerate(criteria))
    # Only some ids are shown where there are many versions, the newest always.
    places = range(count - 1, -1, -ceil(count / _MOST_LABELS))
    labels = tuple((_x(place, count), history.versions[count - 1 - place].commit[:7]) for place in places)
    return Drawing(len(criteria) * _STRIP + _FOOT, strips, labels, count)


def _strip(found: SuiteHistory, name: str, top: int, count: int) -> Strip:
    points = tuple(_points(found, name, top, count))
    path, was_foreign = [], None
    for point in points:
        # What was measured with other cases is not joined to the rest: the line would say that they compare.
        path.append(f"{'L' if was_foreign is point.is_foreign else 'M'}{point.x} {point.y}")
        was_foreign = point.is_foreign
    grid = tuple((_y(top, share), percent(share)) for share in (0.0, 1.0))
    return Strip(name, top + 40, grid, " ".join(path), points)


def _points(found: SuiteHistory, name: str, top: int, count: int) -> Iterator[Point]:
    for place in range(count):  # the oldest first
        rate = found.rate(count - 1 - place, name)
        if rate is not None:
            bar = None if rate.low is None or rate.high is None else (_y(top, rate.low), _y(top, rate.high))
            yield Point(_x(place, count), _y(top, rate.rate), bar, _said(rate), found.is_foreign(count - 1 - place))


def _said(rate: CriterionRate) -> str:
    if rate.low is None or rate.high is None:
        return f"{percent(rate.rate)} of {rate.n} cases, too few for an interval"
    return f"{percent(rate.rate)} ({percent(rate.low)} … {percent(rate.high)}) of {rate.n} cases"


def _x(place: int, count: int) -> str:
    room = _WIDTH - _LEFT - _RIGHT - 20
    return f"{_LEFT + 20 + (room * place / (count - 1) if count > 1 else room / 2):.1f}"


def _y(top: int, share: float) -> float:
    room = _STRIP - 2 * _TOP
    return round(top + room * (1 - min(max(share, 0.0), 1.0)), 1)
