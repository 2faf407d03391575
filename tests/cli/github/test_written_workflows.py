"""The commands of the workflows that `init` writes, run in their order in a checkout, as GitHub would."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.forge.artifact import RESULTS_ARTIFACT
from promptops.source.git.notes import REF
from promptops.workflows.init.scaffold import scaffold
from tests.conftest import GitRepository
from tests.github_server import GitHubServer
from tests.workflows.scene import Endpoint, files_for

BELOW = "services/bakery"


@pytest.fixture(params=["", BELOW], ids=["top", "folder"])
def checkout(request: pytest.FixtureRequest, tmp_path: Path, endpoint: Endpoint) -> Path:
    """A clone whose project, with the workflows of `init`, was pushed; the path of the project in it."""
    bare, repository = GitRepository(tmp_path / "remote.git", "--bare"), GitRepository(tmp_path / "clone")
    below: str = request.param
    project = repository.root / below
    repository.commit({f"{below}/{name}".lstrip("/"): text for name, text in files_for(endpoint.url).items()})
    scaffold(project, "1.2.3")
    repository.commit()
    repository.git("remote", "add", "origin", f"file://{bare.root}")
    repository.git("push", "--quiet", "origin", "HEAD:main")
    return project


def run_job(
    checkout: Path, name: str, event: str, github: GitHubServer, monkeypatch: pytest.MonkeyPatch, **payload: Any
) -> tuple[Result, ...]:
    """Run each `promptops github` step of a job, with the variables that the step is given."""
    top = checkout.parents[1] if checkout.name == "bakery" else checkout
    files = [yaml.load(path.read_text(), yaml.BaseLoader) for path in top.glob(".github/workflows/*.yml")]
    (job,) = (one["jobs"][name] for one in files if name in one["jobs"])
    said = github.description.events[event][0] | payload
    said["repository"] |= {"full_name": github.repository, "default_branch": "main"}
    path = top.parent / "event.json"
    path.write_text(json.dumps(said))
    folder = job.get("defaults", {}).get("run", {}).get("working-directory", "")
    monkeypatch.chdir(top / folder)
    results = []
    for step in job["steps"]:
        if "promptops github" not in step.get("run", "") or "cancelled() ||" in step.get("if", ""):
            continue
        given = {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REPOSITORY": github.repository,
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": github.token if "GITHUB_TOKEN" in step["env"] else "",
        }
        results.append(CliRunner().invoke(cli, shlex.split(step["run"].removeprefix("exec "))[1:], env=given))
    return tuple(results)


def test_a_push_leaves_its_results_as_a_note_at_the_remote(
    checkout: Path, endpoint: Endpoint, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = {"before": "0" * 40, "ref": "refs/heads/main"}
    done = run_job(checkout, "notes", "push", github, monkeypatch, **pushed)
    assert [one.exit_code for one in done] == [0, 0], [one.output for one in done]
    assert len(endpoint.asked) == 3
    top = checkout.parents[1] if checkout.name == "bakery" else checkout
    note = GitRepository(top).git(f"--git-dir={top.parent}/remote.git", "notes", f"--ref={REF}", "show", "main")
    assert '"suite":"greet"' in note
    assert github.requests == []


def test_the_night_asks_again_what_nothing_changed(
    checkout: Path, endpoint: Endpoint, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run_job(checkout, "drift", "workflow_dispatch", github, monkeypatch)
    assert [one.exit_code for one in done] == [0, 0], [one.output for one in done]
    assert len(endpoint.asked) == 3
    assert "noted at" in done[1].stdout


def test_a_pull_request_gets_its_comment_and_leaves_what_the_second_half_reads(
    checkout: Path, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = checkout.parents[1] if checkout.name == "bakery" else checkout
    repository = GitRepository(top)
    base = repository.git("rev-parse", "HEAD")
    prompt = checkout / "prompts" / "greet.prompt.yml"
    prompt.write_text(prompt.read_text().replace("Greet", "Greet kindly:"))
    head = repository.commit()
    pull = github.add_pull_request(7, head_sha=head, base_sha=base)
    (done,) = run_job(checkout, "check", "pull_request", github, monkeypatch, pull_request=pull)
    assert done.exit_code == 0, done.output
    (comment,) = github.comments.values()
    assert "greet" in comment["body"].lower()
    assert [path.name for path in (checkout / ".promptops" / "check").glob("*/results.json")] == ["results.json"]
    written = (top / ".github" / "workflows").glob("*prompts.yml")
    name = f"services-bakery-{RESULTS_ARTIFACT}" if checkout.name == "bakery" else RESULTS_ARTIFACT
    assert f"name: {name}\n" in next(written).read_text()
    second = next((top / ".github" / "workflows").glob("*prompts-comment.yml")).read_text()
    named = f" --project {BELOW} --artifact {name}" if checkout.name == "bakery" else ""
    assert f"run: promptops github label{named}\n" in second
    assert f'run: promptops github comment --run "$RUN_ID"{named}\n' in second
