"""`promptops types`: written, compared, and never over somebody else's file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files

Run = Callable[..., Result]
GREET = "inputs: {who: {type: string}}\nmessages: [{role: user, content: 'Hi {{ who }}'}]\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """Two committed prompts; the current folder is the project's."""
    repo = GitRepository(tmp_path / "project")
    repo.commit({"prompts/greet.prompt.yml": GREET, "prompts/legal/part.prompt.yml": GREET})
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run(repo: GitRepository) -> Run:
    """`promptops types …` in the project."""
    return lambda *args: CliRunner().invoke(cli, ["types", *args])


def test_without_a_file_the_module_goes_to_stdout(run: Run) -> None:
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert "class Greet(PromptVersion, Protocol):" in result.stdout
    assert "class LegalPart(PromptVersion, Protocol):" in result.stdout
    compile(result.stdout, "types", "exec")


def test_a_file_is_written_once_and_checked(run: Run, repo: GitRepository) -> None:
    first = run("--out", "types_of.py")
    assert (first.exit_code, first.stdout, first.stderr) == (0, "", "types_of.py: written\n")
    text = (repo.root / "types_of.py").read_text("utf-8")
    assert text == run().stdout
    assert run("--out", "types_of.py").stderr == "types_of.py: is up to date\n"
    assert (run("--out", "types_of.py", "--check").exit_code, run("--out", "types_of.py", "--check").output) == (0, "")
    (repo.root / "types_of.py").write_bytes(text.replace("\n", "\r\n").encode())
    assert run("--out", "types_of.py", "--check").exit_code == 0, "git on Windows changes line ends"


def test_a_check_shows_what_differs_and_writes_nothing(run: Run, repo: GitRepository) -> None:
    run("--out", "types_of.py")
    before = (repo.root / "types_of.py").read_bytes()
    write_files(repo.root, {"prompts/greet.prompt.yml": GREET.replace("string", "integer")})
    result = run("--out", "types_of.py", "--check")
    assert result.exit_code == 1
    assert "-        who: str," in result.stdout
    assert "+        who: int," in result.stdout
    assert "write it anew: promptops types --out types_of.py" in result.stderr
    assert (repo.root / "types_of.py").read_bytes() == before
    assert run("--out", "types_of.py", "--check", "--at", "HEAD").exit_code == 0
    assert run("--out", "types_of.py").stderr == "types_of.py: written\n"


def test_only_some_prompts_by_name_or_path(run: Run, repo: GitRepository) -> None:
    assert "LegalPart" not in run("greet").stdout
    assert run("greet", "prompts/greet.prompt.yml").stdout == run("prompts/greet.prompt.yml").stdout
    assert "Greet" not in run("legal/part").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--check"], "name it with --out FILE"),
        (["--out", "gone.py", "--check"], "gone.py: there is no such file"),
        (["--out", "own.py"], "own.py: this file was not made by promptops types"),
        (["--out", "own.py", "--check"], "own.py: this file was not made by promptops types"),
        (["--out", "link.py"], "link.py: cannot be read: it is a symbolic link"),
        (["--out", "prompts"], "prompts: cannot be read: it is a folder"),
        (["--out", "nowhere/a.py"], "nowhere/a.py: the types cannot be written: No such file"),
        (["gret"], "did you mean 'greet'?"),
        (["broken"], "prompts/broken.prompt.yml:1:11"),
    ],
)
def test_what_cannot_be_done_is_2_and_touches_nothing(
    run: Run, repo: GitRepository, arguments: list[str], said: str
) -> None:
    write_files(repo.root, {"own.py": "import os\n", "prompts/broken.prompt.yml": "messages: 5\n"})
    (repo.root / "link.py").symlink_to("own.py")
    names = [] if arguments[0].isalpha() else ["greet"]
    result = run(*names, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert (repo.root / "own.py").read_text() == "import os\n"


def test_a_project_without_prompts_has_a_module_without_names(run: Run, repo: GitRepository) -> None:
    for path in repo.root.rglob("*.prompt.yml"):
        path.unlink()
    compile(run().stdout, "types", "exec")
    assert "name: Never" in run().stdout
