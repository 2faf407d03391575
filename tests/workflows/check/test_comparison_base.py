"""What a change is compared with: found exactly, or not at all, and said either way."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event
from promptops.forge.github.payloads import PullRequest
from promptops.model.outcomes.check import ComparisonBase
from promptops.source.git.repository import Repository
from promptops.workflows.check.comparison_base import AUTO, NONE, choose_base, find_base, reviewed_commit
from tests.conftest import GitRepository
from tests.github_server import GitHubServer


class Scene:
    """A repository with a branch that left main, main that went on, and GitHub's trial merge of the two."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = repo = GitRepository(folder / "upstream")
        self.parted = repo.commit({"a": "1"})
        repo.git("switch", "--quiet", "--create", "work")
        self.head = repo.commit({"b": "2"})
        repo.git("switch", "--quiet", "main")
        self.base = repo.commit({"c": "3"})
        repo.git("switch", "--quiet", "--detach", "main")
        repo.git("merge", "--quiet", "--no-ff", "--message", "trial", "work")
        self.merge = repo.git("rev-parse", "HEAD")
        repo.git("branch", "trial", self.merge)

    def clone(self, branch: str, depth: int = 0) -> GitRepository:
        """What a checkout of this branch leaves."""
        clone = GitRepository(self.folder / f"{branch} {depth}")
        clone.git("remote", "add", "origin", self.repo.root.as_uri())
        options = [f"--depth={depth}"] if depth else []
        clone.git("fetch", "--quiet", "--no-tags", *options, "origin", f"+refs/heads/{branch}:refs/remotes/origin/x")
        clone.git("checkout", "--quiet", "--detach", "origin/x")
        return clone

    def pull(self, *, base: str = "", head: str = "") -> Event:
        """The event of the pull request."""
        pull = PullRequest(7, head or self.head, "work", "a/b", base or self.base, "main", "a/b", "open")
        return Event("pull_request", pull_request=pull)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def _base(repo: GitRepository, event: Event | None, github: GitHub | None = None) -> ComparisonBase:
    repository = Repository(repo.root)
    try:
        return find_base(repository, event, github)
    finally:
        repository.close()


def test_a_trial_merge_is_compared_with_what_it_would_be_merged_into(scene: Scene) -> None:
    found = _base(scene.clone("trial"), scene.pull(base=scene.parted))  # an event may be older than the trial merge
    assert found.commit == scene.base
    assert "what it would be merged into, main" in found.words


def test_the_branch_itself_is_compared_with_where_it_left_the_other(scene: Scene) -> None:
    clone = scene.clone("work")
    clone.git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
    assert _base(clone, scene.pull()) == ComparisonBase(scene.parted, "where it left main")


def test_a_shallow_trial_merge_fetches_the_one_commit_it_needs(scene: Scene) -> None:
    clone = scene.clone("trial", depth=1)
    assert _base(clone, scene.pull()).commit == scene.base
    assert clone.git("cat-file", "-t", scene.base) == "commit"
    assert clone.git("rev-list", "--count", "HEAD") == "1"
    assert clone.git("rev-list", "--count", scene.base) == "1"


def test_a_shallow_branch_asks_github_where_it_left_the_other(scene: Scene, github: GitHubServer) -> None:
    clone = scene.clone("work", depth=1)
    github.merge_bases[scene.base, scene.head] = scene.parted
    client = GitHub(github.repository, github.token, api=github.url)
    assert _base(clone, scene.pull(), client).commit == scene.parted
    assert clone.git("cat-file", "-t", scene.parted) == "commit"


def test_a_shallow_branch_without_github_is_compared_with_nothing(scene: Scene) -> None:
    clone = scene.clone("work", depth=1)
    found = _base(clone, scene.pull())
    assert found.commit is None
    assert "what to compare with was not found" in found.words


def test_fetching_a_commit_cuts_nothing_off_a_whole_clone(scene: Scene) -> None:
    clone = scene.clone("work")
    before = clone.git("rev-list", "--count", "HEAD")
    assert _base(clone, Event("push", before=scene.base)).commit == scene.base
    assert clone.git("rev-list", "--count", "HEAD") == before
    assert not (clone.root / ".git/shallow").exists()


