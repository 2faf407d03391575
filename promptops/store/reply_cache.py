"""The reply cache: replies by reply key, so that no request is sent or paid for twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from promptops.errors import StoreError
from promptops.model.model_call import Reply, reply_from_data, reply_to_data
from promptops.store.migrations import migrate

_STEPS = ("CREATE TABLE replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID",)
_CHUNK = 500
FILE = "cache.db"
"""Where it lies in a project's `.promptops/`. To keep it elsewhere, change `open_reply_cache`."""


def open_reply_cache(state: Path) -> ReplyCache:
    """The cache of the project whose `.promptops/` this is. Raises StoreError."""
    return ReplyCache(state / FILE)


class ReplyCache:
    """A cache in one SQLite file (WAL), safe for several processes at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with ExitStack() as on_error:
                self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
                on_error.callback(self._connection.close)
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                migrate(self._connection, _STEPS, str(path))
                on_error.pop_all()
        except (sqlite3.Error, OSError) as exc:
            raise self._failed("opened", exc) from exc

    def get_many(self, keys: Sequence[str]) -> dict[str, Reply]:
        """Those of the keys that are known; a damaged row counts as unknown."""
        found: dict[str, Reply] = {}
        for key, text in self._select("key, reply", keys):
            with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
                found[key] = reply_from_data(json.loads(text))
        return found

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that have a row, without reading the replies."""
        return {key for (key,) in self._select("key", keys)}

    def _select(self, columns: str, keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
        try:
            for start in range(0, len(keys), _CHUNK):
                chunk = keys[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                yield from self._connection.execute(
                    f"SELECT {columns} FROM replies WHERE key IN ({marks})",  # noqa: S608 - nothing of a user's
                    chunk,
                )
        except sqlite3.Error as exc:
            raise self._failed("read", exc) from exc

    def put_many(self, replies: Mapping[str, Reply]) -> None:
        """Remember replies in one transaction; a key that is known keeps its reply."""
        rows = [(key, json.dumps(reply_to_data(reply), ensure_ascii=True)) for key, reply in replies.items()]
        try:
            with self._connection:  # commits, or rolls back
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?)", rows)
        except sqlite3.Error as exc:
            raise self._failed("written", exc) from exc

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _failed(self, what: str, exc: Exception) -> StoreError:
        return StoreError(
            f"the reply cache cannot be {what}: {exc}",
            where=str(self._path),
            hint="is the disk full or the file damaged? It may be deleted: only replies would be asked again",
        )
