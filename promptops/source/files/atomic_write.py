"""The one writer of whole files: the old file or the new one is there, never a part, whatever happens meanwhile."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from promptops.source.files.file_lock import try_lock
from promptops.source.files.plain_file import UnwritableError, open_plain, require_plain

_MOST = 100
"""Writers of one file at the same time, and what killed ones left that cannot be cleared away."""
_LONGEST = 200
"""Bytes of a name to which something can be added: file systems take 255."""


def write_atomically(
    path: Path, data: bytes | Iterable[bytes], *, root: Path | None = None, durable: bool = True
) -> None:
    """Write beside (in pieces, if `data` comes so), then rename.

    A new file gets the rights that the umask leaves; one that was there keeps its own, and its owner and group as far
    as we may give them. `root`: the project, in which no link is followed. `durable`: on the disk itself before the
    rename, so that a power cut too leaves one of the two; not needed for what can be made again.

    What a killed writer left beside is cleared away by the next who writes the same file. UnwritableError where
    something else than a plain file is, or one that may only be read; OSError for all else (a full disk).
    """
    old = require_plain(path, root)
    file, beside = _create_beside(path, 0o666 if old is None else 0o600)
    try:
        with open(file, "wb") as opened:
            if old is not None:
                _give_rights(file, old)
            opened.writelines([data] if isinstance(data, bytes) else data)
            opened.flush()
            if durable:
                os.fsync(file)
            if sys.platform == "win32":  # there an open file cannot be renamed; elsewhere it stays locked until it is
                opened.close()
            os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _create_beside(path: Path, mode: int) -> tuple[int, Path]:
    """A new, locked file in the same folder, under the first name that nobody uses."""
    name = path.name if len(os.fsencode(path.name)) <= _LONGEST else sha256(os.fsencode(path.name)).hexdigest()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    for number in range(_MOST):
        beside = path.with_name(f".{name}.unfinished-{number}")
        _clear_away(beside)
        try:
            file = os.open(beside, flags, mode)
        except FileExistsError:
            continue
        if _is_ours(file, beside):
            return file, beside
        os.close(file)
    raise UnwritableError(f"too many unfinished copies lie beside it: delete .{name}.unfinished-*")


def _is_ours(file: int, beside: Path) -> bool:
    """Lock it; False where somebody took it for what a killed writer left, before it was locked."""
    try:
        if not try_lock(file):
            return False
    except OSError:  # a file system without locks: nobody clears anything away there
        return True
    try:
        return os.path.samestat(os.fstat(file), beside.lstat())
    except FileNotFoundError:
        return False


def _clear_away(beside: Path) -> None:
    """Delete what a killed writer left: a plain file that no process holds."""
    with suppress(OSError):
        file = open_plain(beside, os.O_RDWR)
        try:
            if try_lock(file) and os.path.samestat(os.fstat(file), beside.lstat()):
                beside.unlink()
        finally:
            os.close(file)


def _give_rights(file: int, old: os.stat_result) -> None:
    """Mode, owner and group of the old file; a group that we may not give has no rights to the new one."""
    if sys.platform == "win32":
        return
    mode, new = stat.S_IMODE(old.st_mode), os.fstat(file)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(file, old.st_uid, old.st_gid)
        except OSError:
            try:
                os.fchown(file, -1, old.st_gid)
            except OSError:
                mode &= ~stat.S_IRWXG
    os.fchmod(file, mode)
