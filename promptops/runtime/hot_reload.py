"""The thread that looks at a work tree whenever a file in it was saved."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from promptops.errors import SourceError
from promptops.runtime.refresher import Refresher
from promptops.source.files.watcher import FileWatcher

PATIENCE = 0.25
"""Seconds until the thread notices that it is no longer wanted, or that the folder is another one."""
AGAIN = 1.0
"""Seconds between two looks at what cannot be loaded: a folder that is gone comes back without a save."""


def watch_saves(
    root: Path,
    concerns: Callable[[PurePosixPath], bool],
    poll: bool,
    following: weakref.ref[Refresher],
    stop: threading.Event,
) -> None:
    """Look once, and after each save that `concerns` us, until `stop` or until nobody holds `following` any more."""
    saves: FileWatcher | None = None
    place: tuple[int, int] | None = None
    looked = 0.0
    try:
        while not stop.is_set():
            try:
                if saves is None:
                    place = _place(root)
                    saves = FileWatcher(root, poll=poll)
                    if saves.note:
                        logging.getLogger("promptops").warning("%s", saves.note)
                elif not saves.wait(concerns, PATIENCE):
                    held = following()
                    if held is None:
                        return
                    is_due = time.monotonic() - looked > AGAIN and not held.status().fresh
                    del held
                    if _place(root) != place:  # another folder has taken its place
                        saves.stop()
                        saves = None
                    elif not is_due:
                        continue
            except SourceError:
                if saves is not None:
                    saves.stop()
                    saves = None
                stop.wait(AGAIN)
            held = following()
            if held is None or stop.is_set():
                return
            held.check()  # says what is wrong with the folder, too
            looked = time.monotonic()
            del held
    finally:
        if saves is not None:
            saves.stop()


def _place(root: Path) -> tuple[int, int] | None:
    try:
        info = root.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino
