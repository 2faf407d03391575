"""The workflows and hooks that `init` writes, held against GitHub's schema and an auditor of workflows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from promptops.store.reply_cache import FILE
from promptops.workflows.init.github import HOOKS, hooks_text, hooks_to_add, workflow_files
from promptops.workflows.init.models import LocalRuntime
from promptops.workflows.init.names import WORKFLOWS
from promptops.workflows.state_folder import STATE
from tests.action.expressions import fill, holds
from tests.conftest import write_files

ROOT = Path(__file__).parents[3]
VERSION = "1.2.3"
PLACES = ["", "services/bakery", "Our prompts/v2.0"]
_USES = re.compile(r"uses: (\S+@[0-9a-f]{40} # v[\d.]+)$", re.MULTILINE)
RIGHTS = {
    "check": {"actions": "read", "contents": "read", "pull-requests": "write"},
    "notes": {"contents": "write"},
    "comment": {"actions": "read", "contents": "read", "pull-requests": "write"},
    "label": {"actions": "read", "contents": "write", "pull-requests": "write"},
    "drift": {"contents": "write"},
    "propose": {"contents": "write", "pull-requests": "write"},
}


@pytest.mark.parametrize("below", PLACES)
def test_what_is_kept_between_runs_is_the_cache_that_runs_write(below: str) -> None:
    """The action cannot ask Python for the name, so it is held against it here."""
    kept = f"{STATE}/{FILE}"
    written = "".join(workflow_files(VERSION, "main", below).values())
    assert written.count(f'path: "{below}/{kept}"' if below else f'path: "{kept}"') >= 2
    action = (ROOT / "action.yml").read_text("utf-8")
    assert action.count(f"path: ${{{{ inputs.working-directory }}}}/{kept}\n") == 2


def loaded(below: str = "", **more: Any) -> dict[str, Any]:
    """Each workflow as GitHub reads it, by its name without the project's."""
    files = workflow_files(VERSION, more.pop("branch", "main"), below, **more)
    return {name: yaml.load(text, yaml.BaseLoader) for name, text in zip(WORKFLOWS, files.values(), strict=True)}


