"""`promptops bundle`: the digest on stdout, words for people on stderr."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.pins.bundle import load_bundle
from promptops.runtime.prompts import Prompts
from tests.conftest import GitRepository
from tests.workflows.pinning import WRONG, Pinned, environment

Run = Callable[..., Result]


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pinned:
    pinned = Pinned(GitRepository(tmp_path / "my prömpts"))
    monkeypatch.chdir(pinned.root)
    return pinned


@pytest.fixture
def run(pinned: Pinned) -> Run:
    """`promptops bundle …` in the project."""
    return lambda *args: CliRunner().invoke(cli, ["bundle", *args])


def test_stdout_is_the_digest_and_stderr_says_what_was_written_and_how_to_load_it(run: Run, pinned: Pinned) -> None:
    result = run("--env", "prod", "--out", "prompts.bundle")
    path = pinned.root / "prompts.bundle"
    digest = load_bundle(path).digest
    assert (result.exit_code, result.stdout) == (0, f"{digest}\n")
    assert result.stderr == (
        f"prompts.bundle: 2 prompts and 1 rollout of prod, as of commit {pinned.three[:7]}; "
        f"{path.stat().st_size:,} bytes\n"
        f'\nLoad it: Prompts.from_bundle("prompts.bundle", digest="{digest}")\n'
    )


def test_the_line_of_code_loads_it_whatever_the_file_is_called(run: Run) -> None:
    result = run("--env", "staging", "--out", 'a "b" \\n ☕.bundle')
    [call] = re.findall(r"Load it: Prompts\.from_bundle(\(.*\))", result.stderr)
    file, digest = call.strip("()").rsplit(", digest=", 1)
    served = Prompts.from_bundle(ast.literal_eval(file), digest=ast.literal_eval(digest))
    assert served.get("greet").render(who="Ada").messages()[0]["content"] == "Hi Ada. Be brief.\n"


def test_what_is_not_committed_is_said(run: Run, pinned: Pinned) -> None:
    pinned.write(environment("prod", pinned.row("greet", pinned.two)))
    assert (
        "1 prompt of prod, as the file is now, which is not committed; "
        in run("--env", "prod", "--out", "a.bundle").stderr
    )
    assert f"as of commit {pinned.three[:7]}" in run("--env", "prod", "--out", "a.bundle", "--at", "HEAD").stderr


def test_what_was_demanded_or_should_be_known_is_said(run: Run, pinned: Pinned) -> None:
    said = run("--env", "prod", "--out", "a.bundle", "--protected", "main").stderr
    assert "bytes; all part of main\n" in said
    pinned.repository.git("switch", "--quiet", "--create", "work")
    work = pinned.commit({"prompts/tone.j2": "Not approved.\n"})
    pinned.write(environment("prod", pinned.row("greet", work)))
    result = run("--env", "prod", "--out", "a.bundle")
    assert result.exit_code == 0
    assert f"\nNote: {work[:7]} is not part of main; applications that follow it refuse it\n" in result.stderr


def test_a_bundle_on_stdout_is_the_file_and_its_digest_is_told_beside_it(run: Run, pinned: Pinned) -> None:
    digest = run("--env", "prod", "--out", "a.bundle").stdout.strip()
    result = run("--env", "prod", "--out", "-")
    assert result.exit_code == 0
    assert result.stdout_bytes == (pinned.root / "a.bundle").read_bytes()
    assert result.stderr.startswith("standard output: ")
    assert digest in result.stderr.splitlines()


def test_a_pin_that_does_not_hold_is_2_and_nothing_is_written(run: Run, pinned: Pinned) -> None:
    pinned.write(
        environment("prod", pinned.row("greet", pinned.one, WRONG), pinned.row("legal/bye", pinned.two, WRONG))
    )
    result = run("--env", "prod", "--out", "a.bundle")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: environments/prod.yml: not every pin holds, so no bundle is written\n")
    assert "  environments/prod.yml:4:13: 'greet' at commit" in result.stderr
    assert "  environments/prod.yml:7:13: 'legal/bye' at commit" in result.stderr
    assert not (pinned.root / "a.bundle").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--env", "prod"], "--out"),
        (["--out", "a.bundle"], "--env"),
        (["--env", "prod", "--out", "a.bundle", "--protected", "nowhere"], "no such version"),
        (["--env", "prod", "--out", "a.bundle", "--signers", "none"], "no list of allowed signers"),
        (["--env", "live", "--out", "a.bundle"], "there are: prod, staging"),
        (["--env", "prod", "--out", "nowhere/a.bundle"], "cannot be written"),
        (["--env", "prod", "--out", "a.bundle", "--at", "nowhere"], "no such version"),
        (["--env", "prod", "--out", "a.bundle", "--at=--output=x"], "this is not a revision"),
    ],
)
def test_what_cannot_be_bundled_is_2_with_a_hint(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
