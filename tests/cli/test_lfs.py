"""Prompts in LFS: git stores a pointer, an application would be served that, so nothing takes it for a text."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops import PromptopsError, Prompts
from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files
from tests.workflows.pinning import FILES, digest, environment

OID = "a" * 64
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12\n"
SUITE = "prompt: greet\ntestData: greet.cases.jsonl\nevaluators: [{name: named, string: {contains: Ada}}]\n"
ALL = {**FILES, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": '{"who": "Ada"}\n'}
STORED = (
    "prompts/greet.prompt.yml",
    "prompts/tone.j2",
    "evals/greet.eval.yml",
    "evals/greet.cases.jsonl",
    "promptops.yml",
)


def _run(command: str) -> Result:
    return CliRunner().invoke(cli, shlex.split(command))


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A repository with a filter that does what git-lfs does: the text stays here, git gets a pointer."""
    repo = GitRepository(tmp_path / "prompts")
    monkeypatch.chdir(repo.root)
    script = tmp_path / "clean"
    script.write_text(f"#!/bin/sh\ncat > /dev/null\nprintf '%s' {shlex.quote(POINTER)}\n")
    script.chmod(0o755)
    repo.git("config", "filter.lfs.clean", str(script))
    repo.git("config", "filter.lfs.smudge", "cat")
    return repo


@pytest.mark.parametrize("name", STORED)
def test_lint_refuses_what_git_keeps_in_lfs(repo: GitRepository, name: str) -> None:
    repo.commit({**ALL, ".gitattributes": f"{name} filter=lfs diff=lfs merge=lfs -text\n"})
    result = _run("lint")
    assert result.exit_code == 1
    assert name in result.stdout
    assert "it stores a pointer, which is all that an application would read" in result.stdout
    assert "-filter -diff -merge text" in result.stdout
    assert _run("lint --at HEAD").exit_code == 1
    assert "this is a pointer of git-lfs" in _run("lint --at HEAD").stdout


@pytest.mark.parametrize("name", STORED)
def test_lint_refuses_a_pointer_that_lies_there_in_place_of_a_text(repo: GitRepository, name: str) -> None:
    write_files(repo.root, {**ALL, name: POINTER})
    result = _run("lint")
    assert result.exit_code == 1
    assert "this is a pointer of git-lfs, not the text itself" in result.stdout
    assert "git lfs pull" in result.stdout


@pytest.mark.parametrize("name", ["prompts/greet.prompt.yml", "prompts/tone.j2", "promptops.yml"])
def test_nothing_is_pinned_bundled_rendered_or_served_from_a_pointer(
    repo: GitRepository, name: str, tmp_path: Path
) -> None:
    good = repo.commit(ALL)
    right = digest(repo.root, good)
    bad = repo.commit({".gitattributes": f"{name} filter=lfs\n", name: ALL[name] + "# later\n"})
    for command in ("pin greet --env prod", f"render greet --at {bad} --set who=Ada", "render greet --set who=Ada"):
        result = _run(command)
        assert result.exit_code == 2, command
        assert "pointer" in result.stderr
    row = f"  greet:\n    commit: {bad}\n    digest: {right}\n"
    repo.commit(environment("prod", row))
    if name != "promptops.yml":
        verified = _run("verify")
        assert verified.exit_code == 1
        assert "pointer of git-lfs" in verified.stdout
    assert _run("bundle --env prod --out x.bundle").exit_code == 2
    for choice in ({"env": "prod"}, {"commit": bad}):
        with pytest.raises(PromptopsError, match="pointer of git-lfs"):
            Prompts.from_git(repo.root, cache=tmp_path / "cache", refresh=None, **choice).get("greet")  # type: ignore[arg-type]


def test_a_suite_whose_cases_are_a_pointer_is_not_run(repo: GitRepository) -> None:
    repo.commit({**ALL, "evals/greet.cases.jsonl": POINTER})
    for command in ("eval --plan", "eval --plan --at HEAD"):
        result = _run(command)
        assert result.exit_code == 2
        assert "pointer of git-lfs" in result.output


def test_an_environment_that_is_a_pointer_is_an_error_and_is_not_written_over(repo: GitRepository) -> None:
    repo.commit(ALL)
    repo.commit({"environments/prod.yml": POINTER})
    for command in ("verify", "verify --at HEAD", "audit", "pin greet --env prod", "bundle --env prod --out x.bundle"):
        result = _run(command)
        assert result.exit_code == 2, command
        assert "pointer of git-lfs" in result.stderr
    assert (repo.root / "environments/prod.yml").read_text() == POINTER


def test_a_bundle_that_is_a_pointer_is_named_as_that(repo: GitRepository) -> None:
    file = repo.root / "prompts.bundle"
    file.write_text(POINTER)
    with pytest.raises(PromptopsError, match="pointer of git-lfs"):
        Prompts.from_bundle(file)
    assert "pointer of git-lfs" in _run("verify prompts.bundle").output
    assert _run("verify prompts.bundle").exit_code in (1, 2)


def test_an_application_that_reads_files_is_not_served_a_pointer(repo: GitRepository) -> None:
    write_files(repo.root, {**ALL, "prompts/greet.prompt.yml": POINTER})
    prompts = Prompts.from_worktree(repo.root, watch=False)
    with pytest.raises(PromptopsError, match="pointer of git-lfs"):
        prompts.get("greet")
    assert "legal/bye" in prompts


def test_what_a_text_says_of_lfs_is_a_text(repo: GitRepository) -> None:
    text = ALL["prompts/greet.prompt.yml"].replace("Hi", "version https://git-lfs.github.com/spec/v1")
    repo.commit({**ALL, "prompts/greet.prompt.yml": text})
    assert _run("render greet --at HEAD --set who=Ada").exit_code == 0
