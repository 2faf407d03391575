"""Live progress on stderr: rate, cost so far, time left. A terminal gets a bar, a log a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from promptops.cli.context import say
from promptops.evals.runner import Progress

_QUIET_SECONDS = 15.0


@contextmanager
def watching(total: int) -> Iterator[Callable[[Progress], None]]:
    """A function to tell of progress, as long as the run lasts."""
    if sys.stderr.isatty():
        with _bar(total) as watch:
            yield watch
    else:
        yield _lines()


def _lines() -> Callable[[Progress], None]:
    start = last = time.monotonic()

    def watch(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _QUIET_SECONDS:
            last = now
            left = (now - start) / progress.done * (progress.total - progress.done)
            say(f"  {progress.done}/{progress.total}  ${progress.cost:.3f}  about {left:.0f} s left{_errors(progress)}")

    return watch


@contextmanager
def _bar(total: int) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console  # 40 ms: only where somebody watches
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} ${task.fields[cost]:.3f}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[errors]}"),
    )
    start = time.monotonic()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, cost=0.0, errors="", rate="")

        def watch(progress: Progress) -> None:
            rate = progress.done / max(time.monotonic() - start, 0.001)
            bar.update(
                task,
                completed=progress.done,
                cost=progress.cost,
                errors=_errors(progress),
                rate=f"{rate:.1f}/s" if rate < 100 else f"{rate:.0f}/s",
            )

        yield watch


def _errors(progress: Progress) -> str:
    if not progress.errors:
        return ""
    return f"  {progress.errors} error{'s' if progress.errors != 1 else ''}"
