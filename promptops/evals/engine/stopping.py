"""When a run has to end early."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from promptops.errors import RunStopped, StoreError


class StopSignal:
    """Once set, no further call begins; `reason` is empty while the run may go on, and the first reason stays."""

    reason = ""

    def set(self, reason: str) -> None:
        """End the run for this reason."""
        self.reason = self.reason or reason

    def check(self) -> None:
        """RunStopped once the run has to end."""
        if self.reason:
            raise RunStopped(self.reason)

    @contextmanager
    def on_store_error(self) -> Iterator[None]:
        """A disk that takes no more ends the run, not the reply that is at hand."""
        try:
            yield
        except StoreError as exc:
            self.set(str(exc))
