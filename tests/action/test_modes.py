"""The action's other modes: they check nothing out, restore nothing, and speak of the project's folder by its name."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from promptops.forge.artifact import RESULTS_ARTIFACT
from promptops.report.comment.mending.mend import NO_KEYS
from promptops.source.git.notes import REF
from tests.action.hub import Hub, project, run
from tests.action.runner import Job
from tests.workflows.scene import POLITE, Endpoint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs on the runner's path are shell scripts")
PROMPT, RUN = "prompts/greet.prompt.yml", 99


def packed(files: Mapping[str, bytes]) -> bytes:
    """The artifact as GitHub keeps it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def without_checkout(hub: Hub, name: str, **event: Any) -> Job:
    """A job whose work folder is empty."""
    found = hub.job(name, {"repository": {"full_name": hub.server.repository}, **event}, "refs/heads/main")
    empty = found.workspace.parent / "empty"
    empty.mkdir()
    return replace(found, workspace=empty)


@pytest.mark.parametrize("folder", ["", "apps/one"])
def test_what_a_forks_check_left_becomes_its_comment_without_a_checkout(
    hub: Hub, endpoint: Endpoint, folder: str
) -> None:
    below = f"{folder}/" if folder else ""
    hub.upstream.commit({f"{below}{name}": text for name, text in project(endpoint.url, ["greet"]).items()})
    pull = hub.pull({f"{below}{PROMPT}": POLITE}, fork="mallory/prompts")
    first = hub.check(pull)
    name = "one" if folder else "promptops"
    assert not run(first, working_directory=folder or ".", artifact=name).failed
    assert hub.server.bodies(7) == []
    hub.server.add_run(RUN, head_sha=pull.head, head_branch="work", head_repository="mallory/prompts")
    assert (f"{name}-results" == RESULTS_ARTIFACT) is not bool(folder)
    hub.server.add_artifact(RUN, f"{name}-results", packed(first.kept.artifacts[f"{name}-results"]))
    hub.server.merge_bases[pull.head, pull.merge] = pull.head
    second = without_checkout(hub, "workflow_run", workflow_run={"id": RUN})
    ran = run(second, mode="comment", working_directory=folder or ".", artifact=name)
    assert not ran.failed, ran.log
    [comment] = hub.server.bodies(7)
    assert comment.startswith(f"<!-- promptops:{folder} -->" if folder else "<!-- promptops -->")
    assert "“greet”" in comment


def test_a_comment_is_looked_at_without_a_checkout(hub: Hub) -> None:
    [event] = [one for one in hub.server.description.events["issue_comment"] if one["action"] == "created"][:1]
    ran = run(
        without_checkout(hub, "issue_comment", **event), mode="label", working_directory="apps/one", artifact="one"
    )
    assert not ran.failed, ran.log
    assert "promptops github label --project apps/one --artifact one-results" in ran.calls
    assert "this event asks for nothing" in ran.log


def test_notes_of_what_the_same_job_checked_are_pushed(hub: Hub) -> None:
    before = hub.upstream.git("rev-parse", "main")
    after = hub.upstream.commit({PROMPT: POLITE})
    job = hub.job("push", hub.push(before, after), "refs/heads/main")
    assert not run(job).failed
    ran = run(_next(job), mode="notes")
    assert not ran.failed, ran.log
    assert "pushed to origin" in ran.log
    assert '"suite":"greet"' in hub.upstream.git("notes", f"--ref={REF}", "show", after)


def test_where_nothing_was_evaluated_nothing_is_noted(hub: Hub) -> None:
    ran = run(hub.job("push", hub.push("0" * 40, "0" * 40), "refs/heads/main"), mode="notes")
    assert not ran.failed, ran.log
    assert "nothing to note" in ran.log


def test_a_fork_whose_model_needs_a_key_gets_a_comment_that_says_what_helps(hub: Hub) -> None:
    keyed = "model: m, apiKeyEnv: FAR_KEY,"
    files = project("https://models.example/v1", ["greet"])
    hub.upstream.commit(files | {"promptops.yml": str(files["promptops.yml"]).replace("model: m,", keyed)})
    pull = hub.pull({PROMPT: POLITE}, fork="mallory/prompts")
    first = hub.check(pull)
    assert run(first).failed
    assert sorted(first.kept.artifacts) == ["promptops-check"]  # nothing was evaluated, so there is no page to read
    hub.server.add_run(RUN, head_sha=pull.head, head_branch="work", head_repository="mallory/prompts")
    hub.server.add_artifact(RUN, "promptops-check", packed(first.kept.artifacts["promptops-check"]))
    ran = run(without_checkout(hub, "workflow_run", workflow_run={"id": RUN}), mode="comment")
    assert not ran.failed, ran.log
    [comment] = hub.server.bodies(7)
    assert "`greet` was not evaluated: its model needs a key" in comment
    assert NO_KEYS in comment
    assert "**Lint:** no problems in 1 prompt and 1 suite." in comment


@pytest.mark.parametrize("mode", ["comment", "label", "notes"])
def test_the_other_modes_restore_and_keep_nothing(hub: Hub, mode: str) -> None:
    hub.upstream.commit({"promptops.yml": "models: {small: {provider: local}}\n"})
    job = hub.job("workflow_run", {"workflow_run": {"id": RUN}}, "refs/heads/main")
    ran = run(job, mode=mode)
    assert not any("github check" in call or "model pull" in call or "[local]" in call for call in ran.calls)
    assert not job.kept.artifacts
    assert not job.kept.caches


def _next(job: Job) -> Job:
    """The job's next step with this action."""
    temp = job.temp.parent / "next"
    temp.mkdir()
    return replace(job, temp=temp)
