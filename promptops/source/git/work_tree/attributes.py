"""What git would store of a file where `.gitattributes` has it changed on the way: LFS, filters, `$Id$`, encodings."""

from __future__ import annotations

import os
import tempfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.source.git.errors import git_complaint
from promptops.source.source import LFS_HINT, UNREADABLE

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_ATTRIBUTES = ("filter", "ident", "working-tree-encoding")
_NOT_SET = ("unspecified", "unset")


def stored_content(repository: Repository, path: PurePosixPath, data: bytes) -> bytes:
    """What git would store of a file with this content (line ends apart); `path` is from the repository's top.

    SourceError for a file that is kept in LFS, and where a filter fails.
    """
    given = _attributes(repository, path)
    if not given:
        return data
    if given.get("filter") == "lfs":
        message = "git keeps this file in LFS: it stores a pointer, which is all that an application would read"
        raise SourceError(message, where=str(path), hint=LFS_HINT, code=UNREADABLE)
    text = data.decode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory(prefix="promptops-") as folder:  # the repository itself gets no object
        own = str(repository.objects_folder).replace("\\", "\\\\").replace('"', '\\"')
        apart = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{own}"'}
        done = repository.run("hash-object", "-w", "--stdin", f"--path={path}", text=text, environment=apart)
        if done.code == 0:
            done = repository.run("cat-file", "blob", done.out.strip(), environment=apart)
    if done.code:
        names = ", ".join(f"{name}={value}" for name, value in given.items())
        message = f"what git would store of this file cannot be told ({names} in .gitattributes)"
        raise SourceError(message, where=str(path), hint=f"git says: {git_complaint(done.err)}", code=UNREADABLE)
    return done.out.encode("utf-8", "surrogateescape")


def _attributes(repository: Repository, path: PurePosixPath) -> dict[str, str]:
    done = repository.run("check-attr", "-z", *_ATTRIBUTES, "--", os.fspath(path))
    words = done.out.split("\0")[:-1]
    pairs = zip(words[1::3], words[2::3], strict=False)
    return {name: value for name, value in pairs if value not in _NOT_SET}
