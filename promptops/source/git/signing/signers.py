"""Who may sign: the commits of a repository held against a list of allowed signers."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import PinError
from promptops.source.git.log import commits_that_changed
from promptops.source.git.signing.signatures import verify_signature

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository


class AllowedSigners:
    """The list in the file `path`, as for git's gpg.ssh.allowedSignersFile; a good commit is not checked again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._good: set[str] = set()

    def check(self, repository: Repository, commit: str, where: str) -> None:
        """PinError unless the commit (a full id) is signed by its committer; `where`: what errors call it."""
        if commit not in self._good:
            verify_signature(repository.commit_bytes(commit), self._path, where)
            self._good.add(commit)

    def check_file(self, repository: Repository, prefix: PurePosixPath, path: PurePosixPath, head: str) -> None:
        """PinError unless the commit is signed that wrote the file as it is at `head`; `path` from the folder `prefix`.

        By first parents: what a merge takes from a side branch is the merge's own doing, or an old state that was
        signed once could be merged back by anybody.
        """
        found = commits_that_changed(repository, [prefix / path], head, most=1)
        if not found:
            hint = "see what `git log` says of this file there"
            raise PinError("no commit can be found that wrote it", where=f"{path} at commit {head}", hint=hint)
        self.check(repository, found[0], f"commit {found[0]}, which changed {path}")
