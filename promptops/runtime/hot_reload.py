"""The thread that reloads a work tree's prompts whenever a file was saved."""

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

CHECK_INTERVAL = 0.25
"""Seconds until the thread notices that it is no longer wanted, or that the folder is another one."""
RETRY_INTERVAL = 1.0
"""Seconds between two checks of what cannot be loaded: a folder that is gone comes back without a save."""


def watch_saves(
    root: Path,
    may_change: Callable[[PurePosixPath], bool],
    poll: bool,
    refresher_ref: weakref.ref[Refresher],
    stop: threading.Event,
) -> None:
    """Check once, and after each save that `may_change` what is served, until `stop` or the refresher is dropped."""
    watcher: FileWatcher | None = None
    folder_id: tuple[int, int] | None = None
    checked_at = 0.0
    try:
        while not stop.is_set():
            try:
                if watcher is None:
                    folder_id = _folder_id(root)
                    watcher = FileWatcher(root, poll=poll)
                    if watcher.note:
                        logging.getLogger("promptops").warning("%s", watcher.note)
                elif not watcher.wait(may_change, CHECK_INTERVAL):
                    refresher = refresher_ref()
                    if refresher is None:
                        return
                    is_due = time.monotonic() - checked_at > RETRY_INTERVAL and not refresher.status().fresh
                    del refresher
                    if _folder_id(root) != folder_id:  # another folder has taken its place
                        watcher.stop()
                        watcher = None
                    elif not is_due:
                        continue
            except SourceError:
                if watcher is not None:
                    watcher.stop()
                    watcher = None
                stop.wait(RETRY_INTERVAL)
            refresher = refresher_ref()
            if refresher is None or stop.is_set():
                return
            refresher.check()  # says what is wrong with the folder, too
            checked_at = time.monotonic()
            del refresher
    finally:
        if watcher is not None:
            watcher.stop()


def _folder_id(root: Path) -> tuple[int, int] | None:
    try:
        info = root.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino
