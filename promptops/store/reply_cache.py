"""The reply cache: replies by reply key, so that no request is sent or paid for twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from promptops.errors import StoreBusyError, StoreError
from promptops.model.model_call import Reply, reply_from_data, reply_to_data
from promptops.store.migrations import writing
from promptops.store.shared_database import (
    PATIENCE,
    DatabaseSchema,
    OpenedDatabase,
    is_busy,
    is_damaged,
    is_read_only,
    open_shared,
    renew,
    unwritable_note,
)

_Result = TypeVar("_Result")

_SCHEMA = DatabaseSchema(
    steps=(
        "CREATE TABLE replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID",
        "ALTER TABLE replies ADD COLUMN asked TEXT NOT NULL DEFAULT ''",
    ),
    probe="SELECT key, reply, asked FROM replies LIMIT 1",
)
# What is asked anew takes the place of what was known; a reply whose time nobody knows never does.
_KEEP = """
    INSERT INTO replies VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET reply = excluded.reply, asked = excluded.asked
    WHERE excluded.asked >= replies.asked AND excluded.asked <> ''
"""
_CHUNK = 500
FILE = "cache.db"
"""Where it lies in a project's `.promptops/`. To keep it elsewhere, change `open_reply_cache`."""


def open_reply_cache(state: Path) -> ReplyCache:
    """The cache of the project whose `.promptops/` this is. Raises StoreError."""
    return ReplyCache(state / FILE)


class ReplyCache:
    """A cache in one SQLite file (WAL), safe for several processes at once.

    A damaged file is set aside and begun anew, at any moment; one that cannot be written is only read. `notes` say so
    in words; `is_new` is true once a file was begun in place of a damaged one, and then `on_new` may fill it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.notes: list[str] = []
        self.is_new = False
        self.on_new: Callable[[ReplyCache], None] = lambda cache: None
        try:
            self._use(open_shared(path, _SCHEMA))
        except (sqlite3.Error, OSError) as exc:
            raise self._failed("opened", exc) from exc

    def get_many(self, keys: Sequence[str]) -> dict[str, Reply]:
        """Those of the keys that are known; a damaged row counts as unknown."""
        found: dict[str, Reply] = {}
        for key, text, asked in self._select(keys):
            with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
                data = json.loads(text)
                data["asked"] = asked
                found[key] = reply_from_data(data)
        return found

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that need not be asked for: older versions kept replies that are no answers."""
        chunks = (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))
        return {key for chunk in chunks for key, reply in self.get_many(chunk).items() if reply.is_answer}

    def _select(self, keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT key, reply, asked FROM replies WHERE key IN ({marks})"  # noqa: S608 - nothing of a user's
            yield from self._attempt("read", partial(self._rows, query, chunk))

    def _rows(self, query: str, keys: Sequence[str]) -> list[tuple[str, ...]]:
        return self._connection.execute(query, keys).fetchall()

    def put_many(
        self, replies: Mapping[str, Reply], *, forget: Collection[str] = (), patience: float = PATIENCE
    ) -> None:
        """Remember replies, and forget some keys before, in one transaction.

        Of two replies to one request the one that was asked later stays. StoreBusyError when another process is still
        writing after so many seconds of `patience`.
        """
        rows = [_row(key, reply) for key, reply in replies.items()]
        self._attempt("written", lambda: self._write(rows, forget, patience))

    def _write(self, rows: Sequence[tuple[str, str, str]], forget: Collection[str], patience: float) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
        try:
            with writing(self._connection):
                self._connection.executemany("DELETE FROM replies WHERE key = ?", [(key,) for key in forget])
                self._connection.executemany(_KEEP, rows)
        except sqlite3.Error as exc:
            if not is_read_only(exc):
                raise
            self._note("" if self.notes else unwritable_note(self._path, exc))
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _use(self, opened: OpenedDatabase) -> None:
        self._connection = opened.connection
        self.is_new = self.is_new or opened.is_new
        self._note(opened.note)

    def _note(self, note: str) -> None:
        if note and note not in self.notes:
            self.notes.append(note)

    def _attempt(self, what: str, action: Callable[[], _Result]) -> _Result:
        """The action's result, in a new file where this one turns out to be damaged. StoreError."""
        try:
            try:
                return action()
            except sqlite3.Error as exc:
                if not is_damaged(exc):
                    raise
            self._connection.close()
            self._use(renew(self._path, _SCHEMA))
            self.on_new(self)
            return action()
        except (sqlite3.Error, OSError) as exc:
            raise self._failed(what, exc) from exc

    def _failed(self, what: str, exc: Exception) -> StoreError:
        if is_busy(exc):
            return StoreBusyError(
                f"the reply cache cannot be {what}: another program holds it and does not let go",
                where=str(self._path),
                hint="close what has the file open, a database browser for instance",
            )
        return StoreError(
            f"the reply cache cannot be {what}: {exc}",
            where=str(self._path),
            hint="is the disk full? The file may be deleted: only replies would be asked again",
        )


def _row(key: str, reply: Reply) -> tuple[str, str, str]:
    data = reply_to_data(reply)
    asked = data.pop("asked", "")
    return key, json.dumps(data, ensure_ascii=True), asked
