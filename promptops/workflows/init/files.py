"""Files that are written where there are none: never over another, never through a link."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import SourceError
from promptops.model.schemas.export import MARK
from promptops.source.checkout import Checkout
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import UnwritableError, make_folder, read_plain

WRITTEN_BY = "Written by promptops init "
_OURS = re.compile(rf"# {WRITTEN_BY}(\S{{1,40}}?)\.?\s")
_LINE = ".promptops/"
_LEFT_OUT = "a sparse checkout leaves it out"


class PlannedFile(NamedTuple):
    """A file that init writes: below `base`, which is there or can be made, at `name` (with `/`)."""

    base: Path
    name: str
    text: str

    @property
    def path(self) -> Path:
        """Where it goes."""
        return self.base / self.name


class SkippedFile(NamedTuple):
    """A file that was there already, and why that matters; empty where it does not. `missing`: it is not there."""

    path: Path
    why: str = ""
    missing: bool = False


def check_conflicts(files: Iterable[PlannedFile]) -> None:
    """SourceError, before anything is written, for a file where a folder must be or a folder where a file must be."""
    for file in files:
        path = file.base
        for part in (*file.name.split("/")[:-1], None):
            if path.exists() and not path.is_dir():
                hint = f"{file.name} goes there: rename the file, then run promptops init again"
                raise SourceError("a file is where a folder must be", where=str(path), hint=hint)
            path = path / (part or "")
        if file.path.is_dir() and not file.path.is_symlink():
            hint = "rename the folder, then run promptops init again"
            raise SourceError("a folder is where a file must be", where=str(file.path), hint=hint)


def write_missing(file: PlannedFile) -> SkippedFile | None:
    """Write the file unless something is there, whole or not at all; None when it was written."""
    if link := _link(file):
        return SkippedFile(file.path, f"{link.name} is a link, which is not followed", missing=not file.path.exists())
    if os.path.lexists(file.path):
        return SkippedFile(file.path, _difference(file))
    if _is_left_out(file.base, file.name):
        return SkippedFile(file.path, _LEFT_OUT)
    try:
        make_folder(file.path.parent, file.base)
        write_atomically(file.path, file.text.encode(), root=file.base)
    except OSError as exc:
        raise _unwritten(file.path, exc) from exc
    return None


def add_to_gitignore(folder: Path) -> SkippedFile | None:
    """Make git ignore caches and results in the project's folder; None when the line was written."""
    path = folder / ".gitignore"
    if _is_left_out(folder, path.name):
        return SkippedFile(path, f"{_LEFT_OUT}; the line {_LINE} belongs into it")
    try:
        data = read_plain(path) if os.path.lexists(path) else b""
        text = data.decode("utf-8-sig")
        if _LINE in text.split():
            return SkippedFile(path)
        if "\0" in text:
            raise UnicodeError
        end = "\r\n" if "\r\n" in text else "\n"
        line = (end if text and not text.endswith("\n") else "") + _LINE + end
        write_atomically(path, data + line.encode(), root=folder)
    except UnwritableError as exc:
        return SkippedFile(path, f"{exc.strerror}; the line {_LINE} belongs into it")
    except UnicodeError:  # UTF-16, as Windows PowerShell writes it: a line of ours would make it unreadable
        return SkippedFile(path, f"not saved as UTF-8; save it so and add the line {_LINE}")
    except OSError as exc:
        raise _unwritten(path, exc) from exc
    return None


def _is_left_out(base: Path, name: str) -> bool:
    return not os.path.lexists(base / name) and base.is_dir() and Checkout(base).exists(PurePosixPath(name))


def _link(file: PlannedFile) -> Path | None:
    path = file.base
    for part in file.name.split("/"):
        path = path / part
        if path.is_symlink():
            return path
    return None


def _difference(file: PlannedFile) -> str:
    """What to know of a file of ours that another version wrote; nothing about files of others."""
    try:
        data = read_plain(file.path, 1 << 20).replace(b"\r\n", b"\n")
    except OSError as exc:
        return f"it cannot be read: {exc.strerror or exc}"
    if data == file.text.encode():
        return ""
    if file.name.endswith(".schema.json"):
        return "of another version; renew it: promptops schema --write" if MARK.encode() in data else ""
    found, ours = (_OURS.match(text) for text in (data[:200].decode("utf-8", "replace"), file.text))
    if found and ours and found[1] != ours[1]:
        return f"written by promptops init {found[1]}; to renew it, delete it and run promptops init again"
    return ""


def _unwritten(path: Path, exc: OSError) -> SourceError:
    hint = "fix that and run promptops init again: it continues where it stopped"
    return SourceError(f"cannot be written: {exc.strerror or exc}", where=str(path), hint=hint)
