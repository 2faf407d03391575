"""The idea that holds everything together: a read-only view of a project's files at one version."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Protocol

from promptops.errors import SourceError
from promptops.model.revision import Revision

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Larger files are refused unread; case files are the largest there are."""

MAX_TEXT_BYTES = 1024 * 1024
"""The limit for prompts, suites and templates: what people write by hand."""

WINDOWS_PATH = "a backslash parts folders on Windows only"

NOT_UTF8, TOO_LARGE, UNREADABLE = "P006", "P007", "P014"
"""The lint rules that speak of such files."""
SUBMODULE = "it lies in a submodule, a repository of its own, so no commit of this one holds its text"
SUBMODULE_HINT = "put the file itself into this repository, or run promptops in that one"
NO_SUCH_FILE, A_FOLDER = "no such file", "it is a folder"

LFS_HINT = (
    "take it out of LFS, for applications read what git itself stores: give it `-filter -diff -merge text` in "
    ".gitattributes, then run `git add --renormalize .`"
)

_WINDOWS_SIGNS = tuple("€‚„…‰‹‘’“”•–—›«»°§£©®±´·¿¡\u00a0")
"""Signs beside letters that programs on Windows write."""
_LFS_POINTER = re.compile(rb"version https?://(git-lfs\.github\.com|hawser\.github\.com|git-media\.io)/")
_UNSAFE = re.compile(r"\0|(^|/)[A-Za-z]:")
"""A drive or NUL: on Windows these would lead out of the project."""
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Source(Protocol):
    """Files at one version. Paths are relative to the project root; errors are SourceErrors."""

    revision: Revision

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes, at most MAX_FILE_BYTES."""
        ...

    def list(self, glob: str) -> list[PurePosixPath]:
        """Files matching the glob (`**`, `*`, `?`), sorted.

        Those that `read` refuses are among them (links, what lies in a linked folder, names that nobody can type), so
        that whoever reads them learns why: nothing is passed over in silence.
        """
        ...

    def exists(self, path: PurePosixPath) -> bool:
        """Whether there is a file that `read` gives, or refuses with its reason."""
        ...


def read_text(source: Source, path: PurePosixPath, limit: int = MAX_TEXT_BYTES) -> str:
    """The file's text: UTF-8, CRLF as LF. Anything else is a SourceError that names the encoding."""
    data = source.read(path)
    if len(data) > limit:
        message = f"the file is {len(data):,} bytes; {limit:,} is the most that is read"
        hint = "move long data into a .jsonl file beside it, or split the file"
        raise SourceError(message, where=str(path), hint=hint, code=TOO_LARGE)
    return decode(data, str(path))


def refuse_pointer(data: bytes, where: str) -> None:
    """SourceError for what git-lfs puts in a file's place (https://git-lfs.com, its specification)."""
    if data.startswith(b"version http") and _LFS_POINTER.match(data):
        message = "this is a pointer of git-lfs, not the text itself"
        raise SourceError(
            message, where=where, hint=f"`git lfs pull` brings the text; better {LFS_HINT}", code=UNREADABLE
        )


def decode(data: bytes, where: str) -> str:
    """Bytes as UTF-8 text with LF line ends.

    Raises SourceError for a pointer of git-lfs, a byte order mark, UTF-16, invalid UTF-8 and NUL, with the line where
    it stands.
    """
    refuse_pointer(data, where)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _encoding_error("the file is saved as UTF-16", where, "save it as UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        message = "the file begins with an invisible mark of Windows programs (a byte order mark)"
        hint = 'save it as UTF-8 without BOM: Notepad calls that "UTF-8", and the other "UTF-8 with BOM"'
        raise _encoding_error(message, f"{where}:1:1", hint)
    if (nul := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, nul) + 1
        raise _encoding_error("the file holds a NUL character", f"{where}:{line}", "is it a text file?")
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        letter = data[exc.start : exc.start + 1].decode("cp1252", "ignore")
        message = f"byte 0x{data[exc.start]:02x} is not UTF-8 text"
        if letter.isalpha() or letter in _WINDOWS_SIGNS:
            message = f"{letter} is saved in an old Windows encoding, not UTF-8 (0x{data[exc.start]:02x})"
        raise _encoding_error(message, f"{where}:{line}", "save the file as UTF-8") from exc


def require_usable_name(path: PurePosixPath) -> None:
    """SourceError for a name with control characters (a line break) or bytes that are not UTF-8: nobody can type it,
    and lists and messages would show two files where there is one."""
    if _UNUSABLE.search(str(path)):
        shown = _UNUSABLE.sub("\ufffd", str(path))
        message = "the name holds a line break, another control character or bytes that are not UTF-8"
        raise SourceError(message, where=shown, hint="rename the file or its folder", code=UNREADABLE)


def _encoding_error(message: str, where: str, hint: str) -> SourceError:
    return SourceError(message, where=where, hint=hint, code=NOT_UTF8)


def normalize_path(path: PurePosixPath) -> PurePosixPath:
    """The path with `.` and `..` worked out; SourceError when it leaves the project, or is written as on Windows."""
    if "\\" in str(path):
        portable = normalize_path(PurePosixPath(str(path).replace("\\", "/")))
        raise SourceError(WINDOWS_PATH, where=str(path), hint=f"write {portable}")
    if path.is_absolute() or _UNSAFE.search(str(path)):
        raise _outside_error(path)
    if ".." not in path.parts:
        return path
    parts: list[str] = []
    for part in path.parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise _outside_error(path)
    return PurePosixPath(*parts)


def _outside_error(path: PurePosixPath) -> SourceError:
    return SourceError("the path is outside the project", where=str(path), hint="use a path inside the project")
