"""Rates over versions as SVG: a strip for each criterion, oldest version on the left, every rate with its interval."""

from __future__ import annotations

from html import escape

from promptops.model.outcomes.history import CriterionRate, History
from promptops.report.history.view import Shown
from promptops.text.humanize import percent
from promptops.text.sanitize import visible

_WIDTH, _STRIP, _LEFT, _RIGHT, _TOP, _FOOT = 900, 96, 150, 40, 12, 26
_MOST_STRIPS = 12
_MOST_LABELS = 16


def chart(history: History, found: Shown) -> str:
    """The drawing, or nothing where no version has a rate."""
    criteria = found.criteria[:_MOST_STRIPS]
    count = len(history.versions)
    if not criteria or not count:
        return ""
    parts = [_strip(found, name, number, count) for number, name in enumerate(criteria)]
    height = len(criteria) * _STRIP + _FOOT
    return (
        f'<svg class="history" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="Rates of {len(criteria)} criteria over {count} versions">'
        f"{''.join(parts)}{_versions(history, height)}</svg>"
    )


def _strip(found: Shown, name: str, number: int, count: int) -> str:
    top = number * _STRIP + _TOP
    lines = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT + 20}" y1="{_y(top, share)}" y2="{_y(top, share)}"/>'
        f'<text class="scale" x="{_LEFT - 8}" y="{_y(top, share) + 4}" text-anchor="end">{percent(share)}</text>'
        for share in (0.0, 1.0)
    )
    label = f'<text class="name" x="0" y="{top + 40}">{_text(name, 20)}<title>{_text(name, 200)}</title></text>'
    points, path, was_foreign = [], "", None
    for place in range(count):  # the oldest first
        row = count - 1 - place
        rate = found.rate(row, name)
        if rate is None:
            continue
        x, y, foreign = _x(place, count), _y(top, rate.rate), found.is_foreign(row)
        # What was measured with other cases is not joined to the rest: the line would say that they compare.
        path += f"{'L' if was_foreign is foreign else 'M'}{x:.1f} {y:.1f} "
        was_foreign = foreign
        points.append(_point(rate, x, top, foreign))
    return f'{label}{lines}<path d="{path.strip()}"/>{"".join(points)}'


def _point(rate: CriterionRate, x: float, top: int, foreign: bool) -> str:
    bar = ""
    told = f"{percent(rate.rate)} of {rate.n} cases, too few for an interval"
    if rate.low is not None and rate.high is not None:
        low, high = _y(top, rate.low), _y(top, rate.high)
        bar = f'<line class="bar" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
        told = f"{percent(rate.rate)} ({percent(rate.low)} … {percent(rate.high)}) of {rate.n} cases"
    style = ' class="foreign"' if foreign else ""
    circle = f'<circle{style} cx="{x:.1f}" cy="{_y(top, rate.rate):.1f}" r="4"/>'
    return f"<g>{bar}{circle}<title>{_text(told, 200)}</title></g>"


def _versions(history: History, height: int) -> str:
    """The versions' ids below the strips; only some of them where there are many."""
    count = len(history.versions)
    every = -(-count // _MOST_LABELS)
    return "".join(
        f'<text class="scale" x="{_x(place, count):.1f}" y="{height - 6}" text-anchor="middle">'
        f"{_text(history.versions[count - 1 - place].commit[:7], 7)}</text>"
        for place in range(count - 1, -1, -every)
    )


def _x(place: int, count: int) -> float:
    room = _WIDTH - _LEFT - _RIGHT - 20
    return _LEFT + 20 + (room * place / (count - 1) if count > 1 else room / 2)


def _y(top: int, share: float) -> float:
    room = _STRIP - 2 * _TOP
    return round(top + room * (1 - min(max(share, 0.0), 1.0)), 1)


def _text(value: str, limit: int) -> str:
    shown = visible(value)
    return escape(shown if len(shown) <= limit else f"{shown[: limit - 1]}…")
