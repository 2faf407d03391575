"""The summary page of a workflow's step: always there, even where no comment may be written."""

from __future__ import annotations

import os
from pathlib import Path

LIMIT = 1024 * 1024
"""Bytes of one step's summary; GitHub shows nothing at all of a longer one."""
_CUT = "\n\n… the rest is left out: a step's summary holds 1 MiB.\n"


def append_summary(path: Path, text: str) -> str:
    """Add to the summary what still fits. Returns why that failed, or nothing."""
    whole = text.rstrip("\n").encode("utf-8", "replace") + b"\n\n"
    try:
        used = path.stat().st_size if path.exists() else 0
        with path.open("ab") as file:
            file.write(_within(whole, LIMIT - used))
    except OSError as exc:
        return f"the step's summary cannot be written: {exc.strerror or os.strerror(exc.errno or 0)}"
    return ""


def _within(whole: bytes, room: int) -> bytes:
    if len(whole) <= room:
        return whole
    cut = _CUT.encode()
    return (whole[: room - len(cut)].decode("utf-8", "ignore").encode() + cut) if room > len(cut) else b""
