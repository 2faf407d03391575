"""P503 with real repositories: whether what an environment pins is there, and is what its digest says."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path, PurePosixPath

import pytest

from promptops.evals.registry import KINDS
from promptops.lint.engine.project_files import open_project
from promptops.lint.engine.runner import lint
from promptops.model.config import resolve_model
from promptops.model.finding import Finding
from promptops.pins.sealing import pin_digest
from promptops.source.files.worktree import Worktree
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from tests.conftest import GitRepository, RepositoryBuilder, write_files

SETTINGS = "models: {small: {provider: local}}\n"
PROMPT = """\
model: small
inputs: {name: {type: string}}
messages: [{role: user, content: 'Hi {{ name }}{% include "x.j2" %}'}]
"""
WRONG = "sha256:" + "0" * 64
NOWHERE = "1" * 40


def _digest(root: Path, commit: str, name: str = "a") -> str:
    with closing(Repository(root)) as repository:
        project = Project.commit(root, commit, KINDS, repository)
        prompt = project.prompt(name)
        closure = make_closure(project.source, prompt, project.template_folder)
        return pin_digest(closure, resolve_model(project.config, prompt.model))


def _lint(root: Path, environment: str) -> list[Finding]:
    write_files(root, {"environments/prod.yml": environment})
    project = open_project(Worktree(root), KINDS)
    path = PurePosixPath("environments/prod.yml")
    with ExitStack() as opened:

        def version(commit: str) -> Project:
            repository = opened.enter_context(closing(Repository(root)))
            return Project.commit(root, commit, KINDS, repository)

        return list(lint(project, [path], "files", version).findings)


def _pins(commit: str, digest: str, name: str = "a") -> str:
    return f"pins:\n  {name}:\n    commit: {commit}\n    digest: {digest}\n"


@pytest.fixture
def pinned(repository: RepositoryBuilder) -> tuple[GitRepository, str]:
    """A repository with one prompt, and its commit."""
    home = repository()
    commit = home.commit({"promptops.yml": SETTINGS, "prompts/a.prompt.yml": PROMPT, "prompts/x.j2": "!\n"})
    return home, commit


def test_a_pin_that_holds_is_silent_whatever_the_work_tree_says(pinned: tuple[GitRepository, str]) -> None:
    home, commit = pinned
    digest = _digest(home.root, commit)
    home.commit({"prompts/x.j2": "?\n"})
    assert _digest(home.root, home.git("rev-parse", "HEAD")) != digest
    assert _lint(home.root, _pins(commit, digest)) == []


def test_a_digest_of_another_commit_is_an_error_with_the_right_one(pinned: tuple[GitRepository, str]) -> None:
    home, commit = pinned
    later = home.commit({"prompts/x.j2": "?\n"})
    [finding] = _lint(home.root, _pins(later, _digest(home.root, commit)))
    assert (finding.code, finding.severity, finding.span.line, finding.span.column) == ("P503", "error", 4, 13)
    assert finding.message.startswith(f"at commit {later[:7]} 'a' is not what was pinned")
    assert _digest(home.root, later) in finding.hint


def test_a_commit_that_is_not_there_is_an_error(pinned: tuple[GitRepository, str]) -> None:
    home, _ = pinned
    [finding] = _lint(home.root, _pins(NOWHERE, WRONG))
    assert (finding.span.line, finding.span.column, finding.severity) == (3, 13, "error")
    assert finding.message == "there is no such commit in this repository"


def test_an_id_of_a_file_is_no_commit(pinned: tuple[GitRepository, str]) -> None:
    home, _ = pinned
    blob = home.git("rev-parse", "HEAD:promptops.yml")
    [finding] = _lint(home.root, _pins(blob, WRONG))
    assert finding.message == "there is no such commit in this repository"


def test_a_prompt_that_came_later_is_an_error_at_the_commit(pinned: tuple[GitRepository, str]) -> None:
    home, commit = pinned
    home.commit({"prompts/b.prompt.yml": PROMPT})
    [finding] = _lint(home.root, _pins(commit, WRONG, "b"))
    assert finding.message == f"commit {commit[:7]} has no prompt 'b'"
    assert finding.span.line == 3


def test_a_prompt_that_is_gone_is_a_warning_and_its_pin_still_holds(pinned: tuple[GitRepository, str]) -> None:
    home, commit = pinned
    digest = _digest(home.root, commit)
    (home.root / "prompts/a.prompt.yml").rename(home.root / "prompts/b.prompt.yml")
    [finding] = _lint(home.root, _pins(commit, digest))
    assert (finding.severity, finding.span.line, finding.span.column) == ("warning", 2, 3)
    assert "no prompt is called 'a' any more" in finding.message


def test_a_rollout_is_looked_at_like_its_pin(pinned: tuple[GitRepository, str]) -> None:
    home, commit = pinned
    rollout = f"    rollout: {{commit: {commit}, digest: '{WRONG}', percent: 10}}\n"
    [finding] = _lint(home.root, _pins(commit, _digest(home.root, commit)) + rollout)
    assert finding.span.line == 5
    assert "is not what was pinned" in finding.message


def test_the_model_is_that_of_the_commits_own_settings(pinned: tuple[GitRepository, str]) -> None:
    home, commit = pinned
    digest = _digest(home.root, commit)
    later = home.commit({"promptops.yml": "models: {small: {provider: openai, model: gpt-4o}}\n"})
    assert _lint(home.root, _pins(commit, digest)) == []
    [finding] = _lint(home.root, _pins(later, digest))
    assert "is not what was pinned" in finding.message


@pytest.mark.parametrize(
    ("files", "part"),
    [
        ({"prompts/a.prompt.yml": "messages: 3\n"}, "'a' cannot be read at commit"),
        ({"prompts/a.prompt.yml": PROMPT.replace("small", "large")}, "the model 'large' is not known"),
        ({"prompts/a.prompt.yml": PROMPT.replace("x.j2", "y.j2")}, "'y.j2' cannot be read"),
        ({"promptops.yml": "models: 3\n"}, "the project cannot be read at commit"),
    ],
)
def test_what_cannot_be_read_at_the_commit_is_an_error_there(
    pinned: tuple[GitRepository, str], files: dict[str, str], part: str
) -> None:
    home, commit = pinned
    broken = home.commit(files)
    home.git("checkout", "--quiet", commit)
    [finding] = _lint(home.root, _pins(broken, WRONG))
    assert (finding.severity, finding.span.line) == ("error", 3)
    assert part in finding.message


def test_a_shallow_clone_is_told_to_fetch_and_nothing_fails(pinned: tuple[GitRepository, str], tmp_path: Path) -> None:
    home, commit = pinned
    digest = _digest(home.root, commit)
    home.commit({"prompts/x.j2": "?\n"})
    home.git("clone", "--quiet", "--depth=1", f"file://{home.root}", str(tmp_path / "clone"))
    [finding] = _lint(tmp_path / "clone", _pins(commit, digest))
    assert finding.severity == "note"
    assert "git fetch --unshallow" in finding.hint


def test_without_a_repository_nothing_is_said_about_commits(tmp_path: Path) -> None:
    write_files(tmp_path, {"promptops.yml": SETTINGS, "prompts/a.prompt.yml": PROMPT, "prompts/x.j2": "!\n"})
    assert _lint(tmp_path, _pins(NOWHERE, WRONG)) == []


def test_a_project_below_the_repositorys_top(repository: RepositoryBuilder) -> None:
    home = repository()
    files = {"promptops.yml": SETTINGS, "prompts/a.prompt.yml": PROMPT, "prompts/x.j2": "!\n"}
    commit = home.commit({f"texts/{name}": text for name, text in files.items()})
    assert _lint(home.root / "texts", _pins(commit, _digest(home.root / "texts", commit))) == []
    [finding] = _lint(home.root / "texts", _pins(commit, WRONG))
    assert "is not what was pinned" in finding.message


def test_git_is_imported_for_environments_alone(pinned: tuple[GitRepository, str]) -> None:
    home, commit = pinned
    write_files(home.root, {"environments/prod.yml": _pins(commit, _digest(home.root, commit))})
    code = (
        "import sys; from pathlib import Path, PurePosixPath; from promptops.evals.registry import KINDS\n"
        "from promptops.lint.engine.runner import lint; from promptops.lint.engine.project_files import open_project\n"
        "from promptops.source.project import Project; from promptops.source.files.worktree import Worktree\n"
        "root = Path(sys.argv[1]); project = open_project(Worktree(root), KINDS)\n"
        "report = lint(project, [PurePosixPath(sys.argv[2])], 'files', lambda sha: Project.commit(root, sha, KINDS))\n"
        "print(len(report.findings), 'git' in sys.modules)\n"
    )
    said = [
        subprocess.run([sys.executable, "-c", code, str(home.root), path], capture_output=True, text=True, check=True)
        for path in ("prompts/a.prompt.yml", "environments/prod.yml")
    ]
    assert [done.stdout.split() for done in said] == [["0", "False"], ["0", "True"]]
