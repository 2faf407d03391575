"""The files of a directory as they are now."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from promptops.errors import SourceError
from promptops.model.config import static_prefix
from promptops.model.revision import Revision
from promptops.source.files.globs import SKIPPED_FOLDERS, matches
from promptops.source.source import MAX_FILE_BYTES, normalize_path


class Worktree:
    """Reads below `root`; never follows a symbolic link, so no prompt can reach outside the project."""

    def __init__(self, root: Path, revision: Revision | None = None) -> None:
        self.root = root.resolve()
        self.revision = revision or Revision()

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError when it is missing, a link, not a plain file, too large or unreadable."""
        try:
            target = self._locate(path)
            info = target.lstat()
            if not stat.S_ISREG(info.st_mode):
                kind = "a folder" if stat.S_ISDIR(info.st_mode) else "not a plain file"
                raise SourceError(f"it is {kind}", where=str(path))
            if info.st_size > MAX_FILE_BYTES:
                raise SourceError(f"the file is too large ({info.st_size:,} bytes)", where=str(path))
            return target.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise SourceError("no such file", where=str(path)) from exc
        except OSError as exc:
            raise SourceError(f"cannot be read: {exc.strerror or exc}", where=str(path)) from exc
        except ValueError as exc:  # half a surrogate pair, which no file system takes
            raise SourceError("no such file", where=str(path)) from exc

    def list(self, glob: str) -> list[PurePosixPath]:
        """Plain files matching the glob, sorted; hidden tool folders and links are left out."""
        try:
            start = self._locate(PurePosixPath(static_prefix(glob)))
        except (OSError, ValueError, SourceError):
            return []
        found: list[PurePosixPath] = []
        for folder, folders, files in os.walk(start):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            base = PurePosixPath(Path(folder).relative_to(self.root).as_posix())
            found.extend(path for name in files if matches(path := base / name, glob) and _is_plain(self.root / path))
        return sorted(found)

    def exists(self, path: PurePosixPath) -> bool:
        """Whether a plain file is there."""
        try:
            return _is_plain(self._locate(path))
        except (OSError, ValueError, SourceError):
            return False

    def _locate(self, path: PurePosixPath) -> Path:
        target = self.root
        for part in normalize_path(path).parts:
            target = target / part
            if target.is_symlink():
                raise SourceError("is a symbolic link, which is not followed", where=str(path), hint="copy the file")
        return target


def _is_plain(target: Path) -> bool:
    try:
        return stat.S_ISREG(target.lstat().st_mode)
    except OSError:  # gone since it was listed
        return False
