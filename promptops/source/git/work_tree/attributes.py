"""What git would store of a file where `.gitattributes` has it changed on the way: LFS, filters, `$Id$`, encodings."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import SourceError
from promptops.source.git.errors import git_complaint, unreadable_error
from promptops.source.source import LFS_HINT, UNREADABLE

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_ATTRIBUTES = ("filter", "ident", "working-tree-encoding")
_NOT_SET = ("unspecified", "unset")


Attributes = dict[str, str]
"""What is set of those that change a file on its way into git."""


def changing_attributes(repository: Repository, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, Attributes]:
    """Of each of these files (from the repository's top) what is set; git is asked once for all."""
    asked = [*paths]
    found: dict[PurePosixPath, Attributes] = {path: {} for path in asked}
    done = repository.run("check-attr", "-z", "--stdin", *_ATTRIBUTES, text="".join(f"{path}\0" for path in asked))
    if done.code:
        raise unreadable_error(str(repository.root), done.err)
    words = done.out.split("\0")[:-1]
    for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=True):
        if value not in _NOT_SET:
            found[PurePosixPath(path)][name] = value
    return found


def stored_content(repository: Repository, path: PurePosixPath, data: bytes, given: Mapping[str, str]) -> bytes:
    """What git would store of a file with this content and these attributes; `path` is from the repository's top.

    SourceError for a file that is kept in LFS, and where a filter fails.
    """
    if given.get("filter") == "lfs":
        message = "git keeps this file in LFS: it stores a pointer, which is all that an application would read"
        raise SourceError(message, where=str(path), hint=LFS_HINT, code=UNREADABLE)
    text = data.decode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory(prefix="promptops-") as folder:  # the repository itself gets no object
        own = str(repository.objects_folder).replace("\\", "\\\\").replace('"', '\\"')
        apart = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{own}"'}
        told = _attributes_file(Path(folder), given)
        hashing = ("hash-object", "-w", "--stdin", f"--path={path}")
        done = repository.run("-c", f"core.attributesFile={told}", *hashing, text=text, environment=apart)
        if done.code == 0:
            done = repository.run("cat-file", "blob", done.out.strip(), environment=apart)
    if done.code:
        names = ", ".join(f"{name}={value}" for name, value in given.items())
        message = f"what git would store of this file cannot be told ({names} in .gitattributes)"
        raise SourceError(message, where=str(path), hint=f"git says: {git_complaint(done.err)}", code=UNREADABLE)
    return done.out.encode("utf-8", "surrogateescape")


def _attributes_file(folder: Path, given: Mapping[str, str]) -> Path:
    """A file that gives these to every path: `hash-object` itself knows nothing of a `.gitattributes` left out."""
    file = folder / "attributes"
    words = (name if value == "set" else f"{name}={value}" for name, value in given.items())
    file.write_text(f"* {' '.join(words)}\n", "utf-8", "surrogateescape")
    return file
