"""What people choose of the workflows: runners, Enterprise Server, one workflow that many repositories follow."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.errors import EvalError
from promptops.workflows.init.github import workflow_files
from promptops.workflows.init.names import WORKFLOWS
from promptops.workflows.init.reusable import REUSABLE, reusable_text
from promptops.workflows.init.workflow_options import DEFAULTS, WorkflowOptions, check_options
from tests.action.expressions import fill
from tests.conftest import GitRepository, write_files
from tests.workflows.init.test_github import RIGHTS, ROOT, tool

FOLLOWED = "acme/flows/.github/workflows/prompts-reusable.yml@" + "a" * 40
OWN = ROOT / ".github" / "workflows" / REUSABLE
MAKE = "promptops init --reusable, in an empty repository, writes it anew"
OPTIONS = {
    "a runner": WorkflowOptions(("prompt-runners",)),
    "several labels": WorkflowOptions(("self-hosted", "linux", "gpu 1")),
    "Enterprise Server": WorkflowOptions(enterprise_server=True),
    "one that is followed": WorkflowOptions(follows=FOLLOWED),
    "all": WorkflowOptions(("self-hosted",), True, FOLLOWED),
}


def loaded(options: WorkflowOptions = DEFAULTS, below: str = "", *keys: str) -> dict[str, Any]:
    """Each workflow as GitHub reads it, by its name without the project's."""
    files = workflow_files("1.2.3", "main", below, keys, options=options)
    return {name: yaml.load(text, yaml.BaseLoader) for name, text in zip(WORKFLOWS, files.values(), strict=True)}


def reusable(options: WorkflowOptions = DEFAULTS) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(reusable_text(options), yaml.BaseLoader)
    return found


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("below", ["", "Our prompts/v2.0"])
def test_whatever_is_chosen_the_workflows_hold_before_schema_and_auditor(name: str, below: str, tmp_path: Path) -> None:
    options = check_options(OPTIONS[name])
    files = workflow_files("1.2.3", "main", below, ["MY_KEY"], options=options)
    files[f".github/workflows/{REUSABLE}"] = reusable_text(options)
    write_files(tmp_path, files)
    assert not [name for name, text in files.items() if "«" in text]
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *sorted(tmp_path.rglob("*.yml")))
    assert done.returncode == 0, done.stdout
    done = tool("zizmor", "--offline", "--no-progress", "--persona=auditor", tmp_path / ".github" / "workflows")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("labels", "runs_on"), [(("big",), "big"), (("self-hosted", "linux"), ["self-hosted", "linux"]), (("a b",), "a b")]
)
def test_every_job_runs_where_it_was_asked_to(labels: tuple[str, ...], runs_on: str | list[str]) -> None:
    for workflow in loaded(WorkflowOptions(labels)).values():
        assert {json.dumps(job["runs-on"]) for job in workflow["jobs"].values()} == {json.dumps(runs_on)}


@pytest.mark.parametrize("label", ["", " x", "a\nb", "${{ secrets.X }}", "[a]", "x" * 101, "a'b", 'a"b'])
def test_what_is_no_label_is_refused(label: str) -> None:
    with pytest.raises(EvalError, match="is not a runner's label"):
        check_options(WorkflowOptions((label,)))


@pytest.mark.parametrize(
    ("follows", "why"),
    [
        ("acme/flows/.github/workflows/p.yml@v1", "which commit is followed"),
        ("acme/flows/.github/workflows/p.yml@main", "which commit is followed"),
        ("acme/flows/.github/workflows/p.yml@" + "a" * 39, "which commit is followed"),
        ("acme/flows/.github/workflows/p.yml", "which commit is followed"),
        ("acme/flows/p.yml@" + "a" * 40, "names no workflow"),
        ("acme/flows@" + "a" * 40, "names no workflow"),
        ("./.github/workflows/p.yml", "names no workflow"),
        ("${{ x }}/f/.github/workflows/p.yml@" + "a" * 40, "names no workflow"),
        ("a/b/.github/workflows/p.yml@" + "a" * 40 + "\n  x: y", "names no workflow|which commit"),
    ],
)
def test_only_a_commit_is_followed(follows: str, why: str) -> None:
    with pytest.raises(EvalError, match=why):
        check_options(WorkflowOptions(follows=follows))


def test_enterprise_server_gets_the_artifacts_that_it_takes_and_github_never_sees_them() -> None:
    for enterprise in (False, True):
        texts = workflow_files("1.2.3", "main", options=WorkflowOptions(enterprise_server=enterprise)).values()
        text = "".join([*texts, reusable_text(WorkflowOptions(enterprise_server=enterprise))])
        versions = set(re.findall(r"actions/upload-artifact@[0-9a-f]{40} # v(\d+)\.", text))
        assert versions == {"3"} if enterprise else versions == {"7"}
        assert ("overwrite:" in text) is not enterprise
        assert text.count("include-hidden-files: true") == text.count("actions/upload-artifact@")


