"""The last known good on disk, so that an application starts when its source is down."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from promptops.errors import PromptopsError
from promptops.model.canonical_json import canonical_json
from promptops.model.sealed_prompt import ModelEndpoint, content_digest
from promptops.pins.bundle import bundle_lines, load_bundle
from promptops.runtime.loaded_prompts import LoadedPrompts
from promptops.source.files.atomic_write import write_atomically


class DiskCache:
    """A bundle in the cache, and beside it where its models are called, which no bundle holds.

    It is only an aid: a disk that is full or read-only takes nothing from the application.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._endpoints_path = path.with_suffix(".endpoints")

    def save(self, loaded: LoadedPrompts) -> None:
        """Write it, whole and durably, readable by this user alone; a warning in the log says why that failed."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            for path, lines in (
                (self._path, bundle_lines(loaded.bundle)),
                (self._endpoints_path, [write_endpoints(loaded.bundle.endpoints)]),
            ):
                write_atomically(path, lines)
                path.chmod(0o600)
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
            if not _is_own(self._path):
                return None
            bundle = load_bundle(self._path)._replace(endpoints=self._load_endpoints())
            return LoadedPrompts(bundle), max(0.0, time.time() - self._path.stat().st_mtime)
        except (OSError, PromptopsError):
            return None

    def _load_endpoints(self) -> Mapping[tuple[str, str], ModelEndpoint]:
        try:
            return read_endpoints(self._endpoints_path.read_bytes()) if _is_own(self._endpoints_path) else {}
        except OSError:
            return {}


def _is_own(path: Path) -> bool:
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def write_endpoints(endpoints: Mapping[tuple[str, str], ModelEndpoint]) -> bytes:
    """JSON in a line, and the digest over it in the next: prompt, commit and place of each."""
    data = canonical_json([[*key, *place] for key, place in sorted(endpoints.items())])
    return data + f"\n{content_digest(data)}\n".encode()


def read_endpoints(data: bytes) -> Mapping[tuple[str, str], ModelEndpoint]:
    """What was written; nothing where one byte is wrong: a request must not go to another place."""
    line, _, digest = data.partition(b"\n")
    try:
        is_whole = digest == f"{content_digest(line)}\n".encode()
        return {(name, commit): ModelEndpoint(*place) for name, commit, *place in json.loads(line)} if is_whole else {}
    except (TypeError, ValueError):  # of a later version
        return {}
