"""The files of a directory as they are now."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from promptops.errors import SourceError
from promptops.model.config import static_prefix
from promptops.model.revision import Revision
from promptops.source.files.globs import SKIPPED_FOLDERS, matches
from promptops.source.source import (
    A_FOLDER,
    MAX_FILE_BYTES,
    NO_SUCH_FILE,
    TOO_LARGE,
    UNREADABLE,
    normalize_path,
    require_usable_name,
)

MOST_BEHIND = 10_000
"""Names that are looked at behind one link."""


class Worktree:
    """Reads below `root`; reads nothing through a symbolic link, so no prompt can reach outside the project."""

    def __init__(self, root: Path, revision: Revision | None = None) -> None:
        self.root = root.resolve()
        self.revision = revision or Revision()

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError when it is missing, a link, not a plain file, too large or unreadable."""
        try:
            target = self._locate(path)
            require_usable_name(path)
            info = target.lstat()
            if not stat.S_ISREG(info.st_mode):
                reason = A_FOLDER if stat.S_ISDIR(info.st_mode) else "it is not a plain file"
                raise SourceError(reason, where=str(path), hint="put a plain file there", code=UNREADABLE)
            if info.st_size > MAX_FILE_BYTES:
                message = f"the file is too large ({info.st_size:,} bytes)"
                raise SourceError(message, where=str(path), hint="split it", code=TOO_LARGE)
            return target.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise SourceError(NO_SUCH_FILE, where=str(path)) from exc
        except OSError as exc:
            raise SourceError(f"it cannot be read: {exc.strerror or exc}", where=str(path), code=UNREADABLE) from exc
        except ValueError as exc:  # half a surrogate pair, which no file system takes
            raise SourceError(NO_SUCH_FILE, where=str(path)) from exc

    def list(self, glob: str) -> list[PurePosixPath]:
        """Files matching the glob, sorted; folders of tools are left out.

        Of linked folders only the names are looked at: what lies there is told when it is read. A glob that begins in
        one folder refuses a link to more than MOST_BEHIND names; any other one looks no further there.
        """
        prefix = static_prefix(glob)
        try:
            start = self.root / normalize_path(PurePosixPath(prefix))
            is_linked = self._link_on_the_way(PurePosixPath(prefix)) is not None
            found = {path for path in self._names(start, through=is_linked, most=bool(prefix)) if matches(path, glob)}
        except (OSError, ValueError):
            return []
        except SourceError as exc:
            if exc.code == UNREADABLE:
                raise
            return []
        return sorted(path for path in found if os.path.lexists(self.root / path))

    def exists(self, path: PurePosixPath) -> bool:
        """Whether anything but a folder is there."""
        try:
            return not stat.S_ISDIR((self.root / normalize_path(path)).lstat().st_mode)
        except (OSError, ValueError, SourceError):
            return False

    def _names(self, start: Path, *, through: bool, most: bool) -> Iterator[PurePosixPath]:
        """Every file below a folder, and below the folders that links in it lead to; `through`: one led here."""
        seen = 0
        for folder, folders, files in os.walk(start):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            base = PurePosixPath(Path(folder).relative_to(self.root).as_posix())
            yield from (base / name for name in files)
            seen += len(files) + len(folders)
            if through and seen > MOST_BEHIND:
                if not most:
                    return
                message = f"a symbolic link leads to more than {MOST_BEHIND:,} files, and it is not followed"
                where = start.relative_to(self.root).as_posix()
                raise SourceError(message, where=where, hint="take the link out of this folder", code=UNREADABLE)
            if not through:
                for name in folders:
                    if os.path.islink(linked := os.path.join(folder, name)):
                        yield from self._names(Path(linked), through=True, most=most)

    def _locate(self, path: PurePosixPath) -> Path:
        link = self._link_on_the_way(path)
        target = self.root / normalize_path(path)
        if link is not None:
            what, hint = (
                ("it ", "copy the file") if link == target else (f"the folder {link.name} ", "make it a folder")
            )
            message = f"{what}is a symbolic link, which is not followed"
            raise SourceError(message, where=str(path), hint=hint, code=UNREADABLE)
        return target

    def _link_on_the_way(self, path: PurePosixPath) -> Path | None:
        target = self.root
        for part in normalize_path(path).parts:
            target = target / part
            if target.is_symlink():
                return target
        return None
