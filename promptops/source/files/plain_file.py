"""Where this tool may write: a plain file, or a place where nothing is. Never through a link into another place."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a pipe without a reader must not hold us up before it is refused
_BINARY = getattr(os, "O_BINARY", 0)
_KINDS = {
    stat.S_IFLNK: "a symbolic link, which is not followed",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_NO_LINKS = "a link could lead out of the project: make it a folder"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class UnwritableError(OSError):
    """What is there is not for us. `strerror` says why, as a sentence: it is a pipe. `hint` says what to do."""

    def __init__(self, reason: str, hint: str = "put a plain file there, or name another") -> None:
        super().__init__(errno.EPERM, reason)
        self.hint = hint


def write_hint(exc: OSError) -> str:
    """What to do about a file that could not be written; empty where its reason says it."""
    if isinstance(exc, UnwritableError):
        return exc.hint
    return "make room on the disk, then run the command again" if exc.errno in _FULL else ""


def require_plain(path: Path, root: Path | None = None) -> os.stat_result | None:
    """What is known of the plain file at `path`; None where nothing is.

    UnwritableError for a link, a folder, a pipe, a socket, a device, a file that may only be read, and where a link
    inside the project `root` leads to it: whoever wrote the project could have made it point anywhere. Links of the
    machine's owner above the project (a linked home, a linked temporary folder) are followed.
    """
    try:
        require_no_links(path.parent, root)
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as exc:  # NUL, or half a surrogate pair
        raise UnwritableError("no file can have this name") from exc
    if problem := _not_plain(found.st_mode):
        raise UnwritableError(problem)
    if not found.st_mode & 0o222 or not os.access(path, os.W_OK):  # an administrator could, but somebody said no
        raise UnwritableError("it may only be read", f"let it be written: chmod u+w {path}")
    return found


def require_no_links(folder: Path, root: Path | None) -> None:
    """UnwritableError where a link that lies inside `root` is, or leads to, the folder."""
    if root is None:
        return
    top, whole = root.resolve(), Path.cwd() / folder  # `..` stays as it is: behind a link it means another place
    for each in (*reversed(whole.parents), whole):
        if each.is_symlink() and each.parent.resolve().is_relative_to(top):
            raise UnwritableError(f"the folder {each.name} is a symbolic link, which is not followed", _NO_LINKS)


def read_plain(path: Path, most: int = -1, root: Path | None = None) -> bytes:
    """The (first `most`) bytes of a plain file. OSError where there is none: a pipe would be waited for without end."""
    require_no_links(path.parent, root)
    if problem := _not_plain(path.lstat().st_mode):
        raise UnwritableError(problem)
    with open(os.open(path, os.O_RDONLY | _NO_LINK | _NO_WAIT | _BINARY), "rb") as opened:
        return opened.read(most)


def make_folder(folder: Path, root: Path | None = None) -> None:
    """The folder and those above it, as far as they are not there. OSError where that cannot be."""
    require_no_links(folder, root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as exc:
        raise UnwritableError("a file is where a folder must be", "move it, or name another folder") from exc
    except ValueError as exc:
        raise UnwritableError("no folder can have this name") from exc


def open_plain(path: Path, flags: int, root: Path | None = None) -> int:
    """A descriptor for a file that is written in place: a journal, a lock, a log that grows. Made if `flags` say so.

    UnwritableError as `require_plain`; OSError for all else.
    """
    require_plain(path, root)
    file = os.open(path, flags | _NO_LINK | _NO_WAIT | _BINARY, 0o666)
    if not stat.S_ISREG(os.fstat(file).st_mode):  # it took the file's place since
        os.close(file)
        raise UnwritableError("it is not a plain file")
    return file


def _not_plain(mode: int) -> str:
    return "" if stat.S_ISREG(mode) else f"it is {_KINDS.get(stat.S_IFMT(mode), 'not a plain file')}"
