"""Numbered, append-only migrations of a SQLite file; `PRAGMA user_version` counts those applied."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from promptops.errors import StoreError


def migrate(connection: sqlite3.Connection, steps: Sequence[str], where: str) -> None:
    """Apply the steps (a statement each) this file has not seen, in one transaction.

    Another process may be doing the same: who comes second waits and finds it done. A file from a newer version is
    refused. The connection is in autocommit mode.
    """
    if _applied(connection, steps, where) == len(steps):
        return
    with writing(connection):
        for step in steps[_applied(connection, steps, where) :]:
            connection.execute(step)
        connection.execute(f"PRAGMA user_version = {len(steps)}")


def _applied(connection: sqlite3.Connection, steps: Sequence[str], where: str) -> int:
    (applied,) = connection.execute("PRAGMA user_version").fetchone()
    if applied > len(steps):
        raise StoreError(
            "this file was written by a newer version of promptops", where=where, hint="upgrade, or delete the file"
        )
    return int(applied)


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that is the only writer's from its first statement on: all of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite gives some up by itself, as on a full disk
            connection.execute("ROLLBACK")
        raise
