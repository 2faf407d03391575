"""A commit holds no file of a submodule: whoever keeps prompts in one is told, by its name, in every command."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops import PromptopsError, Prompts
from promptops.cli.main import cli
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.pinning import FILES, Pinned

MESSAGE = "it lies in a submodule, a repository of its own"


def _run(command: str) -> Result:
    return CliRunner().invoke(cli, shlex.split(command))


def _with_submodule(
    repository: RepositoryBuilder,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    inner: dict[str, str],
    outer: dict[str, str],
) -> GitRepository:
    other, repo = repository("other"), repository("prompts repository")
    other.commit(inner)
    write_files(repo.root, outer)
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), place)
    repo.commit()
    monkeypatch.chdir(repo.root)
    return repo


def test_a_folder_of_prompts_that_is_a_submodule_is_named(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inner = {name.removeprefix("prompts/"): text for name, text in FILES.items() if name.startswith("prompts/")}
    outer = {name: text for name, text in FILES.items() if not name.startswith("prompts/")}
    repo = _with_submodule(repository, monkeypatch, "prompts", inner, outer)
    for command, code in {
        "lint": 1,
        "lint --at HEAD": 2,
        "pin greet --env prod": 2,
        "render greet --at HEAD --set who=Ada": 2,
        "render greet --set who=Ada": 2,
        "diff HEAD HEAD": 2,
        "history greet": 0,
    }.items():
        result = _run(command)
        assert (result.exit_code, MESSAGE in result.output) == (code, True), (command, result.output)
        assert "prompts" in result.output
    head = repo.git("rev-parse", "HEAD")
    with pytest.raises(PromptopsError, match=MESSAGE):
        Prompts.from_git(repo.root, commit=head, cache=tmp_path / "cache")


def test_an_include_that_reaches_into_a_submodule_is_named(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = {
        **FILES,
        "prompts/greet.prompt.yml": FILES["prompts/greet.prompt.yml"].replace("tone.j2", "shared/tone.j2"),
    }
    _with_submodule(repository, monkeypatch, "prompts/shared", {"tone.j2": "Be kind.\n"}, outer)
    for command in ("lint", "lint --at HEAD", "pin greet --env prod"):
        result = _run(command)
        assert result.exit_code, command
        assert MESSAGE in result.output, command
    assert _run("pin legal/bye --env prod").exit_code == 0


@pytest.mark.parametrize("place", ["environments", "evals"])
def test_another_folder_that_is_a_submodule_is_named(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    inner = {"prod.yml": "pins: {}\n", "greet.eval.yml": "prompt: greet\ntestData: [{who: Ada}]\nevaluators: []\n"}
    _with_submodule(repository, monkeypatch, place, inner, FILES)
    commands = {
        "environments": ("verify", "verify --at HEAD", "audit"),
        "evals": ("eval --plan", "eval --plan --at HEAD"),
    }
    for command in (*commands[place], "lint", "lint --at HEAD"):
        result = _run(command)
        assert result.exit_code, command
        assert MESSAGE in result.output, (command, result.output)


def test_a_project_that_is_itself_a_submodule_is_like_any_other(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inner = Pinned(repository("inner"))
    outer = repository("outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "texts")
    outer.commit()
    monkeypatch.chdir(outer.root / "texts")
    for command in (
        "lint",
        "lint --at HEAD",
        "verify",
        "verify --protected main",
        "history greet",
        "pin greet --env new",
    ):
        assert _run(command).exit_code == 0, command
    prompts = Prompts.from_git(outer.root / "texts", env="prod", cache=tmp_path / "cache", refresh=None)
    assert prompts.get("legal/bye").render(who="Ada").messages()[0]["content"].startswith("Bye Ada.")
