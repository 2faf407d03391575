"""The rows as Markdown: ratios first, absolute figures second, and what could not be measured said as such."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from benchmarks.rows import Hold, Row

_PACKAGES = ("git-promptops", "openai", "aiohttp", "httpx2", "jinja2", "gitpython", "click")


def ratios(rows: Iterable[Row]) -> str:
    """A table with one line for everything that is to be held."""
    lines = ["| what | ours / peer | to hold | verdict | ours | peer |", "|---|---|---|---|---|---|"]
    lines += [_ratio(row, hold) for row in rows for hold in row.holds]
    return "\n".join(lines)


def figures(rows: Iterable[Row], floor: float) -> str:
    """A table with one line for every contender: median, range, most requests at once and peak memory.

    `floor` is what a process shows that does nothing, in MB: no memory is given for those that stay near it.
    """
    lines = ["| row | who | median | range | a second | at once | peak memory |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        for name in row.listed():
            if problem := row.problem(name):
                lines.append(f"| {row.name} | {_inert(name)} | – | {_inert(problem)} | – | – | – |")
                continue
            found, middle = row.figures(name), row.median(name)
            pace = f"{row.units / middle:,.0f} cases" if row.units > 1 else "–"
            spread = f"{shown(min(found))} – {shown(max(found))}"
            at_once = str(max(sample.in_flight for sample in row.samples[name])) if row.has_flights else "–"
            peak = row.median(name, "megabytes")
            memory = f"{peak:.0f} MB" if peak > floor * 1.1 else f"≤ {floor:.0f} MB"
            lines.append(
                f"| {row.name} | {_inert(name)} | {shown(middle)} | {spread} | {pace} | {at_once} | {memory} |"
            )
    return "\n".join(lines)


def machine(repeat: int) -> str:
    """What it was measured on, when, and with which versions."""
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    versions = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    rounds = (
        f"{repeat} rounds (short ones more often), contenders in turns, medians"
        if repeat > 1
        else "one round only: a first look, not a result"
    )
    return (
        f"{date} · {os.cpu_count()} cores{load} · {platform.system()} {platform.machine()} · Python "
        f"{platform.python_version()} · {versions} · {rounds}"
    )


def page(rows: list[Row], about: str, notes: list[str], floor: float) -> str:
    """`results.md`, whole."""
    parts = [
        "# Measured side by side\n\nWritten by `make bench`; what each row measures and why is in `README.md`.",
        about,
        "## Ratios\n\n" + ratios(rows),
        "## Figures\n\n" + figures(rows, floor),
    ]
    if notes:
        parts.append("## Notes\n\n" + "\n".join(f"- {note}" for note in notes))
    return "\n\n".join(parts) + "\n"


def shown(seconds: float) -> str:
    """Seconds in the unit people would use."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _ratio(row: Row, hold: Hold) -> str:
    what = f"{row.title}: {'memory' if hold.quantity == 'megabytes' else 'time'}"
    limit = (
        f"≤ {shown(hold.plus) if hold.quantity == 'seconds' else f'{hold.plus:.0f} MB'}"
        if not hold.peer
        else (
            f"≤ {_rounded(hold.limit) if hold.limit < 1 else f'{hold.limit:g}'} ×"
            + (f" + {hold.plus:g} s" if hold.plus else "")
            + (" (aim)" if hold.is_aim else "")
        )
    )
    verdict = row.verdict(hold)
    if verdict.startswith("cannot tell"):
        return f"| {what} | – | {limit} | {_inert(verdict)} | {hold.ours or '–'} | {hold.peer or '–'} |"
    name = row.ours(hold)
    ours, peer = row.median(name, hold.quantity), row.median(hold.peer, hold.quantity) if hold.peer else 0.0
    unit = shown if hold.quantity == "seconds" else "{:.0f} MB".format
    cells = [
        what,
        f"**{_rounded(ours / peer)} ×**" if peer else f"**{unit(ours)}**",
        limit,
        verdict,
        f"{_inert(name)} {unit(ours)}",
        f"{hold.peer} {unit(peer)}" if peer else "–",
    ]
    return f"| {' | '.join(cells)} |"


def _rounded(ratio: float) -> str:
    return f"{ratio:.3f}" if ratio < 1 else f"{ratio:.2f}"


def _inert(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def say(text: str) -> None:
    """On the terminal, for people."""
    print(text, file=sys.stderr, flush=True)
