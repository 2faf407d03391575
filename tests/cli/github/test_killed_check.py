"""A check that is cancelled or killed in a workflow's step: real processes, really signalled, as GitHub's runner does.

The runner signals the step's shell alone: SIGINT, after 7.5 seconds SIGTERM, after 2.5 more SIGKILL to all there is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
import yaml

from promptops.forge.comment_stamp import CommentStamp, add_stamp, read_stamp
from promptops.workflows.init.github import workflow_files
from tests.conftest import GitRepository
from tests.github_server import WORKFLOW_LOGIN, GitHubServer
from tests.providers.loopback import Behaviour
from tests.workflows.scene import POLITE, Endpoint, answering, environment, files_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the runner's shell is bash")
RUN, EARLIER = "4711", "d" * 40
STEPS = yaml.safe_load(workflow_files("1.2.3", "main")[".github/workflows/prompts.yml"])["jobs"]["check"]["steps"]


class Step:
    """The check's step in a job for pull request 7, which gets a signal while the third reply is on its way."""

    def __init__(self, folder: Path, github: GitHubServer) -> None:
        self.folder, self.github = folder, github
        self.signal: signal.Signals | None = None
        self.shell: subprocess.Popen[bytes] | None = None
        self.over = Event()
        self.asked = 0
        self.repo = GitRepository(folder / "work")

    def reply(self, text: str, count: int) -> str | Behaviour:
        self.asked += 1
        if self.asked == 3 and self.signal is not None:
            assert self.shell is not None
            self.shell.send_signal(self.signal)
            self.over.wait(60)  # until the process has ended
        return f"You said: {text}"

    def prepare(self, endpoint: Endpoint) -> None:
        self.repo.commit(files_for(endpoint.url, limits="{concurrency: 1}"))
        self.repo.git("switch", "--quiet", "--create", "work")
        head = self.repo.commit({"prompts/greet.prompt.yml": POLITE})
        pull = self.github.add_pull_request(7, head_sha=head, base_sha=self.repo.git("rev-parse", "main"))
        payload = {"pull_request": pull, "repository": {"full_name": self.github.repository}}
        (self.folder / "event.json").write_text(json.dumps(payload), "utf-8")

    def run(self, script: str, attempt: str = "1") -> tuple[int, str]:
        """Exit code and log of a step whose shell runs this."""
        file = self.folder / "script.sh"
        file.write_text(script, "utf-8")
        env = environment(
            GITHUB_API_URL=self.github.url,
            GITHUB_EVENT_NAME="pull_request",
            GITHUB_EVENT_PATH=str(self.folder / "event.json"),
            GITHUB_REPOSITORY=self.github.repository,
            GITHUB_RUN_ATTEMPT=attempt,
            GITHUB_RUN_ID=RUN,
            GITHUB_STEP_SUMMARY=str(self.folder / "summary.md"),
            GITHUB_TOKEN=self.github.token,
            PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        )
        self.shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
            cwd=self.repo.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            log, _ = self.shell.communicate(timeout=100)
        finally:
            self.over.set()
        return self.shell.returncode, log.decode()

    @property
    def comment(self) -> str:
        (body,) = self.github.bodies(7)
        return body


@pytest.fixture
def step(tmp_path: Path, github: GitHubServer) -> Iterator[Step]:
    step = Step(tmp_path, github)
    with answering(step.reply) as endpoint:
        step.prepare(endpoint)
        earlier = add_stamp("<!-- promptops -->\n### ✅ the earlier results", CommentStamp(4000, 1, EARLIER))
        github.add_comment(7, WORKFLOW_LOGIN, earlier)
        yield step


def check_script() -> str:
    (found,) = (one["run"] for one in STEPS if one.get("id") == "check")
    return str(found)


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_cancelled_check_says_so_at_once_and_keeps_the_earlier_results(step: Step, number: str) -> None:
    step.signal = signal.Signals[number]
    code, log = step.run(check_script())
    assert code == 130, log
    body = step.comment
    assert body.splitlines()[1] == "### ❔ Not measured: the check was interrupted"
    assert "it was cancelled at 2 of 6 replies; start the job again" in body
    assert "Evaluating" not in body
    assert "**Below: the results of an earlier commit, `ddddddd`.**\n\n### ✅ the earlier results" in body
    assert step.asked == 3  # nothing is asked after the signal
    writes = [request.body["body"] for request in step.github.requests if request.method in ("POST", "PATCH")]
    assert len([text for text in writes if "interrupted" in text]) == 1
    assert "cancelled at 2 of 6" in (step.folder / "summary.md").read_text("utf-8")


def test_a_killed_check_is_ended_by_the_jobs_last_step_and_the_next_attempt_cleans_up(step: Step) -> None:
    step.signal = signal.SIGKILL
    code, _ = step.run(check_script())
    assert code == -signal.SIGKILL
    assert "**Evaluating…** 0 of 6" in step.comment
    assert "### ✅ the earlier results" in step.comment

    last = STEPS[-1]
    assert last["if"] == "${{ (cancelled() || failure()) && steps.check.outcome != 'skipped' }}"
    code, log = step.run(last["run"])
    assert code == 0, log
    assert "It was cancelled at 0 of 6 replies" in step.comment
    assert "### ✅ the earlier results" in step.comment

    code, log = step.run(check_script(), attempt="2")
    assert code == 0, log
    assert ": greet\n" in step.comment
    assert "earlier" not in step.comment
    stamp = read_stamp(step.comment)
    assert stamp is not None
    assert (stamp.run, stamp.attempt, stamp.state) == (int(RUN), 2, "final")


def test_after_a_check_that_failed_by_itself_the_last_step_changes_nothing(step: Step) -> None:
    step.repo.commit({"prompts/broken.prompt.yml": "messages: 5\n"})
    step.github.pull_requests[7]["head"]["sha"] = step.repo.git("rev-parse", "HEAD")
    payload = json.loads((step.folder / "event.json").read_text("utf-8"))
    payload["pull_request"] = step.github.pull_requests[7]
    (step.folder / "event.json").write_text(json.dumps(payload), "utf-8")
    assert step.run(check_script())[0] in (1, 2)
    before = step.comment
    assert step.run(STEPS[-1]["run"])[0] == 0
    assert step.comment == before
