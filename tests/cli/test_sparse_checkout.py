"""In a sparse checkout every command sees the project whole, and nothing that was left out is taken for deleted."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from promptops import Prompts
from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.workflows.pinning import Pinned, environment

SUITE = "prompt: greet\ntestData: greet.cases.jsonl\nevaluators: [{name: named, string: {contains: Ada}}]\n"
SPARSE = {
    "cone": ("--cone", "src"),
    "no cone": ("--no-cone", "/src/"),
    "sparse index": ("--cone", "--sparse-index", "src"),
    "prompts only": ("--no-cone", "/prompts/"),
}


def _run(command: str) -> Result:
    return CliRunner().invoke(cli, shlex.split(command))


@pytest.fixture(params=SPARSE)
def pinned(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pinned:
    """A project with owners, suites and environments, of which the work tree holds little."""
    pinned = Pinned(GitRepository(tmp_path / "project"))
    greet = (pinned.root / "prompts/greet.prompt.yml").read_text()
    pinned.commit(
        {
            "evals/greet.eval.yml": SUITE,
            "evals/greet.cases.jsonl": '{"who": "Ada"}\n',
            "src/a.py": "",
            "prompts/greet.prompt.yml": f"{greet}promptops: {{owners: ['@ada']}}\n",
            "prompts/legal/bye.prompt.yml": f"{greet}promptops: {{owners: ['@bob']}}\n",
        }
    )
    monkeypatch.chdir(pinned.root)
    assert _run("owners --write").exit_code == 0
    pinned.commit({})
    for command in ("lint", "verify", "eval --plan", "audit"):
        pinned.whole = {**getattr(pinned, "whole", {}), command: _run(command).stdout}  # type: ignore[attr-defined]
    pinned.repository.git("sparse-checkout", "set", *SPARSE[request.param])
    assert not (pinned.root / "environments/prod.yml").exists()
    return pinned


@pytest.mark.parametrize("command", ["lint", "verify", "eval --plan", "audit"])
def test_a_command_says_what_it_says_of_the_whole(pinned: Pinned, command: str) -> None:
    assert _run(command).stdout == pinned.whole[command]  # type: ignore[attr-defined]


def test_owners_drops_no_line(pinned: Pinned) -> None:
    assert _run("owners").exit_code == 0
    result = _run("owners --write")
    assert result.exit_code == 0
    assert pinned.repository.git("status", "--porcelain") == ""


def test_pin_keeps_the_other_pins(pinned: Pinned) -> None:
    assert _run("pin greet --env prod").exit_code == 0
    text = (pinned.root / "environments/prod.yml").read_text()
    assert list(yaml.safe_load(text)["pins"]) == ["greet", "legal/bye"]
    assert pinned.two in text, "the pin of legal/bye"
    assert pinned.repository.git("rev-parse", "HEAD") in text


def test_rollback_and_bundle_see_the_environment(pinned: Pinned) -> None:
    built = _run("bundle --env prod --out b.bundle")
    assert built.exit_code == 0, built.output
    assert Prompts.from_bundle(pinned.root / "b.bundle").names() == ["greet", "legal/bye"]
    pinned.repository.git("sparse-checkout", "disable")
    pinned.commit(environment("prod", pinned.row("greet", pinned.two), pinned.row("legal/bye", pinned.two)))
    pinned.repository.git("sparse-checkout", "set", "--cone", "src")
    result = _run("rollback greet --env prod")
    assert result.exit_code == 0, result.output
    text = (pinned.root / "environments/prod.yml").read_text()
    assert list(yaml.safe_load(text)["pins"]) == ["greet", "legal/bye"]


def test_diff_of_the_files_here_finds_nothing_changed(pinned: Pinned) -> None:
    result = _run("diff HEAD")
    assert result.exit_code == 0
    assert "removed" not in result.stdout
    assert "deleted" not in result.stdout
    assert _run("check --base HEAD --out out").exit_code in (0, 2)


def test_init_writes_over_nothing_that_is_left_out(pinned: Pinned) -> None:
    before = pinned.repository.git("ls-files")
    result = _run("init")
    assert result.exit_code == 0, result.output
    changed = [
        line for line in pinned.repository.git("status", "--porcelain").splitlines() if not line.startswith("??")
    ]
    assert changed == []
    assert pinned.repository.git("ls-files") == before


def test_an_application_is_served_what_is_left_out(pinned: Pinned) -> None:
    prompts = Prompts.from_worktree(pinned.root, watch=False)
    assert prompts.names() == ["greet", "legal/bye"]
    assert prompts.get("greet").render(who="Ada").messages()[0]["content"].startswith("Hi Ada.")


@pytest.mark.parametrize("command", ["verify", "audit", "bundle --env prod --out b.bundle"])
def test_a_list_of_signers_that_is_left_out_is_not_called_missing(pinned: Pinned, command: str) -> None:
    pinned.repository.git("sparse-checkout", "disable")
    settings = (pinned.root / "promptops.yml").read_text()
    pinned.commit(
        {"keys/signers": "ada@example.org", "promptops.yml": f"{settings}policy: {{signers: keys/signers}}\n"}
    )
    pinned.repository.git("sparse-checkout", "set", "--cone", "src")
    result = _run(command)
    assert result.exit_code == 2
    assert "a sparse checkout leaves it out" in result.output
    assert "git sparse-checkout add keys" in result.output
    pinned.repository.git("sparse-checkout", "add", "keys")
    assert "sparse" not in _run(command).output
