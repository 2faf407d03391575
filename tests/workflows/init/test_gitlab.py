"""What `init --forge gitlab` writes: a job that GitLab's own schema accepts, and nothing for GitHub."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.workflows.init.gitlab import PIPELINE, pipeline_files
from promptops.workflows.init.models import LocalRuntime
from promptops.workflows.init.scaffold import Scaffolded, scaffold
from tests.conftest import GitRepository, write_files

JOB = ".gitlab/promptops.yml"
INCLUDE = 'include:\n  - local: ".gitlab/promptops.yml"\n'
FOLDERS = ["", "services/my bakery", "@acme/x"]


def _job(below: str = "", **more: Any) -> dict[str, Any]:
    [path] = [name for name in pipeline_files("1.2.3", below, **more) if name != PIPELINE]
    [(_, job)] = yaml.safe_load(pipeline_files("1.2.3", below, **more)[path]).items()
    return dict(job)


def _names(scaffolded: Scaffolded) -> set[str]:
    return {path.relative_to(scaffolded.target.top).as_posix() for path in scaffolded.written}


@pytest.mark.parametrize("below", FOLDERS)
@pytest.mark.parametrize("machine", [LocalRuntime(), LocalRuntime(engine=False, model=False)])
def test_gitlabs_published_schema_accepts_the_files(tmp_path: Path, below: str, machine: LocalRuntime) -> None:
    texts = pipeline_files("1.2.3", below, machine=machine)
    write_files(tmp_path, texts)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
    done = subprocess.run([*command, *texts], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert not any("«" in text for text in texts.values())


@pytest.mark.parametrize("below", FOLDERS)
def test_every_line_of_the_job_is_shell(below: str) -> None:
    job = _job(below)
    for line in (*job["before_script"], *job["script"], *job["after_script"]):
        subprocess.run(["sh", "-n", "-c", line], check=True, timeout=30)


def test_the_job_checks_merge_requests_and_the_default_branch_with_the_whole_history() -> None:
    job = _job()
    assert [rule["if"] for rule in job["rules"]] == [
        '$CI_PIPELINE_SOURCE == "merge_request_event"',
        '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
    ]
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert job["script"][-1] == "promptops gitlab check --out .promptops/check"
    assert "git-promptops==1.2.3" in job["before_script"][0]
    assert '--require-hashes --only-binary :all: -r "$lists/base.txt" -r "$lists/eval.txt"' in job["before_script"][0]
    reports = {"junit": ".promptops/check/*/junit.xml", "codequality": "code-quality.json"}
    assert job["artifacts"]["reports"] == reports
    assert job["artifacts"]["when"] == "always"


def test_a_project_in_a_folder_has_a_job_and_files_of_its_own() -> None:
    job = _job("services/my bakery")
    assert job["variables"]["PROMPTOPS_FOLDER"] == "services/my bakery"
    assert job["before_script"][1] == 'cd "$CI_PROJECT_DIR/$PROMPTOPS_FOLDER"'
    assert job["artifacts"]["paths"] == ["services/my bakery/.promptops/check/"]
    assert set(pipeline_files("1.2.3", "services/my bakery")) == {".gitlab/services-my-bakery-promptops.yml", PIPELINE}


def test_the_embedded_model_is_brought_only_where_something_asks_it() -> None:
    assert "promptops model pull" in _job(machine=LocalRuntime())["before_script"][-1]
    without = _job(machine=LocalRuntime(engine=False, model=False))["before_script"]
    assert len(without) == 1
    assert "local.txt" not in without[0]


def test_no_file_for_github_is_written(tmp_path: Path) -> None:
    scaffolded = scaffold(GitRepository(tmp_path / "r").root, "1.2.3", forge="gitlab")
    names = _names(scaffolded)
    assert {JOB, PIPELINE, ".pre-commit-config.yaml", ".gitlab/schemas/prompt.schema.json"} <= names
    assert not any(name.startswith(".github") for name in names)
    assert scaffolded.comments
    for name in ("promptops.yml", "prompts/order-note.prompt.yml", "evals/order-note.eval.yml"):
        line = (scaffolded.target.folder / name).read_text("utf-8").splitlines()[0]
        place = line.partition("$schema=")[2]
        assert ((scaffolded.target.folder / name).parent / place).is_file(), line


def test_a_pipeline_of_ones_own_is_left_alone_and_the_line_to_add_is_said(tmp_path: Path) -> None:
    repo, own = GitRepository(tmp_path / "r"), "stages: [test]\n"
    write_files(repo.root, {PIPELINE: own})
    scaffolded = scaffold(repo.root, "1.2.3")  # what is there says that it is GitLab's
    assert scaffolded.forge == "gitlab"
    assert (repo.root / PIPELINE).read_text("utf-8") == own
    [note] = [note for note in scaffolded.notes if PIPELINE in note]
    assert note.endswith(INCLUDE.rstrip())
    write_files(repo.root, {PIPELINE: own + INCLUDE})
    assert not any(PIPELINE in note for note in scaffold(repo.root, "1.2.3").notes)


def test_a_second_init_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    root = GitRepository(tmp_path / "r").root
    scaffold(root, "1.2.3", forge="gitlab")
    (root / JOB).unlink()
    assert _names(scaffold(root, "1.2.3")) == {JOB}
    assert not (root / ".github").exists()


def test_the_next_steps_name_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GitRepository(tmp_path / "r").root)
    result = CliRunner().invoke(cli, ["init", "--forge", "gitlab"])
    assert result.exit_code == 0, result.output
    assert "each merge request gets one note" in result.stderr
    assert "PROMPTOPS_GITLAB_TOKEN is a project access token" in result.stderr
    assert "GitHub" not in result.output
    renewed = CliRunner().invoke(cli, ["schema", "--write"])
    assert "current  .gitlab/schemas/prompt.schema.json" in renewed.stdout
