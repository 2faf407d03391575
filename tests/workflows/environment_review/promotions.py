"""A shared repository whose main has two versions of `greet`, both noted as evaluated, and clones that promote them."""

from __future__ import annotations

from pathlib import Path

from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.model.outcomes.history import Scorecard
from promptops.model.results import GateResult
from promptops.report.comment.compose import check_comment
from promptops.source.git.notes import REF, add_note_lines
from promptops.source.git.repository import Repository
from promptops.workflows.environment_review.review import EnvironmentReviews, review_environments
from promptops.workflows.notes.note_format import dump_line
from tests.conftest import Files, GitRepository
from tests.workflows.pinning import digest
from tests.workflows.pins import FILES, PASSED, tone
from tests.workflows.scene import workspace_at

WHEN = "2026-11-24T05:00:00Z"
PROD = "environments/prod.yml"


class Shared:
    """`one` and `two` are versions of `greet` on main; `prod` pins `one`. The gate of `two` is what `gate` says.

    `work` is somebody's clone; `clone` is a fresh one without notes, on a branch that is to become a pull request.
    """

    def __init__(self, folder: Path, gate: GateResult | None = PASSED, files: Files = FILES) -> None:
        self.folder = folder
        self.bare = GitRepository(folder / "remote.git", "--bare")
        self.work = GitRepository(folder / "work")
        self.work.git("remote", "add", "origin", f"file://{self.bare.root}")
        self.one = self.work.commit(files)
        self.note(self.one, PASSED)
        self.work.commit({PROD: f"pins:\n{self.row(self.one)}"})
        self.two = self.work.commit(tone("Be brief."))
        if gate is not None:
            self.note(self.two, gate)
        self.publish()
        self.clone = self.cloned("clone")

    def publish(self) -> None:
        """Main and its notes for everybody."""
        self.work.git("push", "--quiet", "--force", "origin", "HEAD:main", f"{REF}:{REF}")
        self.bare.git("symbolic-ref", "HEAD", "refs/heads/main")

    def cloned(self, name: str) -> GitRepository:
        """A fresh clone on a branch of its own."""
        found = GitRepository(self.folder / name)
        found.git("remote", "add", "origin", f"file://{self.bare.root}")
        found.git("fetch", "--quiet", "origin")
        found.git("checkout", "--quiet", "-B", "work", "origin/main")
        return found

    def note(self, commit: str, *gates: GateResult, prompt: str = "greet") -> None:
        """The results of a run elsewhere, as a note on the commit."""
        found = digest(self.work.root, commit, prompt)
        card = Scorecard(prompt, prompt, "small", "openai/m", found, "e", "s", (), gates, when=WHEN)
        add_note_lines(Repository(self.work.root), {commit: [dump_line(card)]})

    def row(self, commit: str, name: str = "greet", root: Path | None = None, more: str = "", behind: str = "") -> str:
        """One pin as a row of an environment's file."""
        version = f"commit: {commit}, digest: {digest(root or self.work.root, commit, name)}"
        return f"  {name}: {{{version}{more}}}{behind}\n"

    def arm(self, commit: str, percent: int) -> str:
        """A rollout, to stand behind a pin's digest."""
        version = f"commit: {commit}, digest: {digest(self.work.root, commit)}"
        return f", rollout: {{{version}, percent: {percent}}}"

    def proposed(self, text: str | None, **files: str) -> EnvironmentReviews:
        """What is said of a pull request that makes `prod` this text (None: takes it out)."""
        changed: dict[str, str | bytes] = {**files}
        if text is None:
            (self.clone.root / PROD).unlink()
        else:
            changed[PROD] = text
        self.clone.commit(changed)
        return self.reviewed()

    def reviewed(self, *, untrusted: bool = False) -> EnvironmentReviews:
        """What is said of the clone's files as a change of main."""
        base = self.clone.git("merge-base", "origin/main", "HEAD")
        compared = ComparisonBase(base, "where it left main", "main")
        return review_environments(workspace_at(self.clone.root), compared, untrusted=untrusted)


def page(found: EnvironmentReviews, limit: int = 60_000) -> str:
    """The comment."""
    base = ComparisonBase("4f2a91c" + "0" * 33, "where it left main")
    checked = CheckResult(base, environments=found.environments, problems=found.problems)
    return check_comment(checked, limit=limit)


def exit_code(found: EnvironmentReviews) -> int:
    """How the check ends."""
    return CheckResult(ComparisonBase(None, ""), environments=found.environments, problems=found.problems).exit_code
