"""`promptops init`: a beginning that works at once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files
from tests.workflows.scene import answering, command

Run = Callable[..., Result]
INLINE = (
    "model: openai/m\nmessages: [{role: user, content: 'Hi {{x}}'}]\n"
    "testData: [{x: Ada}]\nevaluators: [{name: says it, string: {contains: Ada}}]\n"
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("init", …)` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(cli, list(args))


def test_files_go_to_stdout_and_the_next_steps_to_stderr(run: Run, tmp_path: Path) -> None:
    result = run("init", "my prömpts")
    assert result.exit_code == 0
    written = [line.removeprefix("  wrote  ") for line in result.stdout.splitlines()]
    assert "promptops.yml" in written
    assert ".github/workflows/prompts.yml" in written
    assert all((tmp_path / "my prömpts" / name).is_file() for name in written)
    assert "no problems in 1 prompt and 1 suite" in result.stderr
    for step in ("promptops model pull", "promptops eval", "git init -b main && git add -A && git commit"):
        assert step in result.stderr


def test_the_next_steps_can_be_pasted_whatever_the_folder_is_called(run: Run) -> None:
    assert "cd 'my prömpts' && " in run("init", "my prömpts").stderr


def test_here_needs_no_cd(run: Run) -> None:
    assert "cd " not in run("init").stderr


def test_what_it_writes_lints_clean_renders_and_evaluates(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GitRepository(tmp_path)
    assert run("init").exit_code == 0
    lint = run("lint")
    assert (lint.exit_code, lint.stdout) == (0, "no problems in 1 prompt and 1 suite\n")
    with answering() as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        result = run("eval", "--model", "openai/m")
    assert result.exit_code in (0, 1), result.stderr
    assert endpoint.asked
    assert "Traceback" not in result.output


def test_in_a_repository_the_files_that_were_written_are_named_for_git(run: Run, tmp_path: Path) -> None:
    repository = GitRepository(tmp_path)
    write_files(tmp_path, {"unrelated.txt": "not to be committed", ".github/other.txt": "nor this"})
    (line,) = (line for line in run("init", "app").stderr.splitlines() if "git add" in line)
    # What stands before it asks the model, which is not here.
    done = subprocess.run(line, cwd=tmp_path / "app", shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert repository.git("status", "--porcelain").splitlines() == ["?? .github/other.txt", "?? unrelated.txt"]


def test_a_second_time_everything_is_kept(run: Run, tmp_path: Path) -> None:
    run("init")
    (tmp_path / "promptops.yml").write_text("models: {}\n")
    result = run("init")
    assert result.exit_code == 0
    assert all(line.startswith("  kept   ") for line in result.stdout.splitlines())
    assert (tmp_path / "promptops.yml").read_text() == "models: {}\n"


def test_files_of_another_release_are_kept_with_what_to_do(run: Run, tmp_path: Path) -> None:
    run("init")
    path = tmp_path / ".github" / "workflows" / "pin.yml"
    path.write_text(path.read_text("utf-8").replace("promptops init 0.", "promptops init 9.", 1), "utf-8")
    (line,) = (line for line in run("init").stdout.splitlines() if "(" in line)
    assert line.startswith("  kept   .github/workflows/pin.yml  (written by promptops init 9.")


def test_prompts_of_githubs_format_need_no_more_than_their_key(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {".github/prompts/a.prompt.yml": INLINE})
    result = run("init")
    assert result.exit_code == 0
    assert "promptops model pull" not in result.stderr
    key, _, rest = result.stderr.partition("First put what your models ask for into the environment: OPENAI_API_KEY")
    assert "promptops eval" not in key
    assert "Next:\n  promptops eval\n" in rest
    assert "a secret of its own, under Settings → Secrets and variables → Actions: OPENAI_API_KEY" in rest
    for name in ("prompts", "prompts-nightly"):
        text = (tmp_path / ".github" / "workflows" / f"{name}.yml").read_text("utf-8")
        assert "git-promptops==" in text
        assert "promptops model pull" not in text
    with answering() as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        assert "First put" not in run("init").stderr
        assert run("eval").exit_code == 0
    assert endpoint.asked == ["Hi Ada"]


def test_prompts_without_a_suite_are_told_to_get_one(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {"prompts/a.prompt.yml": "messages: [{role: user, content: hi}]\nmodel: small\n"})
    result = run("init")
    assert "promptops eval" not in result.stderr
    assert "write a suite of cases for each prompt" in result.stderr


def test_settings_that_cannot_be_read_do_not_keep_the_rest_from_being_written(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {"promptops.yml": "models: ["})
    result = run("init")
    assert result.exit_code == 0
    assert (tmp_path / ".github" / "workflows" / "prompts.yml").is_file()
    assert "promptops.yml" in result.stderr
    assert "Next:\n  promptops lint     # says what to fix first\n  git init" in result.stderr


def test_two_prompts_of_one_name_do_not_keep_back_what_is_next(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {".github/prompts/a.prompt.yml": INLINE, "app/prompts/a.prompt.yml": INLINE})
    result = run("init")
    assert result.exit_code == 0
    assert "are both called 'a'" in result.stderr
    assert "Next:\n  promptops lint     # says what to fix first\n  git init" in result.stderr


def test_whose_name_to_put_into_the_example_is_said(run: Run, tmp_path: Path) -> None:
    line = "Put your name instead of @you in prompts/order-note.prompt.yml.\n"
    assert f"{line}Next:\n" in run("init").stderr
    assert line not in run("init").stderr


def test_a_workflow_of_ones_own_does_not_stand_for_ours(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {".github/workflows/prompts.yml": "on: push\njobs: {}\n"})
    result = run("init")
    assert "  wrote  .github/workflows/promptops.yml\n" in result.stdout
    assert "a workflow of your own called prompts, so the one written here is promptops.yml" in result.stderr
    assert "each pull request gets one comment" in result.stderr


def test_the_schemas_it_writes_are_current(run: Run) -> None:
    run("init")
    assert all(line.startswith("  current  ") for line in run("schema", "--write").stdout.splitlines())


def test_a_file_in_the_way_is_2(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path, {"taken": "x", "deep/prompts": "a file where a folder must be"})
    result = run("init", "taken")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "taken: this is a file" in result.stderr
    result = run("init", "deep")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a file is where a folder must be" in result.stderr
    assert os.listdir(tmp_path / "deep") == ["prompts"]


@pytest.mark.model
def test_followed_to_the_letter_it_ends_with_lint_and_eval_passing(tmp_path: Path, embedded_model: Path) -> None:
    """The lines below `Next:` are pasted into a shell, once where the model must be brought and once where it is."""
    cache = tmp_path / "cache"
    environment = {**os.environ, "PROMPTOPS_CACHE_DIR": str(cache)}

    def init(folder: str) -> subprocess.CompletedProcess[str]:
        line = command("init", folder)
        return subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)

    def follow(told: str) -> str:
        lines = [line.strip() for line in told.partition("Next:\n")[2].partition("\n\n")[0].splitlines()]
        script = "\n".join(["set -e", 'promptops() { "$PYTHON" -m promptops "$@"; }', *lines])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env={**environment, "PYTHON": command()[0]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    without = init("without")
    assert "promptops model pull" in without.stderr
    (cache / "models").mkdir(parents=True)
    (cache / "models" / embedded_model.name).symlink_to(embedded_model)
    assert "✅ one short line ≥ 50%:" in follow(without.stderr)
    having = init("with")
    assert "✅ one short line ≥ 50%:" in having.stderr
    assert "promptops eval" not in having.stderr.partition("Next:")[2]
    follow(having.stderr)
    for folder in ("with", "without"):
        repository = tmp_path / folder
        assert (
            subprocess.run(
                ["git", "status", "--porcelain"], cwd=repository, capture_output=True, text=True, check=True
            ).stdout
            == ""
        )
