"""Fixes put into files: every byte outside the fixed spans stays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from promptops.errors import SourceError
from promptops.model.finding import Fix
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import write_hint

_LINE = re.compile("[^\n]*\n?")


def apply(data: bytes, fixes: Iterable[Fix]) -> bytes:
    """UTF-8 bytes with the fixes in them, from the last to the first; of two that overlap, the first stays."""
    text = data.decode("utf-8")
    starts = [match.start() for match in _LINE.finditer(text)]

    def offset(line: int, column: int) -> int:  # CRLF needs no care: columns are the same with and without the CR
        return min(len(text), starts[min(line, len(starts)) - 1] + column - 1)

    spans = ((fix.span, fix.text) for fix in fixes)
    edits = sorted({(offset(*span[:2]), offset(*span[2:]), new) for span, new in spans})
    kept: list[tuple[int, int, str]] = []
    for edit in edits:
        if not kept or edit[0] >= kept[-1][1]:
            kept.append(edit)
    for start, end, replacement in reversed(kept):
        text = text[:start] + replacement + text[end:]
    return text.encode("utf-8")


def replace_file(root: Path, path: PurePosixPath, old: bytes, new: bytes) -> None:
    """Put `new` in place of `old` in one step; SourceError when the file of the project is no longer what was read."""
    try:
        if (root / path).read_bytes() != old:
            raise SourceError("the file changed while it was read", where=str(path), hint="run the command again")
        write_atomically(root / path, new, root=root)
    except OSError as exc:
        raise SourceError(f"cannot be written: {exc.strerror or exc}", where=str(path), hint=write_hint(exc)) from exc