def test_a_push_is_compared_with_what_was_there_before(scene: Scene) -> None:
    assert _base(scene.repo, Event("push", before=scene.parted)).commit == scene.parted


def test_a_merge_queues_try_is_compared_with_what_it_builds_upon(scene: Scene) -> None:
    clone = scene.clone("trial", depth=1)
    found = _base(clone, Event("merge_group", before=scene.base))
    assert found == ComparisonBase(scene.base, "what the merge queue builds upon")
    nothing = _base(clone, Event("merge_group"))
    assert nothing.commit is None
    assert "started by 'merge_group'" in nothing.words


def test_a_push_over_a_commit_that_nobody_has_is_compared_with_nothing(scene: Scene) -> None:
    found = _base(scene.clone("work"), Event("push", before="e" * 40))
    assert found.commit is None
    assert "what to compare with was not found" in found.words


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event("push"), "this branch is new"),
        (Event("schedule"), "started by 'schedule'"),
        (None, "the event that started this run could not be read"),
        (Event(""), "started by hand"),
    ],
)
def test_without_a_change_there_is_nothing_to_compare_with(scene: Scene, event: Event | None, words: str) -> None:
    found = _base(scene.repo, event)
    assert found.commit is None
    assert words in found.words


@pytest.mark.parametrize("hostile", ["--upload-pack=touch x", "$(id)", "HEAD", "../x", "a" * 41, "A" * 40])
def test_what_is_no_commit_reaches_no_git(scene: Scene, hostile: str) -> None:
    for event in (
        scene.pull(base=hostile),
        scene.pull(head=hostile),
        Event("push", before=hostile),
        Event("merge_group", before=hostile),
    ):
        assert _base(scene.repo, event).commit is None
    assert not (scene.repo.root / "x").exists()


def test_a_head_that_poses_as_a_trial_merge_chooses_no_base(scene: Scene) -> None:
    # Its author may name any parents, but its own id can never be among them.
    repo = scene.repo
    evil = repo.git("commit-tree", f"{scene.head}^{{tree}}", "-p", scene.head, "-p", scene.parted, "-m", "x")
    repo.git("switch", "--quiet", "--detach", evil)
    assert _base(repo, scene.pull(head=evil)).commit == scene.parted


def test_a_base_can_be_named_or_refused(scene: Scene) -> None:
    scene.repo.git("switch", "--quiet", "work")
    assert choose_base(scene.repo.root, "main", None)[1].commit == scene.parted
    assert choose_base(scene.repo.root, NONE, scene.pull())[1].commit is None
    assert choose_base(scene.repo.root, AUTO, scene.pull())[1].commit == scene.parted
    with pytest.raises(SourceError):
        choose_base(scene.repo.root, "nowhere", None)


def test_the_projects_folder_is_told_and_no_repository_is_no_error(scene: Scene, tmp_path: Path) -> None:
    below = scene.repo.root / "apps/one"
    below.mkdir(parents=True)
    assert choose_base(below, NONE, None)[0] == "apps/one"
    assert choose_base(scene.repo.root, NONE, None)[0] == ""
    alone = tmp_path / "alone"
    alone.mkdir()
    folder, base = choose_base(alone, AUTO, None)
    assert (folder, base.commit) == ("", None)
    assert "no git repository" in base.words


# The commit that people know


@pytest.mark.parametrize(("branch", "depth"), [("trial", 0), ("trial", 1), ("work", 0)])
def test_a_checkout_is_named_by_the_pull_requests_own_commit(scene: Scene, branch: str, depth: int) -> None:
    here = scene.merge if branch == "trial" else scene.head
    assert reviewed_commit(scene.clone(branch, depth).root, scene.pull()) == (here, scene.head)


def test_what_is_no_trial_merge_of_it_keeps_its_own_name(scene: Scene, tmp_path: Path) -> None:
    assert reviewed_commit(scene.clone("main").root, scene.pull()) is None
    assert reviewed_commit(scene.clone("trial").root, scene.pull(head=scene.parted)) is None
    assert reviewed_commit(scene.clone("work").root, Event("push", after=scene.head)) is None
    assert reviewed_commit(scene.clone("work", 1).root, None) is None
    assert reviewed_commit(tmp_path, scene.pull()) is None
