"""Files written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path


def write_atomically(
    path: Path, data: bytes | Iterable[bytes], *, durable: bool = False, keep_mode: bool = False
) -> None:
    """Write beside (in pieces, if `data` comes so), then rename: readers see the old file or the new one, never a part.

    `durable`: on the disk itself before the rename, so that a power cut leaves one of the two. `keep_mode`: whoever
    might read, write or run the old file may do so with the new one. Raises OSError.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("wb") as file:
            if keep_mode and path.exists():
                shutil.copymode(path, beside)
            file.writelines([data] if isinstance(data, bytes) else data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