def test_a_followed_workflow_is_called_with_all_that_this_repository_chose() -> None:
    options = WorkflowOptions(("self-hosted", "linux"), follows=FOLLOWED)
    own, below = "services/bakery", "services-bakery-"
    workflow = loaded(options, own, "MY_KEY", "bad key")["prompts"]
    (job,) = workflow["jobs"].values()
    assert job["uses"] == FOLLOWED
    assert job["with"] == {
        "version": "1.2.3",
        "project": own,
        "artifact": f"{below}promptops",
        "runs-on": '["self-hosted", "linux"]',
        "embedded-model": "true",
    }
    assert job["secrets"] == {
        "OPENAI_API_KEY": "${{ secrets.OPENAI_API_KEY }}",
        "keys": "MY_KEY=${{ secrets.MY_KEY }}\n",
    }
    alone = loaded(DEFAULTS, own)["prompts"]
    assert all(workflow[part] == alone[part] for part in ("name", "on", "permissions", "concurrency"))
    assert set(job["with"]) <= set(reusable()["on"]["workflow_call"]["inputs"])
    assert set(job["secrets"]) <= set(reusable()["on"]["workflow_call"]["secrets"])


def test_a_caller_grants_what_the_called_jobs_take_and_no_more() -> None:
    (caller,) = loaded(WorkflowOptions(follows=FOLLOWED))["prompts"]["jobs"].values()
    called = {name: job["permissions"] for name, job in reusable()["jobs"].items()}
    assert called == {name: RIGHTS[name] for name in ("check", "notes")}
    wanted = [(right, much) for rights in called.values() for right, much in rights.items()]
    assert caller["permissions"] == dict(sorted(wanted, key=lambda one: one[1] == "write"))


def test_the_called_workflow_does_what_the_written_one_does() -> None:
    written, called = loaded()["prompts"]["jobs"], reusable()["jobs"]
    assert list(written) == list(called)
    for name, job in written.items():
        assert job["if"] == called[name]["if"]
        assert [step["name"] for step in job["steps"]] == [step["name"] for step in called[name]["steps"]]
        uses = [step.get("uses") for step in job["steps"]]
        assert uses == [step.get("uses") for step in called[name]["steps"]]
    assert "concurrency" not in reusable()  # it would be the caller's own group, and wait for itself


@pytest.mark.parametrize(
    ("given", "runs_on"), [("ubuntu-latest", "ubuntu-latest"), ('["self-hosted", "linux"]', '["self-hosted", "linux"]')]
)
def test_one_label_or_several_reach_the_called_jobs(given: str, runs_on: str) -> None:
    for job in reusable()["jobs"].values():
        assert fill(job["runs-on"], {"inputs": {"runs-on": given}}) == runs_on


def test_nothing_of_a_caller_becomes_a_part_of_a_script() -> None:
    for job in reusable()["jobs"].values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


@pytest.mark.parametrize("name", ["check", "notes"])
def test_keys_of_any_name_reach_the_command_and_no_line_can_be_more_than_a_key(name: str, tmp_path: Path) -> None:
    (step,) = (one for one in reusable()["jobs"][name]["steps"] if one.get("id") == "check")
    (tmp_path / "promptops").write_text("#!/bin/sh\nenv\n", "utf-8")
    (tmp_path / "promptops").chmod(0o755)
    keys = "MY_KEY=a=b c\nOTHER=$(touch hacked)\n9=x\nodd name=x\n\n=x\nLAST=z"
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "KEYS": keys}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert (seen["MY_KEY"], seen["OTHER"], seen["LAST"]) == ("a=b c", "$(touch hacked)", "z")
    assert not {"KEYS", "9", "odd name"} & set(seen)
    assert not (tmp_path / "hacked").exists()
    assert set(step["env"]) >= {"KEYS", "OPENAI_API_KEY"}


def test_the_workflow_that_is_shipped_here_is_the_one_that_init_writes() -> None:
    assert OWN.read_text("utf-8") == reusable_text(DEFAULTS), MAKE


def test_init_writes_the_workflow_that_others_follow_and_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GitRepository(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["init", "--reusable"])
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.rglob("*.yml")] == [REUSABLE]
    assert f"promptops init --workflow OWNER/REPO/.github/workflows/{REUSABLE}@COMMIT" in done.stderr
    assert "kept" in CliRunner().invoke(cli, ["init", "--reusable"]).stdout


def test_init_follows_a_workflow_and_runs_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    GitRepository(tmp_path)
    monkeypatch.chdir(tmp_path)
    options = ["--workflow", FOLLOWED, "--runner", "self-hosted", "--runner", "linux", "--enterprise-server"]
    assert CliRunner().invoke(cli, ["init", *options]).exit_code == 0
    folder = tmp_path / ".github" / "workflows"
    assert f"uses: {FOLLOWED}\n" in (folder / "prompts.yml").read_text("utf-8")
    night = (folder / "prompts-nightly.yml").read_text("utf-8")
    assert 'runs-on: ["self-hosted", "linux"]' in night
    assert "# v3.2.2" in night
    refused = CliRunner().invoke(cli, ["init", "--workflow", "acme/flows/.github/workflows/p.yml@main"])
    assert refused.exit_code == 2
    assert "a branch or a tag can be moved" in refused.stderr
