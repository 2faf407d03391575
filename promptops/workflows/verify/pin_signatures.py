"""What signatures say of pinned commits, and of the commit that wrote an environment."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path, PurePosixPath

from promptops.errors import PinError
from promptops.model.outcomes.audit import Signature
from promptops.model.pin import Environment
from promptops.source.git.attribution import parse_people
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.git.signing.signers import AllowedSigners
from promptops.source.source import Source
from promptops.workflows.verify.pin_check import is_committed


class Signatures:
    """Of commits that are here, each looked at once. `path` is the list of signers; None: there is none."""

    def __init__(self, repository: Repository, path: Path | None) -> None:
        self._repository, self.path = repository, path
        self._signers = AllowedSigners(path) if path else None
        self.of = lru_cache(maxsize=None)(self._look)

    def _look(self, commit: str) -> tuple[Signature, str]:
        """What is to be said of a commit's signature, and why the commit is refused for it (empty: it is not)."""
        told = parse_people(self._repository.commit_bytes(commit))
        if self._signers is None:
            found = Signature("not checked", "there is no list of signers") if told.is_signed else Signature("none")
            return found, ""
        try:
            self._signers.check(self._repository, commit, f"commit {commit[:7]}")
        except PinError as exc:
            return Signature("refused" if told.is_signed else "none", exc.args[0]), str(exc)
        return Signature("verified", told.committer.email), ""  # the key is the committer's: that is what was checked

    def of_file(
        self, source: Source, committed: Commit, environment: Environment, prefix: PurePosixPath
    ) -> tuple[str, str]:
        """Why an environment's file does not count (empty: it does), and what people should know of it."""
        if self._signers is None:
            return "", ""
        if not is_committed(source, committed, environment):
            return "", "it is not committed as it is, so nobody has signed what it pins"
        try:
            commit = committed.revision.commit or ""
            self._signers.check_file(self._repository, prefix, environment.path, commit)
        except PinError as exc:
            return str(exc), ""
        return "", ""
