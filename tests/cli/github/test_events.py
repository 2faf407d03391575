"""Which events measure: an edited title repeats the last verdict, a changed target branch measures, a draft waits."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.workflows.check import earlier_check
from tests.conftest import GitRepository, write_files
from tests.github_server import GitHubServer, Reply
from tests.workflows.scene import GREET, POLITE, Endpoint, files_for

REAL, EDIT = 41, 42
FAILING = "prompt: greet\ntestData: [{id: ada, who: Ada}]\nevaluators: [{name: own, string: {equals: 'no'}}]\n"
FAILING += "gates: {own: {atLeast: 0.9}}\n"


class Scene:
    """A pull request from the checked-out branch, and its runs on GitHub."""

    def __init__(self, repo: GitRepository, github: GitHubServer, endpoint: Endpoint) -> None:
        self.repo, self.github, self.endpoint = repo, github, endpoint
        self.folder = repo.root.parent

    def run(self, number: int, action: str, attempt: int = 1, base: str = "main", **more: Any) -> Result:
        """A run of the workflow, from its start to its end, with what it leaves."""
        head = self.repo.git("rev-parse", "HEAD")
        if 7 not in self.github.pull_requests:
            self.github.add_pull_request(7, head_sha=head, base_sha=self.repo.git("rev-parse", base))
        pull = self.github.pull_requests[7]
        pull["head"]["sha"] = head
        pull["base"] |= {"sha": self.repo.git("rev-parse", base), "ref": base}
        pull["draft"] = more.pop("draft", False)
        if number not in self.github.runs:
            self.github.add_run(number, head_sha=head, conclusion=None)
        payload = {"action": action, "pull_request": pull, "repository": {"full_name": self.github.repository}, **more}
        (self.folder / "event.json").write_text(json.dumps(payload), "utf-8")
        for name in ("summary.md", "output"):
            (self.folder / name).unlink(missing_ok=True)
        environment = {
            "GITHUB_API_URL": self.github.url,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_RUN_ID": str(number),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_TOKEN": self.github.token,
        }
        done = CliRunner().invoke(cli, ["github", "check"], env=environment)
        self.end(number, "failure" if done.exit_code else "success")
        self.keep(number)
        return done

    def end(self, number: int, conclusion: str) -> None:
        self.github.runs[number] |= {"conclusion": conclusion, "status": "completed"}

    def keep(self, number: int, **changes: Any) -> None:
        """What the workflow's next step uploads; the job's disk is gone then."""
        path = self.repo.root / ".promptops" / "check" / "check.json"
        if path.exists():
            zipped = io.BytesIO()
            with zipfile.ZipFile(zipped, "w") as archive:
                archive.writestr("check.json", json.dumps(json.loads(path.read_text("utf-8")) | changes))
            self.github.add_artifact(number, "promptops-check", zipped.getvalue())
            path.unlink()

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text("utf-8")

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text("utf-8")


@pytest.fixture
def scene(tmp_path: Path, endpoint: Endpoint, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> Scene:
    repo = GitRepository(tmp_path / "work")
    repo.commit(files_for(endpoint.url))
    repo.git("branch", "next")
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"prompts/greet.prompt.yml": POLITE})
    monkeypatch.chdir(repo.root)
    monkeypatch.setattr(earlier_check, "_PAUSE", 0.0)
    return Scene(repo, github, endpoint)


TITLE: dict[str, Any] = {"changes": {"title": {"from": "An older title"}}}
TEXT: dict[str, Any] = {"changes": {"body": {"from": "Older words"}}}
BASE: dict[str, Any] = {"changes": {"base": {"ref": {"from": "next"}, "sha": {"from": "c" * 40}}}}


@pytest.mark.parametrize("changes", [TITLE, TEXT, {"changes": {}}, {}])
def test_an_edited_title_or_text_ends_as_the_last_check_did_and_asks_no_model(
    scene: Scene, changes: dict[str, Any]
) -> None:
    assert scene.run(REAL, "opened").exit_code == 0
    asked, comments = len(scene.endpoint.asked), dict(scene.github.comments)
    done = scene.run(EDIT, "edited", **changes)
    assert done.exit_code == 0, done.output
    assert len(scene.endpoint.asked) == asked
    assert scene.github.comments == comments
    assert "**no difference seen**" in scene.summary
    assert scene.github.runs[REAL]["html_url"] in scene.summary
    assert "no-difference" in scene.output
    assert "check.json" in scene.output


def test_a_failed_check_stays_failed_when_the_title_is_edited_however_often(scene: Scene) -> None:
    scene.repo.commit({"evals/greet.eval.yml": FAILING})
    first = scene.run(REAL, "opened")
    assert first.exit_code == 1
    asked = len(scene.endpoint.asked)
    assert scene.run(EDIT, "edited", **TITLE).exit_code == 1
    del scene.github.artifacts[min(scene.github.artifacts)]  # the first one's have expired
    assert scene.run(EDIT + 1, "edited", **TITLE).exit_code == 1
    assert len(scene.endpoint.asked) == asked
    assert "**blocked**" in scene.summary


def test_another_target_branch_is_measured_and_its_verdict_is_not_the_other_s(scene: Scene) -> None:
    scene.repo.git("switch", "--quiet", "next")
    scene.repo.commit({"prompts/greet.prompt.yml": GREET.replace("Greet", "Say hello to")})
    scene.repo.git("switch", "--quiet", "work")
    scene.run(REAL, "opened")
    done = scene.run(EDIT, "edited", base="next", **(TITLE | BASE))
    assert done.exit_code == 0, done.output
    assert "compared with" in done.stderr
    [comment] = scene.github.bodies(7)
    assert "next" in comment
    asked = len(scene.endpoint.asked)
    done = scene.run(EDIT + 1, "edited", base="next", **TITLE)
    assert len(scene.endpoint.asked) == asked
    assert scene.github.runs[EDIT]["html_url"] in scene.summary


def test_a_title_that_is_edited_while_the_check_runs_waits_for_its_verdict(scene: Scene) -> None:
    scene.repo.commit({"evals/greet.eval.yml": FAILING})
    scene.run(REAL, "opened")
    scene.github.runs[REAL] |= {"conclusion": None, "status": "in_progress"}
    looked = 0

    def later() -> Reply | None:
        nonlocal looked
        looked += 1
        if looked == 3:
            scene.end(REAL, "failure")
        return None

    scene.github.fail("GET", "/actions/runs$", later, times=3)
    asked = len(scene.endpoint.asked)
    assert scene.run(EDIT, "edited", **TITLE).exit_code == 1
    assert (looked, len(scene.endpoint.asked)) == (3, asked)


def test_a_check_that_does_not_end_leaves_the_edit_s_run_unmeasured(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier_check, "PATIENCE", 0.0)
    scene.run(REAL, "opened")
    scene.github.runs[REAL] |= {"conclusion": None, "status": "in_progress"}
    asked = len(scene.endpoint.asked)
    done = scene.run(EDIT, "edited", **TITLE)
    assert done.exit_code == 2
    assert "the check of this version is still under way. run this job again when it has ended" in done.stderr
    assert "not-measured" in scene.output
    assert len(scene.endpoint.asked) == asked


@pytest.mark.parametrize("conclusion", ["cancelled", "action_required", "timed_out"])
def test_without_a_check_that_ended_the_edit_s_run_measures(scene: Scene, conclusion: str) -> None:
    scene.run(REAL, "opened")
    scene.end(REAL, conclusion)
    scene.run(EDIT, "edited", **TITLE)
    assert "title or text was edited" not in scene.summary
    assert len(scene.github.bodies(7)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"head": "c" * 40},
        {"base": "c" * 40},
        {"verdict": "splendid"},
        {"exit_code": 7},
        {"exit_code": False},
        {"format": "promptops-check/0"},
        {"head": 1},
        {"repeats": -1},
        {"deferred": ["greet"]},
        {"deferred": "greet"},
    ],
)
def test_what_is_not_this_check_s_last_word_is_not_repeated(scene: Scene, changes: dict[str, Any]) -> None:
    scene.run(REAL, "opened")
    (artifact,) = scene.github.artifacts
    data = json.loads(zipfile.ZipFile(io.BytesIO(scene.github.zips[artifact])).read("check.json"))
    write_files(scene.repo.root, {".promptops/check/check.json": json.dumps(data | changes)})
    scene.github.artifacts.clear()
    scene.keep(REAL)
    scene.run(EDIT, "edited", **TITLE)
    assert "title or text was edited" not in scene.summary


@pytest.mark.parametrize("of", ["another workflow", "a fork", "a later run"])
def test_only_earlier_runs_of_the_same_workflow_and_repository_count(scene: Scene, of: str) -> None:
    number = EDIT + 5 if of == "a later run" else REAL
    scene.run(number, "opened")
    run = scene.github.runs[number]
    if of == "another workflow":
        run["workflow_id"] += 1
    elif of == "a fork":
        run["head_repository"]["full_name"] = "mallory/prompts"
    scene.run(EDIT, "edited", **TITLE)
    assert "title or text was edited" not in scene.summary


def test_whoever_runs_the_edit_s_job_again_asks_for_a_measurement(scene: Scene) -> None:
    scene.run(REAL, "opened")
    scene.run(EDIT, "edited", attempt=2, **TITLE)
    assert "title or text was edited" not in scene.summary


def test_a_newer_commit_has_a_check_of_its_own(scene: Scene) -> None:
    scene.run(REAL, "opened")
    scene.end(REAL, "cancelled")
    asked = len(scene.endpoint.asked)

    def pushed() -> Reply | None:
        scene.github.pull_requests[7]["head"]["sha"] = "e" * 40
        return None

    scene.github.fail("GET", "/pulls/7$", pushed)
    done = scene.run(EDIT, "edited", **TITLE)
    assert done.exit_code == 2
    assert "the pull request has a newer commit, whose own check says what it does" in done.stderr
    assert len(scene.endpoint.asked) == asked


def test_where_github_does_not_tell_the_edit_s_run_measures(scene: Scene) -> None:
    scene.run(REAL, "opened")
    scene.github.fail("GET", f"/actions/runs/{EDIT}$", Reply(404, {"message": "Not Found"}))
    done = scene.run(EDIT, "edited", **TITLE)
    assert "the last check of this version cannot be looked up" in done.stderr
    assert done.exit_code == 0


def test_a_draft_is_linted_and_not_measured_until_it_is_ready(scene: Scene) -> None:
    done = scene.run(REAL, "opened", draft=True)
    assert done.exit_code == 2, done.output
    assert scene.endpoint.asked == []
    [comment] = scene.github.bodies(7)
    assert comment.splitlines()[1:3] == ["### ❔ Not measured: this pull request is a draft", ""]
    assert "No model was asked yet for `greet`." in comment
    assert "*Ready for review*" in comment
    assert "**Lint:** no problems in 1 prompt and 1 suite." in comment
    assert "verdict: not-measured" in done.stderr
    assert "othing was evaluated" not in comment
    asked = len(scene.endpoint.asked)
    assert scene.run(EDIT, "edited", draft=True, **TITLE).exit_code == 2
    assert len(scene.endpoint.asked) == asked
    done = scene.run(EDIT + 1, "ready_for_review")
    assert done.exit_code == 0, done.output
    assert len(scene.endpoint.asked) == 6
    [comment] = scene.github.bodies(7)
    assert "draft" not in comment


def test_a_title_edited_once_a_draft_is_ready_does_not_repeat_the_draft_s_verdict(scene: Scene) -> None:
    scene.run(REAL, "opened", draft=True)
    assert scene.run(EDIT, "edited", **TITLE).exit_code == 0
    assert len(scene.endpoint.asked) == 6


def test_whoever_runs_a_draft_s_job_again_asks_for_its_measurement(scene: Scene) -> None:
    scene.run(REAL, "opened", draft=True)
    assert scene.run(REAL, "opened", attempt=2, draft=True).exit_code == 0
    assert len(scene.endpoint.asked) == 6
    scene.github.artifacts.pop(min(scene.github.artifacts))  # as `overwrite` does
    asked = len(scene.endpoint.asked)
    assert scene.run(EDIT, "edited", draft=True, **TITLE).exit_code == 0
    assert len(scene.endpoint.asked) == asked


def test_a_draft_that_no_model_would_be_asked_about_is_as_good_as_any(scene: Scene) -> None:
    scene.repo.git("reset", "--quiet", "--hard", "main")
    scene.repo.commit({"README.md": "Words for people.\n"})
    done = scene.run(REAL, "opened", draft=True)
    assert done.exit_code == 0, done.output
    assert "verdict: nothing" in done.stderr


def test_a_draft_with_a_suite_that_cannot_be_read_says_that_too(scene: Scene) -> None:
    scene.repo.commit({"evals/other.eval.yml": "prompt: nowhere\ntestData: [{who: A}]\nevaluators: []\n"})
    done = scene.run(REAL, "opened", draft=True)
    assert done.exit_code == 2
    [comment] = scene.github.bodies(7)
    assert "this pull request is a draft" in comment
    assert "#### One thing to mend in `evals/other.eval.yml`, line 3" in comment
