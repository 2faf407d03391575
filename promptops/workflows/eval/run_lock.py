"""A folder for a run's journal that no other run writes to at the same time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from promptops.errors import StoreError
from promptops.source.files.file_lock import try_lock
from promptops.source.files.plain_file import make_folder, open_plain

_MOST = 50


@contextmanager
def locked_folder(parent: Path) -> Iterator[Path]:
    """The first of `parent/1`, `parent/2`, … that nobody holds; it is made if needed, and held meanwhile.

    The system lets go of it when the process ends, however it ends, so a later run takes over what a killed one left.
    StoreError where it cannot be written.
    """
    try:
        file, folder = _first_free(parent)
    except OSError as exc:
        raise StoreError(f"a run cannot keep its replies here: {exc.strerror or exc}", where=str(parent)) from exc
    try:
        yield folder
    finally:
        os.close(file)


def _first_free(parent: Path) -> tuple[int, Path]:
    for number in range(1, _MOST + 1):
        folder = parent / str(number)
        make_folder(folder)
        file = open_plain(folder / "lock", os.O_RDWR | os.O_CREAT)
        try:
            if try_lock(file):
                return file, folder
        except OSError:
            os.close(file)
            raise
        os.close(file)
    raise StoreError(f"{_MOST} runs are already active here", where=str(parent), hint="wait for one to finish")
