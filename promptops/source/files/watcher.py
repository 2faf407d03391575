"""Which files were saved, told once they are whole: after a moment in which nothing more happened to them."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from promptops.errors import SourceError
from promptops.source.files.globs import SKIPPED_FOLDERS

QUIET, UNFINISHED, AT_MOST, POLLING = 0.05, 0.3, 2.0, 0.3
"""Seconds: of silence after the last event; while a file is open for writing; in all; between two looks."""

_COMPLETE = (FileClosedEvent, FileMovedEvent, FileDeletedEvent, DirMovedEvent, DirDeletedEvent)
_EVENTS: list[type[FileSystemEvent]] = [*_COMPLETE, FileCreatedEvent, FileModifiedEvent, DirCreatedEvent]
_LIMITS = (errno.ENOSPC, errno.EMFILE)


class _FileEvent(NamedTuple):
    path: PurePosixPath
    is_whole: bool


class FileWatcher(FileSystemEventHandler):
    """Saves below a folder. `poll`: look at the files again and again, where the system tells nothing.

    `note` says why they are polled, if the system could not watch so many folders.
    """

    def __init__(self, root: Path, *, poll: bool = False) -> None:
        self._root = root
        self._events: SimpleQueue[_FileEvent] = SimpleQueue()
        self._flat: set[Path] = set()
        self.note = ""
        self._polling = poll
        if not poll:
            try:
                self._observer = self._started(Observer())
                return
            except OSError as exc:
                if exc.errno not in _LIMITS:
                    raise SourceError(f"cannot be watched: {exc.strerror or exc}", where=str(root)) from exc
                self._polling = True
                self.note = (
                    "the system watches no more folders for this user, so the files are looked at every "
                    f"{POLLING:g} s instead; on Linux, fs.inotify.max_user_watches and max_user_instances say how many"
                )
        self._observer = self._started(PollingObserver(timeout=POLLING))

    def _started(self, observer: BaseObserver) -> BaseObserver:
        try:
            for folder, recursive in folders_to_watch(self._root):
                if not recursive:
                    self._flat.add(folder)
                observer.schedule(self, str(folder), recursive=recursive, event_filter=_EVENTS)
            observer.start()
            if not self._polling:
                with TemporaryDirectory() as probe:  # folders below the first go without a watch when no more are left
                    observer.unschedule(observer.schedule(self, probe, event_filter=_EVENTS))
        except OSError:
            with suppress(RuntimeError):
                observer.stop()
            raise
        return observer

    def stop(self) -> None:
        """Watch no longer."""
        self._observer.stop()

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by the observer's thread for every event."""
        is_whole = isinstance(event, _COMPLETE) or event.is_directory or self._polling or sys.platform != "linux"
        for name in (event.src_path, event.dest_path):
            with suppress(ValueError):  # not below the folder
                path = Path(os.fsdecode(name)).relative_to(self._root)
                if not SKIPPED_FOLDERS.intersection(path.parts):
                    self._events.put(_FileEvent(PurePosixPath(path.as_posix()), is_whole))

    def wait(self, concerns: Callable[[PurePosixPath], bool], timeout: float = float("inf")) -> set[PurePosixPath]:
        """The next files (and folders) that were saved, created, moved or deleted, at least one that concerns us.

        Nothing when none was for `timeout` seconds. SourceError when the folder itself is gone.
        """
        found: dict[PurePosixPath, bool] = {}
        end = time.monotonic() + timeout
        while True:
            quiet = 1.0 if not found else QUIET if all(found.values()) else UNFINISHED
            left = end - time.monotonic()
            if left <= 0:
                return set(found)
            try:
                event = self._events.get(timeout=min(quiet, left))
            except Empty:
                if found:
                    return set(found)
                if not self._root.is_dir():
                    raise SourceError("the folder is not there any more", where=str(self._root)) from None
                continue
            if self._is_folder(event.path) or concerns(event.path):
                if not found:
                    end = time.monotonic() + AT_MOST
                found[event.path] = event.is_whole

    @property
    def has_events(self) -> bool:
        """Whether something more has happened."""
        return not self._events.empty()

    def _is_folder(self, path: PurePosixPath) -> bool:
        """Whether it is a folder, or may have been one; a new one is watched from now on."""
        full = self._root / path
        if full.is_symlink() or not full.is_dir():
            return not full.exists()
        if full.parent in self._flat and full not in self._flat:
            with suppress(OSError):  # gone again while it is listed
                for folder, recursive in folders_to_watch(full):
                    if not recursive:
                        self._flat.add(folder)
                    with suppress(OSError):  # gone again, or no more watches: the others go on
                        self._observer.schedule(self, str(folder), recursive=recursive, event_filter=_EVENTS)
        return True


def folders_to_watch(root: Path) -> Iterator[tuple[Path, bool]]:
    """The folders to watch, and whether with all below them: the root alone, and no folder of a tool anywhere.

    An observer takes a thread for each, so whole trees are taken where no such folder is in them.
    """
    yield root, False
    for folder in sorted(root.iterdir()):
        if folder.is_symlink() or not folder.is_dir() or folder.name in SKIPPED_FOLDERS:
            continue
        with suppress(OSError):
            if any(SKIPPED_FOLDERS.intersection(names) for _, names, _ in os.walk(folder)):
                yield from folders_to_watch(folder)
            else:
                yield folder, True
