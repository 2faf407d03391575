"""Several comments whose jobs run at the same time: forced by what happens before one of a job's requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from promptops.forge.comment_stamp import CommentStamp, add_stamp, read_stamp
from promptops.report.comment.comment_markers import ANSWERS_MARKER
from tests.github_server import GitHubServer
from tests.workflows.comment_commands.labelling import Scene
from tests.workflows.comment_commands.test_check_runs import NEWER, check, move

PAGE, RESULTS, FILE = "<!-- promptops -->", "/issues/comments/", "/contents/evals/labels"


@pytest.fixture
def scene(github: GitHubServer, tmp_path: Path) -> Scene:
    """A check left its results, and a label made the page that shows them."""
    scene = Scene(github, tmp_path)
    scene.results = []
    check(scene, 1)
    scene.say("/promptops label c23 tone pass")
    return scene


def job(scene: Scene, case: str, author: str = "ana") -> Callable[[], object]:
    """A comment, which is there from now on, and the job that obeys it."""
    event = scene.event(f"/promptops label {case} tone pass", author)
    return lambda: scene.obey(event)


def shown(scene: Scene) -> str:
    [page] = [body for body in scene.bodies if body.startswith(PAGE)]
    return page


def recorded(scene: Scene) -> list[str]:
    return sorted(line["case"] for line in scene.lines())


@pytest.mark.parametrize("path", [RESULTS, FILE, "/pulls/7", "/comments"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "POST"])
def test_wherever_another_job_comes_in_between_no_label_is_lost(scene: Scene, method: str, path: str) -> None:
    slow, quick = job(scene, "c00"), job(scene, "c01")
    scene.server.delay(method, path, quick)
    slow()
    if not scene.server._delayed:
        assert recorded(scene) == ["c00", "c01", "c23"]
        assert "45 answers" in shown(scene)
        assert "not confirmed" not in shown(scene)


def test_four_jobs_of_which_each_is_slower_than_the_next_lose_nothing(scene: Scene) -> None:
    """Each writes its results after all that began later."""
    jobs = [job(scene, f"c0{number}") for number in range(4)]
    for later in reversed(jobs[1:]):
        scene.server.delay("PATCH", RESULTS, later)
    jobs[0]()
    assert recorded(scene) == [*(f"c0{number}" for number in range(4)), "c23"]
    assert "43 answers" in shown(scene)
    answers = [body for body in scene.bodies if body.startswith(ANSWERS_MARKER)]
    assert len(answers) == 5
    assert all("✅" in answer for answer in answers)


def test_a_comment_that_is_newer_than_the_jobs_first_look_confirms_its_label(scene: Scene) -> None:
    """Its comment and its line come after this job read the comments, and before it writes."""

    def quick() -> None:
        job(scene, "c01")()

    scene.server.delay("PUT", FILE, quick)
    job(scene, "c00")()
    assert "45 answers" in shown(scene)
    assert "not confirmed" not in shown(scene)


def test_the_results_of_a_newer_commit_are_not_written_over(scene: Scene) -> None:
    """Somebody pushed while the job ran, and the newer check said its word."""

    def push() -> None:
        move(scene, "prompts/p.prompt.yml")
        [page] = [one for one in scene.server.comments.values() if one["body"].startswith(PAGE)]
        page["body"] = f"{PAGE}\nthe newer check"

    scene.server.delay("GET", "/pulls/7", lambda: scene.server.delay("GET", "/pulls/7", push))
    job(scene, "c00")()
    assert shown(scene) == f"{PAGE}\nthe newer check"
    assert recorded(scene) == ["c00", "c23"]
    assert f"`{NEWER[:7]}` is the newest commit by now" in scene.bodies[-1]


def test_a_page_that_a_label_makes_anew_keeps_its_stamp(scene: Scene) -> None:
    """A newer check writes how far it has come while the label is recorded; an older one must not write over both."""
    [number] = [number for number, one in scene.server.comments.items() if one["body"].startswith(PAGE)]
    running = CommentStamp(7, 1, 40 * "a", "running")
    scene.server.comments[number]["body"] = add_stamp(f"{PAGE}\n\n**Evaluating…** 3 of 6", running)
    job(scene, "c00")()
    assert "Evaluating" not in shown(scene)
    assert read_stamp(shown(scene)) == running._replace(state="final")
