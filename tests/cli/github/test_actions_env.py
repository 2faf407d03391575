"""What a step reads from its environment, whatever is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.cli.github.actions_env import read_actions_env
from promptops.errors import ForgeError
from promptops.forge.github.client import API


def test_on_ones_own_machine_everything_is_empty() -> None:
    env = read_actions_env()
    assert (env.repository, env.token, env.event_path, env.summary, env.run_url) == ("", "", "", None, "")
    assert env.api == API
    assert env.parsed_event().name == ""
    with pytest.raises(ForgeError, match="no repository is named"):
        env.github()


def test_a_step_is_read_as_github_describes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "event.json").write_bytes(b'{"schedule": "0 5 * * *"}')
    for name, value in {
        "REPOSITORY": "acme/prompts",
        "API_URL": "https://github.acme.example/api/v3",
        "SERVER_URL": "https://github.acme.example/",
        "EVENT_NAME": "schedule",
        "EVENT_PATH": str(tmp_path / "event.json"),
        "STEP_SUMMARY": str(tmp_path / "summary.md"),
        "OUTPUT": str(tmp_path / "output"),
        "RUN_ID": "5",
        "WORKSPACE": str(tmp_path),
        "SHA": "a" * 40,
    }.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.setenv("GH_TOKEN", "theirs")
    env = read_actions_env()
    assert env.parsed_event().name == "schedule"
    assert env.run_url == "https://github.acme.example/acme/prompts/actions/runs/5"
    assert (env.summary, env.workspace) == (tmp_path / "summary.md", tmp_path)
    assert env.token == "theirs"
    monkeypatch.setenv("GITHUB_TOKEN", "ours")
    assert read_actions_env().token == "ours"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gone.json", "there is no such file: gone.json"),
        ("", "GITHUB_EVENT_PATH names no file"),
        (".", "its file cannot be read: "),
        ("x" * 5_000, "its file cannot be read: xxx"),
        ("empty.json", "its file is not valid JSON"),
    ],
)
def test_an_event_file_that_cannot_be_read_is_told_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.json").touch()
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", name)
    env = read_actions_env()
    with pytest.raises(ForgeError, match=why) as caught:
        env.parsed_event()
    assert "the event 'pull_request'" in str(caught.value)
    assert "GITHUB_EVENT_PATH names it" in caught.value.hint
    assert len(str(caught.value)) < 400
