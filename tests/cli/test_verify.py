"""`promptops verify`: 0 when all holds, 1 when something does not, 2 when it cannot be looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.workflows.pinning import NOWHERE, WRONG, Pinned, environment

Run = Callable[..., Result]


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pinned:
    pinned = Pinned(GitRepository(tmp_path / "my prömpts"))
    monkeypatch.chdir(pinned.root)
    return pinned


@pytest.fixture
def run(pinned: Pinned) -> Run:
    """`promptops verify …` in the project."""
    return lambda *args: CliRunner().invoke(cli, ["verify", *args])


def test_all_that_holds_is_one_line_and_0(run: Run) -> None:
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "3 pins and 1 rollout in 2 environments hold\n"
    assert run("staging", "--protected", "main").stdout == "1 pin in 1 environment holds, all part of main\n"


def test_what_does_not_hold_is_told_line_by_line_and_1(run: Run, pinned: Pinned) -> None:
    pinned.write(environment("prod", pinned.row("greet", pinned.one, WRONG), pinned.row("legal/bye", NOWHERE, WRONG)))
    result = run()
    assert (result.exit_code, result.stderr) == (1, "")
    said = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert said == [
        f"environments/prod.yml:4:13: 'greet' at commit {pinned.one[:7]} is not what was pinned, "
        "so this version is never served",
        "environments/prod.yml:6:13: 'legal/bye' is pinned at commit 1111111: "
        "there is no such commit in this repository",
        "",
        "2 of 3 pinned versions in 2 environments do not hold",
    ]
    data = json.loads(run("--format", "json").stdout)
    assert [each["holds"] for each in data["environments"]] == [False, True]
    assert run("--at", "HEAD").exit_code == 0


def test_a_bundle_beside_its_repository_and_after_a_change(run: Run, pinned: Pinned) -> None:
    assert CliRunner().invoke(cli, ["bundle", "--env", "prod", "--out", "a.bundle"]).exit_code == 0
    assert run("a.bundle", "staging").stdout == "3 pins and 1 rollout in 1 environment and 1 bundle hold\n"
    path = pinned.root / "a.bundle"
    path.write_bytes(path.read_bytes().replace(b"kind", b"rude"))
    result = run("a.bundle")
    assert result.exit_code == 1
    assert result.stdout.startswith("a.bundle: this bundle was changed or cut after it was written\n  build it again")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["live"], "there are: prod, staging\n  a bundle is named by its file"),
        (["none.bundle"], "the bundle cannot be read"),
        (["--protected", "nowhere"], "no such version"),
        (["--protected=--output=x"], "this is not a revision"),
        (["--signers", "none"], "there is no list of allowed signers here"),
        (["--format", "html"], "html"),
    ],
)
def test_what_cannot_be_looked_at_is_2_with_a_hint(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_an_environment_that_is_none_is_2_with_its_line(run: Run, pinned: Pinned) -> None:
    pinned.write(environment("prod", f"  greet: {{commit: main, digest: '{WRONG}'}}\n"))
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "environments/prod.yml:2:" in result.stderr


def test_a_tag_called_like_the_branch_is_meant_by_no_command(run: Run, pinned: Pinned) -> None:
    pinned.repository.git("tag", "main", pinned.one)
    head = pinned.repository.git("rev-parse", "HEAD")
    assert run("staging", "--protected", "main").stdout == "1 pin in 1 environment holds, all part of main\n"
    invoke = CliRunner().invoke
    assert invoke(cli, ["pin", "greet@main", "--env", "new"]).exit_code == 0
    assert head in (pinned.root / "environments/new.yml").read_text()
    assert f'"revision": "{head}"' in invoke(cli, ["audit", "--at", "main", "--format", "json"]).stdout
    same = invoke(cli, ["diff", "main", "HEAD", "--format", "json"])
    assert json.loads(same.stdout)["base"]["commit"] == head
    built = invoke(cli, ["bundle", "--env", "prod", "--at", "main", "--protected", "main", "--out", "b.bundle"])
    assert built.exit_code == 0
