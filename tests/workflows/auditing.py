"""A repository whose prompt came to be in all the ways that a branch can grow: a merge, a squash, a direct commit."""

from __future__ import annotations

import os
import subprocess

from promptops.model.outcomes.audit import Audit, AuditedPin
from promptops.workflows.audit.audit import AuditChoice, audit
from tests.conftest import Files, GitRepository, write_files
from tests.workflows.pinning import FILES, digest, environment
from tests.workflows.scene import workspace_at

FORGE = ("GitHub", "noreply@github.com")
ANA, TOM = ("Ana Petit", "ana@example.org"), ("Tom Reyes", "tom@example.org")


class Audited:
    """`greet` and `legal/bye` from the first commit on, made by Ada, who also commits where nobody is named."""

    def __init__(self, repository: GitRepository, folder: str = "") -> None:
        self.repository, self.folder = repository, folder
        self.root = repository.root / folder
        self.first = self.commit(FILES)

    def commit(
        self,
        files: Files,
        message: str = "change",
        author: tuple[str, str] | None = None,
        committer: tuple[str, str] | None = None,
    ) -> str:
        """Commit these files of the project, as these people."""
        write_files(self.root, files)
        self.repository.git("add", "--all")
        self._git(committer, "commit", "--quiet", "--allow-empty", "-m", message, *self._author(author))
        return self.repository.git("rev-parse", "HEAD")

    def branch(self, *changes: tuple[Files, str, tuple[str, str]], start: str = "HEAD") -> str:
        """A branch with these commits (files, message, author), without going away from main; its last commit."""
        self.repository.git("checkout", "--quiet", "-b", f"b{len(self.repository.git('branch'))}", start)
        found = [self.commit(files, message, author) for files, message, author in changes][-1]
        self.repository.git("checkout", "--quiet", "main")
        return found

    def merge(self, tip: str, message: str, author: tuple[str, str], committer: tuple[str, str] = FORGE) -> str:
        """Merge a branch as the forge does it."""
        self.repository.git("merge", "--quiet", "--no-ff", "--no-commit", tip)
        self._git(committer, "commit", "--quiet", "-m", message, *self._author(author))
        return self.repository.git("rev-parse", "HEAD")

    def pin(self, commit: str, name: str = "greet", rollout: str = "", comment: str = "", **how: object) -> str:
        """Commit that `prod` serves the prompt as it is at this commit, and nothing else."""
        return self.commit(environment("prod", self.row(commit, name, rollout, comment)), **how)  # type: ignore[arg-type]

    def row(self, commit: str, name: str = "greet", rollout: str = "", comment: str = "") -> str:
        """The rows of one pin."""
        rows = f"  {name}:{comment}\n    commit: {commit}\n    digest: {digest(self.root, commit, name)}\n"
        if rollout:
            version = f"commit: {rollout}, digest: {digest(self.root, rollout, name)}"
            rows += f"    rollout: {{{version}, percent: 10}}\n"
        return rows

    def audit(self, *environments: str, at: str | None = None) -> Audit:
        """`promptops audit`."""
        return audit(workspace_at(self.root), AuditChoice(environments, at))

    def only(self) -> AuditedPin:
        """The one version that is pinned."""
        [found] = self.audit().pins
        return found

    @staticmethod
    def _author(who: tuple[str, str] | None) -> list[str]:
        return [] if who is None else [f"--author={who[0]} <{who[1]}>"]

    def _git(self, committer: tuple[str, str] | None, *arguments: str) -> None:
        name, email = committer or ("Ada", "ada@example.org")
        who = {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self.repository.root, env={**os.environ, **who}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
