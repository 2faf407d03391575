"""What every test stands on: no home, no network, no keys, and projects and real git repositories in a breath."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest

from promptops.evals.registry import KINDS
from promptops.providers.local_models import DEFAULT_MODEL
from promptops.source.project import Project
from tests.github_description import Description
from tests.github_server import GitHubServer
from tests.gitlab_server import GitLabServer
from tests.requirements import GITHUB_API, MODEL, NAMESPACES, report_missing

if TYPE_CHECKING:
    from tests.workflows.scene import Endpoint

# Read before the isolation below: the embedded model is pulled once and shared by all tests marked `model`.
_MODEL_CACHE = Path(
    os.environ.get("PROMPTOPS_TEST_MODEL_CACHE")
    or os.environ.get("PROMPTOPS_CACHE_DIR")
    or platformdirs.user_cache_path("promptops", appauthor=False)
)
_ISOLATED = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "PROMPTOPS_CACHE_DIR")

Files = Mapping[str, str | bytes]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Only loopback: what `--allow-hosts` and `--allow-unix-socket` of pytest-socket do, for every run."""
    config.option.allow_hosts = config.option.allow_hosts or "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What could not be tested here is told last, where it is seen."""
    report_missing(terminalreporter)


@pytest.fixture(autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home, caches and git's settings lie in a temporary folder; no key and no caller's git leaks in."""
    home = tmp_path_factory.mktemp("home", numbered=True)
    for name in list(os.environ):
        if (
            name.startswith(("OPENAI_", "PROMPTOPS_", "GIT_", "GITHUB_", "GH_", "GITLAB_", "CI_"))
            and name != "PROMPTOPS_TEST_MODEL_CACHE"
        ):
            monkeypatch.delenv(name)
    for name in _ISOLATED:
        monkeypatch.setenv(name, str(home if name in ("HOME", "USERPROFILE") else home / name.lower()))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path_factory.getbasetemp().parent))
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The folder where `promptops model pull` keeps models, outside the isolation."""
    return _MODEL_CACHE


@pytest.fixture(scope="session")
def embedded_model(model_cache: Path) -> Path:
    """The embedded model's file."""
    path = DEFAULT_MODEL.path(model_cache)
    if not path.exists():
        MODEL.missing()
    return path


@pytest.fixture(scope="session")
def github_description() -> Description:
    """GitHub's description of its API and examples of events, which `make github-api` fetches."""
    folder = Path(sys.prefix) / "github-api"
    if not all((folder / name).exists() for name in ("api.json", "events.json")):
        GITHUB_API.missing()
    return Description(folder)


@pytest.fixture
def github(github_description: Description) -> Iterator[GitHubServer]:
    """GitHub on loopback with one repository; a request that GitHub does not describe fails the test."""
    with GitHubServer(github_description) as server:
        yield server


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    """GitLab on loopback with one project; a request that its manual does not know fails the test."""
    with GitLabServer() as server:
        yield server


def write_files(folder: Path, files: Files) -> None:
    """Write each text (or bytes) to its path below `folder`, exactly as given."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


class GitRepository:
    """A real repository in a temporary folder."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *arguments: str) -> str:
        """What `git …` prints in this repository."""
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: Files | None = None, message: str = "change") -> str:
        """Write files, commit everything there is, and give the commit's id."""
        write_files(self.root, files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


ProjectBuilder = Callable[[Files], Project]
RepositoryBuilder = Callable[..., GitRepository]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A model that says what it was told."""
    from tests.workflows.scene import answering  # it needs this file

    with answering() as found:
        yield found


@pytest.fixture
def project(tmp_path: Path) -> ProjectBuilder:
    """`project({"prompts/a.prompt.yml": "…"})`: a project of these files, read from the work tree."""

    def build(files: Files) -> Project:
        write_files(tmp_path, files)
        return Project.worktree(tmp_path, KINDS)

    return build


@pytest.fixture
def repository(tmp_path: Path) -> RepositoryBuilder:
    """`repository("name", *options of git init)`: an empty real git repository."""
    return lambda name="repository", *options: GitRepository(tmp_path / name, *options)


@pytest.fixture
def namespaces() -> None:
    """Linux, where it isolates processes; elsewhere nothing does, which stops no run."""
    from tests.sandbox.isolated import is_possible

    if sys.platform == "linux" and not is_possible():
        NAMESPACES.missing()
