"""The branch of a promotion: one commit that changes one environment's file, pushed and never by force."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.model.outcomes.pin_change import PinReport
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.git.writer import FileChange, GitSettings, commit_files, fetch_ref, move_ref, push_ref
from promptops.workflows.workspace import Workspace

REMOTE = "origin"
PREFIX = "promptops/pin-"
_BRANCH = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{1,150}}")


def branch_name(report: PinReport) -> str:
    """A name that says what is on it; the same proposal has the same one."""
    parts = [report.environment, *(f"{one.prompt}-{one.new.commit[:7]}" for one in report.prompts if one.new)]
    return PREFIX + branch_word("-".join(parts))[:150].strip("-")


def branch_word(text: str) -> str:
    """The text with only what may stand in a branch's name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)


class PromotionBranch:
    """A branch called `name`, here and at the remote, for the environment whose file is `path` from the project's root.

    SourceError where git cannot fetch, write or push.
    """

    def __init__(
        self, workspace: Workspace, repository: Repository, path: PurePosixPath, name: str, settings: GitSettings
    ) -> None:
        self.name = name
        self._workspace, self._repository, self._settings = workspace, repository, settings
        self._path = path
        self._prefix = repository.prefix(workspace.root)

    def push(self, parent: str, title: str) -> bool:
        """Commit the work tree's file upon `parent` (a full id) and push it.

        False when the remote's branch holds anything else by now; the same content is the same proposal.
        """
        path = (self._prefix / self._path).as_posix()
        text = (self._workspace.root / self._path).read_text("utf-8")
        if path.startswith('"') or not path.isprintable():
            raise SourceError("git would misread this path", where=path, hint="give the folder a plain name")
        if not commit_files(self._repository, self._ref, [FileChange(path, text)], [parent], f"{title}\n"):
            hint = f"delete it and try again: git branch -D {self.name}"
            raise SourceError("this branch is here already", where=self.name, hint=hint)
        if push_ref(self._repository, REMOTE, self._ref, self._settings) == "pushed":
            return True
        tip = self.fetch()
        own = self._repository.resolve(self._ref)
        return bool(tip) and self._repository.tree_id(tip) == self._repository.tree_id(own)

    def fetch(self) -> str:
        """The remote's last commit on it (a full id), brought here; empty where it has no such branch."""
        theirs = f"refs/promptops/remotes/{REMOTE}/{self.name}"
        if not _BRANCH.fullmatch(self.name) or not fetch_ref(
            self._repository, REMOTE, self._ref, theirs, self._settings
        ):
            return ""
        return self._repository.resolve(theirs)

    def restart(self, tip: str) -> bool:
        """Put the file as the branch has it at `tip` into the work tree, and the branch here upon it.

        False where the branch has no such file.
        """
        source = Commit(self._repository, tip, self._prefix)
        if not source.exists(self._path):
            return False
        [found] = self._repository.lookup([self._ref])
        move_ref(self._repository, self._ref, tip, found.id if found is not None else "")
        file = self._workspace.root / self._path
        make_folder(file.parent, self._workspace.root)
        write_atomically(file, source.read(self._path), root=self._workspace.root)
        return True

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self.name}"
