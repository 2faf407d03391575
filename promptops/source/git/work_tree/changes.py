"""Which files of a work tree differ from a commit."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.source.git.errors import unreadable_error
from promptops.source.git.work_tree.index import has_hidden_changes

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository


def changed_since(repository: Repository, commit: str, prefix: PurePosixPath) -> frozenset[PurePosixPath] | None:
    """The files below `prefix`, from there, that are other files now, new or gone; None where git cannot tell all.

    `commit` is a full id. Files that git ignores do not count. SourceError where git cannot be asked.
    """
    repository.require_id(commit)
    if has_hidden_changes(repository, prefix):
        return None
    plain = ("-c", "core.fsmonitor=false")
    diff = ("diff", "--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "-z", commit)
    found: set[PurePosixPath] = set()
    for asked in (diff, ("ls-files", "--others", "--exclude-standard", "--full-name", "-z")):
        done = repository.run(*plain, *asked, "--", str(prefix))
        if done.code:
            raise unreadable_error(str(repository.root), done.err)
        found.update(PurePosixPath(name).relative_to(prefix) for name in done.out.split("\0")[:-1])
    return frozenset(found)