def steps(below: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step of every job, with the job's name."""
    for workflow in loaded(below).values():
        for name, job in workflow["jobs"].items():
            yield from ((name, step) for step in job["steps"])


@pytest.fixture(params=PLACES, ids=["top", "folder", "odd folder"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A repository with the workflows for one project."""
    write_files(tmp_path, workflow_files(VERSION, "main", request.param, ["MY_KEY"]))
    return tmp_path


def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment."""
    program = Path(sys.executable).parent / name
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_the_workflows_are_what_githubs_schema_allows(written: Path) -> None:
    files = sorted(written.rglob("*.yml"))
    assert len(files) == 4
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("persona", ["regular", "pedantic", "auditor"])
def test_zizmor_finds_nothing(written: Path, persona: str) -> None:
    done = tool("zizmor", "--offline", "--no-progress", f"--persona={persona}", written / ".github" / "workflows")
    assert done.returncode == 0, done.stdout


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    text = workflow_files(VERSION, "main")[".github/workflows/pin.yml"]
    write_files(tmp_path, {".github/workflows/pin.yml": text.replace('"$PROMPT"', "${{ inputs.prompt }}")})
    assert tool("zizmor", "--offline", "--no-progress", tmp_path / ".github" / "workflows").returncode > 0


@pytest.mark.parametrize("below", PLACES)
def test_no_placeholder_is_left(below: str) -> None:
    for text in [*workflow_files(VERSION, "main", below).values(), hooks_text(VERSION, below)]:
        assert "«" not in text
        assert all(len(line) <= 170 for line in text.splitlines())


def test_each_job_has_the_rights_it_needs_and_no_others() -> None:
    found = {name: job["permissions"] for one in loaded().values() for name, job in one["jobs"].items()}
    assert found == RIGHTS
    assert all(one["permissions"] == {} for one in loaded().values())


def test_every_job_ends_by_itself_and_every_workflow_has_a_group() -> None:
    for workflow in loaded().values():
        assert "group" in workflow["concurrency"]
        assert all(int(job["timeout-minutes"]) <= 60 for job in workflow["jobs"].values())


def test_actions_are_pinned_by_commit_as_this_repository_pins_them() -> None:
    text = "".join(workflow_files(VERSION, "main").values())
    uses = set(re.findall(r"uses: (.*)", text))
    assert all(re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in uses)
    ours = [ROOT / "action.yml", *(ROOT / ".github" / "workflows").glob("*.yml")]
    told = "".join(path.read_text("utf-8") for path in ours)
    pinned = dict(re.findall(r"uses: (actions/[\w/-]+)@([0-9a-f]{40})", told))
    assert len(pinned) >= 5
    for one in uses:
        action, _, commit = one.partition(" ")[0].partition("@")
        assert pinned.get(action, commit) == commit


@pytest.mark.parametrize("below", PLACES)
def test_nothing_of_an_event_is_pasted_into_a_script(below: str) -> None:
    assert not [step["run"] for _, step in steps(below) if "${{" in step.get("run", "")]


def test_no_checkout_keeps_the_token_and_the_privileged_half_checks_nothing_out() -> None:
    found = [(job, step["with"]) for job, step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert {job for job, _ in found} == {"check", "notes", "drift", "propose"}
    assert all(given["persist-credentials"] == "false" and given["fetch-depth"] == "0" for _, given in found)


def test_each_job_installs_exactly_the_release_that_wrote_it() -> None:
    for job in RIGHTS:
        (text,) = (step["run"] for name, step in steps() if name == job and "pip install" in step.get("run", ""))
        release, where, others = text.splitlines()
        assert release == f"python -I -m pip install --no-deps --only-binary :all: 'git-promptops=={VERSION}'"
        extra = ' -r "$lists/local.txt"' if job in ("check", "notes", "drift") else ""
        assert others.endswith(f'--require-hashes --only-binary :all: -r "$lists/base.txt" -r "$lists/eval.txt"{extra}')
        here = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        command = ["bash", "-c", f"{where}; ls $lists"]
        found = subprocess.run(command, env=here, capture_output=True, text=True, check=True)
        assert found.stdout.split() == ["base.txt", "eval.txt", "local.txt"]


def test_the_actions_that_people_get_are_those_that_are_kept_up_to_date_here() -> None:
    ours = {
        use
        for file in (ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml"))
        for use in _USES.findall(file.read_text("utf-8"))
    }
    for name, text in workflow_files(VERSION, "main").items():
        assert set(_USES.findall(text)) <= ours, f"{name} has another version of an action than .github/workflows"


def test_checks_in_python_get_their_namespaces_before_anything_is_evaluated() -> None:
    for job in ("check", "notes", "drift"):
        runs = [step.get("run", "") for name, step in steps() if name == job]
        (allowed,) = (place for place, run in enumerate(runs) if "sysctl" in run)
        (evaluated,) = (place for place, run in enumerate(runs) if "promptops github check" in run)
        assert allowed < evaluated
        assert runs[allowed] == "sudo -n sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 || true"


def test_keys_reach_only_the_steps_that_ask_models() -> None:
    files = workflow_files(VERSION, "main", keys=["MY_KEY", "bad key", "${{ x }}"])
    asking = [text for text in files.values() if "secrets." in text]
    assert [text.count("MY_KEY: ${{ secrets.MY_KEY }}") for text in asking] == [2, 1]
    assert not any("bad key" in text or "${{ x }}" in text for text in files.values())
    for job, step in steps():
        if "OPENAI_API_KEY" in step.get("env", {}):
            assert job in ("check", "notes", "drift")
            assert step["run"].removeprefix("exec ").startswith("promptops github check ")


@pytest.mark.parametrize("below", PLACES)
def test_the_last_step_ends_the_comment_of_a_check_that_was_cancelled_or_killed(below: str) -> None:
    mine = [step for job, step in steps(below) if job == "check"]
    (check,) = (step for step in mine if step.get("id") == "check")
    assert check["run"].startswith("exec promptops github check ")  # else the runner's signals reach the shell alone
    assert "cancelled()" in mine[-1]["if"]
    project = f" --project {shlex.quote(below)}" if below else ""
    assert mine[-1]["run"] == f"promptops github comment --cancelled{project}"


def test_the_second_half_hears_of_the_first_by_its_name() -> None:
    for below in PLACES:
        found = loaded(below)
        assert found["prompts-comment"]["on"]["workflow_run"]["workflows"] == [found["prompts"]["name"]]
        assert next(iter(workflow_files(VERSION, "main", below))).endswith(f"/{found['prompts']['name']}.yml")


def test_a_projects_folder_is_where_its_commands_run() -> None:
    below = "Our prompts/v2.0"
    for name, workflow in loaded(below).items():
        for job in workflow["jobs"].values():
            checks_out = name != "prompts-comment"
            assert (job.get("defaults", {}).get("run", {}).get("working-directory") == below) is checks_out
    paths = {step["with"]["path"] for _, step in steps(below) if "path" in step.get("with", {})}
    assert all(path.startswith((f"{below}/.promptops/", "~/")) for path in paths)
    commands = {job: step["run"] for job, step in steps(below) if "promptops github" in step.get("run", "")}
    kept = "our-prompts-v2-0-promptops-results"
    assert commands["label"] == f"promptops github label --project 'Our prompts/v2.0' --artifact {kept}"
    assert kept in {step["with"].get("name") for _, step in steps(below) if "with" in step}


def group_of(workflow: dict[str, Any], event: dict[str, Any]) -> str:
    """The concurrency group of a run that this payload started."""
    return fill(workflow["concurrency"]["group"], {"github": {"event": event, "sha": "abc", "run_id": 99}})


OWN = [None, "prompts.yml"]


@pytest.mark.parametrize("own", OWN)
def test_a_newer_commit_cancels_the_check_of_the_older_and_an_edited_title_cancels_none(own: str | None) -> None:
    text = (ROOT / ".github" / "workflows" / own).read_text("utf-8") if own else ""
    workflow = yaml.load(text, yaml.BaseLoader) if own else loaded()["prompts"]
    assert workflow["on"]["pull_request"]["types"] == [
        "opened", "synchronize", "reopened", "ready_for_review", "edited",
    ]  # fmt: skip
    pull: dict[str, Any] = {"pull_request": {"number": 7}}
    title, target = {"title": {"from": "a"}}, {"base": {"ref": {"from": "next"}}}
    for action in ("opened", "synchronize", "reopened", "ready_for_review"):
        assert group_of(workflow, {"action": action, **pull}) == "prompts-7"
    assert group_of(workflow, {"action": "edited", "changes": title | target, **pull}) == "prompts-7"
    for changes in (title, {"body": {"from": ""}}, {}):
        assert group_of(workflow, {"action": "edited", "changes": changes, **pull}) == "prompts-99"
    if own is None:  # each commit of a branch, and of a merge queue, by itself
        assert group_of(workflow, {"action": "checks_requested"}) == group_of(workflow, {}) == "prompts-abc"


def test_no_job_is_skipped_for_what_a_pull_request_s_event_says() -> None:
    """GitHub counts a job that was skipped as passed."""
    condition = loaded()["prompts"]["jobs"]["check"]["if"]
    for event in ({"action": "edited"}, {"pull_request": {"draft": True}}, {}):
        for name in ("pull_request", "merge_group"):
            assert holds(condition, {"github": {"event_name": name, "event": event}}, failed=False)


def test_a_merge_queue_is_checked_but_its_results_are_not_noted() -> None:
    workflow = loaded()["prompts"]
    assert "merge_group" in workflow["on"]
    assert "github.event_name == 'merge_group'" in workflow["jobs"]["check"]["if"]
    assert workflow["jobs"]["notes"]["if"] == "github.event_name == 'push'"


def test_a_machine_that_runs_no_model_gets_none() -> None:
    for machine, engine, model in (
        (LocalRuntime(False, False), 0, 0),
        (LocalRuntime(True, False), 3, 0),
        (LocalRuntime(), 3, 3),
    ):
        texts = workflow_files(VERSION, "main", machine=machine).values()
        assert sum(text.count("local.txt") for text in texts) == engine
        assert sum(text.count("promptops model pull") for text in texts) == model
        assert any("delete this file and run promptops init" in text for text in texts) is not (engine > 0)


def test_several_projects_share_no_file_and_no_group() -> None:
    found = [loaded(below) for below in PLACES]
    groups = [one["concurrency"]["group"] for each in found for one in each.values()]
    assert len(set(groups)) == len(groups)
    files = [name for below in PLACES for name in workflow_files(VERSION, "main", below)]
    assert len(set(files)) == len(files)


def test_replies_are_kept_wherever_a_model_was_asked_and_not_where_none_was() -> None:
    for name, step in steps():
        if step["name"] == "Keep the replies":
            for called, kept in (("0", False), ("3", True), ("unknown", True), ("", True)):
                context = {"steps": {"check": {"outputs": {"called": called}}}}
                assert holds(step["if"], context, failed=True) is kept, name
    ids = [
        step["id"]
        for _, step in steps()
        if step.get("run", "").removeprefix("exec ").startswith("promptops github check --") and "id" in step
    ]
    assert ids == ["check", "check"]


def test_every_command_that_a_workflow_runs_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from promptops.cli.github import COMMANDS

    said = {
        step["run"].removeprefix("exec ").split()[2] for _, step in steps() if "promptops github" in step.get("run", "")
    }
    assert said == {"check", "notes", "comment", "label", "pin"}
    assert said <= set(COMMANDS)


@pytest.mark.parametrize(
    ("below", "entry"), [("", "promptops lint --staged"), ("my app/b", "promptops lint --staged --project 'my app/b'")]
)
def test_the_hook_is_pinned_and_looks_at_everything_in_the_projects_folder(below: str, entry: str) -> None:
    (repo,) = yaml.safe_load(hooks_text(VERSION, below))["repos"]
    (hook,) = repo["hooks"]
    assert hook["additional_dependencies"] == [f"git-promptops=={VERSION}"]
    assert hook["entry"] == entry
    assert (hook["always_run"], hook["pass_filenames"]) == (True, False)
    assert not {"files", "exclude", "types", "types_or"} & hook.keys()
    assert "repos:\n" + hooks_to_add(VERSION, below) in hooks_text(VERSION, below)


def test_no_workflow_chooses_files_by_their_names() -> None:
    """Which ones count is said by the settings, and a check that must report must run."""
    for text in workflow_files(VERSION, "main").values():
        events = yaml.safe_load(text)[True]  # YAML 1.1 reads `on` so
        filters = [event for event in events.values() if isinstance(event, dict)] if isinstance(events, dict) else []
        assert not [event for event in filters if {"paths", "paths-ignore"} & event.keys()]


def test_pre_commit_takes_the_hooks(tmp_path: Path) -> None:
    (tmp_path / HOOKS).write_text(hooks_text(VERSION), "utf-8")
    done = tool("pre-commit", "validate-config", tmp_path / HOOKS)
    assert done.returncode == 0, done.stdout
