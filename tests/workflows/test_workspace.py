"""Where a command works, and what it may know of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import PromptError, SourceError, StoreError
from promptops.workflows.workspace import Workspace
from tests.conftest import RepositoryBuilder, write_files

CONFIG = "models: {small: {provider: openai, model: m}}\n"


def _at(start: Path, **secrets: str) -> Workspace:
    return Workspace.at(start, Path("/cache"), secrets)


def test_the_nearest_settings_upwards_are_the_project(repository: RepositoryBuilder) -> None:
    repo = repository("with spaces ü")
    write_files(repo.root, {"a/promptops.yml": CONFIG, "a/b/c/file": "", "d/file": ""})
    assert _at(repo.root / "a/b/c").root == repo.root / "a"
    assert _at(repo.root / "d").root == repo.root
    assert _at(repo.root / "a").state == repo.root / "a/.promptops"


def test_without_git_and_settings_the_folder_itself_is_the_project(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert _at(tmp_path / "plain").root == tmp_path / "plain"


def test_the_files_as_they_are_or_at_a_revision(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({"sub/promptops.yml": CONFIG, "sub/prompts/a.prompt.yml": "messages: [{role: user, content: old}]\n"})
    write_files(repo.root, {"sub/prompts/a.prompt.yml": "messages: [{role: user, content: new}]\n"})
    workspace = _at(repo.root / "sub")
    assert workspace.project().prompt("a").texts[0].content == "new"
    assert workspace.project("HEAD").prompt("a").texts[0].content == "old"
    with pytest.raises(SourceError, match="nowhere"):
        workspace.project("nowhere")


def test_a_model_comes_from_the_settings_or_the_environments_endpoint(tmp_path: Path) -> None:
    write_files(tmp_path, {"promptops.yml": CONFIG})
    workspace = _at(tmp_path, OPENAI_BASE_URL="http://127.0.0.1:9/v1/")
    project = workspace.project()
    for name in ("small", "openai/gpt"):  # neither says where it is
        found = workspace.model(project, name)
        assert (found.base_url, found.base_url_env) == ("http://127.0.0.1:9/v1", "OPENAI_BASE_URL")
        assert _at(tmp_path).model(project, name).base_url == ""
    assert workspace.model(project, "ollama/x").base_url == ""
    with pytest.raises(PromptError, match="'other/x' is not known"):
        workspace.model(project, "other/x")


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    assert "sk-secret" not in repr(_at(tmp_path, OPENAI_API_KEY="sk-secret"))


def test_the_state_folder_is_made_once_and_ignored(tmp_path: Path) -> None:
    workspace = _at(tmp_path)
    assert not workspace.state.exists()
    assert workspace.ready_state() == workspace.state
    assert (workspace.state / ".gitignore").read_text() == "*\n"
    assert workspace.ready_state() == workspace.state


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / ".promptops").write_text("")
    with pytest.raises(StoreError, match="cannot be kept here") as caught:
        _at(tmp_path).ready_state()
    assert caught.value.where == str(tmp_path.resolve() / ".promptops")
    assert "must be a folder" in caught.value.hint
