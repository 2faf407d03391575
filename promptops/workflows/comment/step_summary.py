"""The summary page of a workflow's step: always there, even where no comment may be written."""

from __future__ import annotations

import os
from pathlib import Path

from promptops.source.files.plain_file import open_plain

LIMIT = 1024 * 1024
"""Bytes of one step's summary; GitHub shows nothing at all of a longer one."""
_CUT = "\n\n… the rest is left out: a step's summary holds 1 MiB.\n"


def append_summary(path: Path, text: str) -> str:
    """Add to the summary what still fits. Returns why that failed, or nothing."""
    whole = text.rstrip("\n").encode("utf-8", "replace") + b"\n\n"
    try:
        with open(open_plain(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
            file.write(_within(whole, LIMIT - os.fstat(file.fileno()).st_size))
    except OSError as exc:
        return f"the step's summary cannot be written: {exc.strerror or os.strerror(exc.errno or 0)}"
    return ""


def _within(whole: bytes, room: int) -> bytes:
    if len(whole) <= room:
        return whole
    cut = _CUT.encode()
    return (whole[: room - len(cut)].decode("utf-8", "ignore").encode() + cut) if room > len(cut) else b""
