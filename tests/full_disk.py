"""A disk without room, for everything this process and its children write: the system refuses to let a file grow."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

NO_ROOM = "File too large"
"""What the system says then; of a disk that is really full it says: No space left on device."""


@contextmanager
def full_disk(most: int = 0) -> Iterator[None]:
    """No file grows beyond `most` bytes; those that are there stay, and can be renamed and deleted."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # else the system kills who writes on
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
