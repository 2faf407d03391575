"""A check that ends early says so where people wait for it: nobody may read "Evaluating…" for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from promptops.model.outcomes.check import CheckProblem
from promptops.report.comment.compose import INTERRUPTED, START_AGAIN


@dataclass
class Replies:
    """How many replies are there, of how many."""

    done: int = 0
    total: int = 0

    def told(self, tell: Callable[[int, int], None]) -> Callable[[int, int], None]:
        """`tell`, which these figures follow."""

        def watch(done: int, total: int) -> None:
            self.done, self.total = done, total
            tell(done, total)

        return watch


@contextmanager
def breaking_off(publish: Callable[[CheckProblem], None], seen: Replies) -> Iterator[None]:
    """Where what is inside ends early, `publish` is told why, before the exception goes on."""
    try:
        yield
    except KeyboardInterrupt:
        at = f"it was cancelled at {seen.done} of {seen.total} replies; " if seen.total else ""
        publish(CheckProblem("", INTERRUPTED, f"{at}{START_AGAIN}"))
        raise
    except Exception as exc:
        hint = "the job's log says more; please report it"
        publish(CheckProblem("", f"promptops itself failed ({type(exc).__name__})", hint))
        raise
