"""Live progress on stderr: rate, cost so far, time left once it can be told.

A terminal gets a bar, a log a line now and then.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from promptops.cli.context import say
from promptops.cli.time_left import TimeLeft
from promptops.text.humanize import plural
from promptops.text.sanitize import log_safe

if TYPE_CHECKING:
    from promptops.evals.engine.runner import RunProgress

_QUIET_SECONDS = 15.0


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[RunProgress], None]]:
    """A function to tell of progress, as long as the run lasts."""
    if sys.stderr.isatty():
        with _bar(total) as watch:
            yield watch
    else:
        yield _lines()


def _lines(clock: Callable[[], float] = time.monotonic) -> Callable[[RunProgress], None]:
    last, time_left = clock(), TimeLeft(clock)

    def watch(progress: RunProgress) -> None:
        nonlocal last
        if progress.failure:
            say(_failure(progress))
        now, left = clock(), time_left.words(progress)
        if now - last >= _QUIET_SECONDS and progress.done:
            last = now
            told = f"  {progress.done}/{progress.total}  ${progress.cost:.3f}{f'  {left}' * bool(left)}"
            say(f"{told}{_errors(progress)}")

    return watch


@contextmanager
def _bar(total: int) -> Iterator[Callable[[RunProgress], None]]:
    from rich.console import Console  # 40 ms: only where somebody watches
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} ${task.fields[cost]:.3f}"),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[errors]}"),
    )
    start, time_left = time.monotonic(), TimeLeft()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, cost=0.0, errors="", rate="", left="")

        def watch(progress: RunProgress) -> None:
            if progress.failure:
                bar.console.print(log_safe(_failure(progress)), markup=False, highlight=False, soft_wrap=True)
            rate = progress.done / max(time.monotonic() - start, 0.001)
            bar.update(
                task,
                completed=progress.done,
                total=progress.total,
                cost=progress.cost,
                errors=_errors(progress),
                left=time_left.words(progress),
                rate=f"{rate:.1f}/s" if rate < 100 else f"{rate:.0f}/s",
            )

        yield watch


def _failure(progress: RunProgress) -> str:
    return f"  a call failed: {progress.failure}"


def _errors(progress: RunProgress) -> str:
    return f"  {plural(progress.errors, 'error')}" if progress.errors else ""
