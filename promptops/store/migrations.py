"""Numbered, append-only migrations of a SQLite file; `PRAGMA user_version` counts those applied."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from promptops.errors import StoreError


def migrate(connection: sqlite3.Connection, steps: Sequence[str], where: str) -> None:
    """Apply the steps this file has not seen, each in one transaction. A file from a newer version is refused."""
    (applied,) = connection.execute("PRAGMA user_version").fetchone()
    if applied > len(steps):
        raise StoreError(
            "this file was written by a newer version of promptops", where=where, hint="upgrade, or delete the file"
        )
    for number, step in enumerate(steps[applied:], applied + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step}; PRAGMA user_version = {number}; COMMIT;")
