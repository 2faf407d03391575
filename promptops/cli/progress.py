"""Live progress on stderr: rate, cost so far, time left once it can be told.

A terminal gets a bar, a log a line now and then.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

from promptops.cli.context import say
from promptops.cli.time_left import TimeLeft
from promptops.text.humanize import plural
from promptops.text.sanitize import log_safe

if TYPE_CHECKING:
    from promptops.evals.engine.runner import RunProgress

_QUIET_SECONDS = 15.0


class ProgressView(Protocol):
    """Is told of progress, and makes room for what is printed meanwhile."""

    def __call__(self, progress: RunProgress, /) -> None:
        """How far the run is now."""
        ...

    def aside(self) -> AbstractContextManager[None]:
        """Entered while something else is printed."""
        ...


@contextmanager
def progress_bar(total: int) -> Iterator[ProgressView]:
    """What is told of progress, as long as the run lasts."""
    if sys.stderr.isatty():
        with _Bar(total) as bar:
            yield bar
    else:
        yield _Lines()


class _Lines:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._last, self._time_left = clock, clock(), TimeLeft(clock)

    def __call__(self, progress: RunProgress, /) -> None:
        if progress.failure:
            say(_failure(progress))
        now, left = self._clock(), self._time_left.words(progress)
        if now - self._last >= _QUIET_SECONDS and progress.done:
            self._last = now
            told = f"  {progress.done}/{progress.total}  ${progress.cost:.3f}{f'  {left}' * bool(left)}"
            say(f"{told}{_errors(progress)}")

    def aside(self) -> AbstractContextManager[None]:
        return nullcontext()


class _Bar:
    def __init__(self, total: int) -> None:
        from rich.console import Console  # 40 ms: only where somebody watches
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]} ${task.fields[cost]:.3f}"),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[errors]}"),
        )
        self._start, self._time_left = time.monotonic(), TimeLeft()
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=total, cost=0.0, errors="", rate="", left="")

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, progress: RunProgress, /) -> None:
        if progress.failure:
            self._bar.console.print(log_safe(_failure(progress)), markup=False, highlight=False, soft_wrap=True)
        rate = progress.done / max(time.monotonic() - self._start, 0.001)
        self._bar.update(
            self._task,
            completed=progress.done,
            total=progress.total,
            cost=progress.cost,
            errors=_errors(progress),
            left=self._time_left.words(progress),
            rate=f"{rate:.1f}/s" if rate < 100 else f"{rate:.0f}/s",
        )

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Without the bar, which would take what goes to stdout for its own."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()


def _failure(progress: RunProgress) -> str:
    return f"  a call failed: {progress.failure}"


def _errors(progress: RunProgress) -> str:
    return f"  {plural(progress.errors, 'error')}" if progress.errors else ""
