"""The last known good on disk, so that an application starts when its source is down."""

from __future__ import annotations

import os
import time
from pathlib import Path

from promptops.errors import PromptopsError
from promptops.pins.bundle import bundle_lines, load_bundle
from promptops.runtime.loaded_prompts import LoadedPrompts
from promptops.source.files.atomic_write import write_atomically


class DiskCache:
    """A bundle in the cache. It is only an aid: a disk that is full or read-only takes nothing from the application."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, loaded: LoadedPrompts) -> None:
        """Write it, whole and durably, readable by this user alone; a warning in the log says why that failed."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._path, bundle_lines(loaded.bundle))
            self._path.chmod(0o600)
        except Exception as exc:  # it is only an aid
            import logging  # only where there is something to say

            logging.getLogger("promptops").warning("the last known good prompts are not kept on disk: %s", exc)

    def confirm(self, loaded: LoadedPrompts) -> None:
        """What is kept was found to be up to date just now; it is written again where it is gone."""
        try:
            os.utime(self._path)
        except FileNotFoundError:
            self.save(loaded)
        except OSError:
            pass

    def load(self) -> tuple[LoadedPrompts, float] | None:
        """What was kept and how old it is in seconds; None when there is nothing, or when one byte of it is wrong."""
        try:
            if hasattr(os, "getuid") and self._path.stat().st_uid != os.getuid():
                return None  # somebody else's
            loaded = LoadedPrompts(load_bundle(self._path))
            return loaded, max(0.0, time.time() - self._path.stat().st_mtime)
        except (OSError, PromptopsError):
            return None
