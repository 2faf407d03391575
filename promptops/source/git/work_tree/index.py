"""Which files git left out of a work tree on purpose, and changes that it was told not to look for."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.source.git.commit import Commit
from promptops.source.git.errors import unreadable_error

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

_PLAIN = ("100644", "100755")


def skipped_files(repository: Repository, prefix: PurePosixPath) -> dict[PurePosixPath, str]:
    """The plain files below `prefix`, from there, that are not in the work tree on purpose, each with its blob's id."""
    found: dict[PurePosixPath, str] = {}
    for tag, mode, object_id, path in _entries(repository, prefix):
        if tag == "S" and mode in _PLAIN:
            found[path] = object_id
    return found


def committed_files(repository: Repository, prefix: PurePosixPath) -> dict[PurePosixPath, str]:
    """The plain files below `prefix` in the newest commit, from there, each with its blob's id; none before the first.

    They are those of a work tree that has no index: it was never checked out (`git clone --no-checkout`).
    """
    head = repository.head()
    return Commit(repository, head, prefix).entries("**") if head else {}


def has_hidden_changes(repository: Repository, prefix: PurePosixPath) -> bool:
    """Whether a file below `prefix` that git was told not to look at (`--assume-unchanged`) differs from the index."""
    told = {prefix / path: each for tag, _, each, path in _entries(repository, prefix) if tag.islower() or tag == "S"}
    here = [path for path in told if (repository.root / path).is_file() and "\n" not in str(path)]
    if not here:
        return False
    done = repository.run("hash-object", "--stdin-paths", text="".join(f"{path}\n" for path in here))
    return done.code != 0 or done.out.split() != [told[path] for path in here]


def _entries(repository: Repository, prefix: PurePosixPath) -> list[tuple[str, str, str, PurePosixPath]]:
    """Tag (`S`: left out; lower case: assumed to be unchanged), mode, id and path of each file."""
    # A monitor of the file system marks files just so, and that says nothing.
    done = repository.run("-c", "core.fsmonitor=false", "ls-files", "-z", "-s", "-v", "--", str(prefix))
    if done.code:
        raise unreadable_error(str(repository.root), done.err)
    found = []
    for line in done.out.split("\0")[:-1]:
        about, _, name = line.partition("\t")
        tag, mode, object_id, _ = about.split(" ")
        found.append((tag, mode, object_id, PurePosixPath(name).relative_to(prefix)))
    return found
