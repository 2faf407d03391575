"""A SQLite file that several processes use at once: opened, brought up to date, and made anew where it is damaged."""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from promptops.source.files.file_lock import locked
from promptops.store.migrations import migrate

PATIENCE = 30.0
"""Seconds to wait for another process that writes."""
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FILES = ("", "-wal", "-shm")
"""What a database is on disk: the file itself and what SQLite keeps beside it."""


class DatabaseSchema(NamedTuple):
    """A database's migrations (see promptops.store.migrations), and a query that works once they are applied."""

    steps: Sequence[str]
    probe: str


class OpenedDatabase(NamedTuple):
    """A connection in autocommit mode. `note` says in words why the file is not used as it is, `is_new` that a damaged
    one was set aside."""

    connection: sqlite3.Connection
    note: str = ""
    is_new: bool = False


class UnexpectedContent(sqlite3.DatabaseError):
    """A database, but a broken one or another program's."""


def is_busy(exc: BaseException) -> bool:
    """Whether another process holds the file: later it may work."""
    return _has_code(exc, _BUSY)


def is_damaged(exc: BaseException) -> bool:
    """Whether the file is no database, a broken one or another program's."""
    return isinstance(exc, UnexpectedContent) or _has_code(exc, _DAMAGED)


def is_read_only(exc: BaseException) -> bool:
    """Whether nothing can be written where the file is; a full disk is another matter."""
    return (isinstance(exc, OSError) and exc.errno not in _FULL) or _has_code(exc, _READ_ONLY)


def _has_code(exc: BaseException, codes: set[int]) -> bool:
    code = getattr(exc, "sqlite_errorcode", None)  # only what SQLite itself raised has one
    return isinstance(code, int) and code & 0xFF in codes


def unwritable_note(path: Path, why: Exception) -> str:
    """The word for people where `is_read_only`."""
    return f"{path.name} cannot be written, so the next run has to ask again what this one asked ({why})"


def open_shared(path: Path, schema: DatabaseSchema) -> OpenedDatabase:
    """The database in this file, which is made if needed.

    A damaged file is set aside and made anew. Where nothing can be written it is only read; where that is not possible
    either, the database is an empty one in memory. Raises sqlite3.Error or OSError for what else goes wrong,
    StoreError for a newer version's file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return OpenedDatabase(_open(path, schema))
        except sqlite3.Error as exc:
            if not is_damaged(exc):
                raise
        return renew(path, schema)
    except (sqlite3.Error, OSError) as exc:
        if not is_read_only(exc):
            raise
        return _open_read_only(path, schema, exc)


def renew(path: Path, schema: DatabaseSchema) -> OpenedDatabase:
    """An empty database in place of a damaged one, which is set aside, unless another process did so already."""
    with locked(path.with_name(f"{path.name}.lock")):
        try:
            return OpenedDatabase(_open(path, schema, whole=True))
        except sqlite3.Error as exc:
            if not is_damaged(exc):
                raise
        note = f"{path.name} was damaged: it is set aside as {_set_aside(path)}, and a new one was begun"
        return OpenedDatabase(_open(path, schema), note, is_new=True)


def _open(path: Path | str, schema: DatabaseSchema, *, whole: bool = False) -> sqlite3.Connection:
    """`whole`: look at every page, which takes a moment."""
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    connection.text_factory = _text
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, schema.steps, str(path))
        _look_inside(connection, schema.probe)
        if whole and (found := connection.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise UnexpectedContent(found)
    except BaseException:
        connection.close()
        raise
    return connection


def _text(data: bytes) -> str:
    """A flipped bit in one row must not hide the others."""
    return data.decode("utf-8", "replace")


def _look_inside(connection: sqlite3.Connection, probe: str) -> None:
    try:
        connection.execute(probe).fetchone()
    except sqlite3.OperationalError as exc:
        if getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:  # no such table
            raise UnexpectedContent(str(exc)) from exc
        raise


def _set_aside(path: Path) -> str:
    """Rename the files; a process that has them open goes on writing into what was renamed."""
    name = f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{time.time_ns() % 10**6:06}"
    for ending in _FILES:
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(path.with_name(name + ending))
    return name


def _open_read_only(path: Path, schema: DatabaseSchema, why: Exception) -> OpenedDatabase:
    note = unwritable_note(path, why)
    with suppress(sqlite3.Error, OSError):
        # `immutable`: else SQLite wants to make files beside it.
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
        connection.text_factory = _text
        try:
            _look_inside(connection, schema.probe)
        except sqlite3.Error:
            connection.close()
            raise
        return OpenedDatabase(connection, note)
    return OpenedDatabase(_open(":memory:", schema), note)
