"""One process at a time: a lock on an open file that the system lets go of when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from promptops.source.files.plain_file import open_plain


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock on this file, which is made if needed, and hold it. OSError where it cannot be written."""
    file = open_plain(path, os.O_RDWR | os.O_CREAT)
    try:
        with suppress(OSError):  # a file system without locks
            lock(file)
        yield
    finally:
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    _BEYOND = 1 << 40
    """Windows keeps others from reading a locked byte, so it is one that no file has."""

    def try_lock(file: int) -> bool:
        """Whether the open file is ours now, until it is closed; False while another holds it."""
        os.lseek(file, _BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def lock(file: int) -> None:
        """Wait for it, ten seconds at the most."""
        os.lseek(file, _BEYOND, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def try_lock(file: int) -> bool:
        """Whether the open file is ours now, until it is closed; False while another holds it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def lock(file: int) -> None:
        """Wait for it."""
        fcntl.flock(file, fcntl.LOCK_EX)
