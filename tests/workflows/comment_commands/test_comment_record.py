"""A line in an owner's name counts where the owner's comment says just that, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from promptops.evals.evaluators.base import output_digest
from promptops.evals.registry import KINDS
from promptops.forge.github.event import Event
from promptops.forge.github.repository_files import RepositoryFiles
from promptops.model.label import Label
from promptops.model.results import Results
from promptops.model.waiver import Waiver
from promptops.source.formats.labels import label_line, parse_labels
from promptops.source.formats.waivers import suite_waivers, waiver_line
from promptops.source.project import Project
from promptops.store.results_file import serialize_results
from promptops.workflows.comment_commands.comment_record import CommentRecord
from promptops.workflows.comment_commands.handle_comment import read_owners
from promptops.workflows.eval.confirmed_words import SpokenWords
from tests.conftest import write_files
from tests.github_server import FORBIDDEN, GitHubServer, Reply
from tests.workflows.comment_commands.labelling import BRANCH, HEAD, LABELS, OVERRIDES, Scene, results
from tests.workflows.comment_commands.test_check_runs import NEWER, check, packed

LABEL = '/promptops label c00 tone fail "too short"'
ACCEPT = '/promptops accept tone "we know"'


@pytest.fixture
def scene(github: GitHubServer, tmp_path: Path) -> Scene:
    """A pull request whose check left results."""
    scene = Scene(github, tmp_path)
    scene.results = []
    check(scene, 1)
    return scene


def on_branch(scene: Scene) -> SpokenWords:
    """What the branch's files say."""
    branch = RepositoryFiles(scene.github, BRANCH, PurePosixPath("."))
    labels = scene.written.get(LABELS, b"").decode()
    return SpokenWords(parse_labels(labels, LABELS), suite_waivers(branch, "evals", "s"))


def confirmed(scene: Scene, said: SpokenWords | None = None) -> SpokenWords:
    """What a check of the pull request finds of these lines, by default those on the branch."""
    pull = scene.github.pull_request(7)
    owners = read_owners(scene.github, Event("", default_branch="main"), pull, PurePosixPath("."))
    return CommentRecord(scene.github, pull, PurePosixPath("."), owners).check("s", said or on_branch(scene))


def refused(scene: Scene, said: SpokenWords | None = None) -> str:
    """None of the lines counts: why."""
    found = confirmed(scene, said)
    assert (found.labels, found.waivers) == ((), ()), found
    return " ".join(found.refused)


def test_what_owners_said_in_comments_counts_with_the_comments_time(scene: Scene) -> None:
    scene.say(LABEL)
    scene.say(ACCEPT)
    found = confirmed(scene)
    assert [(one.case, one.verdict, one.who) for one in found.labels] == [("c00", "fail", "@ana")]
    assert [(one.criterion, one.who, one.why) for one in found.waivers] == [("tone", "@ana", "we know")]
    assert [found.labels[0].when, found.waivers[0].when] == [one["created_at"] for one in asked_by(scene, "ana")]
    assert found.refused == ()


def asked_by(scene: Scene, login: str) -> list[dict[str, Any]]:
    return [one for one in scene.server.comments.values() if one["user"]["login"] == login]


def test_after_the_labels_commit_the_same_comment_still_counts(scene: Scene) -> None:
    scene.say(LABEL)
    scene.server.pull_requests[7]["head"]["sha"] = NEWER
    scene.server.changed[HEAD, NEWER] = [LABELS]
    check(scene, 2, NEWER)
    assert len(confirmed(scene).labels) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one._replace(who="@ben"),
        lambda one: one._replace(criterion="contains"),
        lambda one: one._replace(rule="at least 1%"),
        lambda one: one._replace(was="failed"),
        lambda one: one._replace(head="sha256:another"),
        lambda one: one._replace(base="sha256:another"),
        lambda one: one._replace(questions="sha256:another"),
        lambda one: one._replace(why="we really know"),
        lambda one: one._replace(url=""),
        lambda one: one._replace(url="https://github.com/acme/prompts/pull/8#issuecomment-1001"),
        lambda one: one._replace(suite="t"),
    ],
)
def test_an_acceptance_that_was_changed_does_not_count(scene: Scene, change: Callable[[Waiver], Waiver]) -> None:
    scene.say(ACCEPT)
    [there] = on_branch(scene).waivers
    assert "that @" in refused(scene, SpokenWords(waivers=(change(there),)))
    assert confirmed(scene, SpokenWords(waivers=(there, there))).waivers == confirmed(scene).waivers


@pytest.mark.parametrize(
    "change",
    [{"who": "@ben"}, {"who": ""}, {"verdict": "pass"}, {"case": "c01"}, {"output": "sha256:0"}, {"criterion": "x"},
     {"url": ""}, {"url": "https://github.com/acme/prompts/pull/7#issuecomment-9"}],
)  # fmt: skip
def test_a_label_that_was_changed_does_not_count(scene: Scene, change: dict[str, Any]) -> None:
    scene.say(LABEL)
    [there] = on_branch(scene).labels
    assert "1 label of" in refused(scene, SpokenWords((replace(there, **change),)))


def test_the_same_label_written_a_hundred_times_at_other_times_is_one(scene: Scene) -> None:
    scene.say(LABEL)
    [there] = on_branch(scene).labels
    many = tuple(replace(there, when=f"2999-01-01T00:00:{second:02}Z") for second in range(60))
    assert confirmed(scene, SpokenWords(many)) == confirmed(scene)


def test_a_comment_that_was_edited_deleted_or_is_somebody_elses_confirms_nothing(scene: Scene) -> None:
    scene.say(LABEL)
    [comment] = asked_by(scene, "ana")
    comment["updated_at"] = scene.server.now()
    assert "the comment was edited later" in refused(scene)
    comment["updated_at"] = comment["created_at"]
    comment["user"]["login"] = "mallory"
    assert "that comment is by @mallory" in refused(scene)
    del scene.server.comments[comment["id"]]
    assert "there is no such comment" in refused(scene)


def test_who_is_no_owner_at_the_base_confirms_nothing_even_as_owner_on_the_branch(scene: Scene) -> None:
    scene.server.files[BRANCH]["prompts/p.prompt.yml"] = b"promptops: {owners: ['@mallory']}\n"
    scene.server.files[BRANCH][".github/CODEOWNERS"] = b"* @mallory\n"
    scene.server.files[BRANCH]["promptops.yml"] = b"policy: {owners: ['@mallory']}\n"
    scene.server.teams["acme", "legal"] = set()
    event = scene.event(ACCEPT, "mallory")
    line = forged(results(), "@mallory", event["comment"]["html_url"])
    assert "only an owner of 'p' may say this" in refused(scene, SpokenWords(waivers=(line,)))


def forged(run: Results, who: str, url: str) -> Waiver:
    """A line by hand that fits the results in every point."""
    [gate] = [one for one in run.gates if one.criterion == "tone"]
    digests = {arm.side: arm.evaluation_digest for arm in run.arms}
    about = (run.suite, gate.criterion, gate.rule, gate.status, digests["base"], digests["head"], run.questions)
    return Waiver(*about, who=who, when="2026-11-24", why="we know", url=url)  # type: ignore[arg-type]


def test_an_acceptance_of_an_older_version_is_none_of_the_newer_one(scene: Scene) -> None:
    """The comment is real, unedited and an owner's; only the versions in the line are those of a later push."""
    scene.say(ACCEPT)
    [there] = on_branch(scene).waivers
    scene.server.pull_requests[7]["head"]["sha"] = NEWER
    scene.server.changed[HEAD, NEWER] = ["prompts/p.prompt.yml"]
    arms = tuple(replace(arm, evaluation_digest=f"{arm.evaluation_digest}2") for arm in results().arms)
    check(scene, 2, NEWER, packed(("s/results.json", serialize_results(replace(results(), arms=arms)))))
    moved = there._replace(head=f"{there.head}2", base=f"{there.base}2")
    assert "not of these replies and versions" in refused(scene, SpokenWords(waivers=(moved,)))
    assert confirmed(scene, SpokenWords(waivers=(there,))).waivers  # it is still what was said, of what was there


def test_what_was_said_while_another_workflow_was_there_is_said_of_results_that_may_be_made_up(scene: Scene) -> None:
    """Whoever may push put a workflow there that makes up results, had an owner accept them, and threw it away."""
    scene.server.files[HEAD] = {".github/workflows/prompts.yml": b"made up"}
    scene.say(ACCEPT)
    assert confirmed(scene).waivers
    scene.server.pull_requests[7]["head"]["sha"] = NEWER
    assert "the pull request had other workflows when this was said" in refused(scene)
    scene.server.files[NEWER] = scene.server.files[HEAD] | {"a.txt": b"a"}
    assert confirmed(scene).waivers


def test_where_github_does_not_answer_or_results_are_gone_nothing_is_confirmed(scene: Scene) -> None:
    scene.say(ACCEPT)
    scene.server.artifacts.clear()
    assert "no longer there" in refused(scene)
    scene.server.fail("GET", "/comments", Reply(403, FORBIDDEN), times=20)
    assert "GitHub cannot be asked for the comment" in refused(scene)


def test_commands_in_a_quotation_confirm_nothing(scene: Scene) -> None:
    event = scene.event(f"> {ACCEPT}")
    line = forged(results(), "@ana", event["comment"]["html_url"])
    assert "the comment does not say this" in refused(scene, SpokenWords(waivers=(line,)))


def test_lines_by_hand_are_not_shown_as_counting_in_the_refreshed_comment(scene: Scene) -> None:
    [head] = [index for index, arm in enumerate(results().arms) if arm.side == "head"]
    reply = next(one for one in results().samples if one.arm == head and one.case == "c01")
    by_hand = label_line(Label("c01", output_digest(reply.text), "tone", "pass", "@ana", "2026-11-24"))
    scene.written[LABELS] = by_hand.encode()
    scene.written[OVERRIDES] = waiver_line(forged(results(), "@ana", "")).encode()
    done = scene.say("/promptops label c00 tone pass")
    [run] = done.runs
    [gate] = [one for one in run.gates if one.criterion == "tone"]
    [tone] = [found for found in run.comparisons[0].criteria if found.criterion == "tone"]
    assert (gate.accepted, tone.waiting) == ("", 47)  # of both versions, and c00 alone is judged
    assert len(run.unconfirmed) == 2
    assert "is not confirmed and does not count" in scene.bodies[-1] + scene.bodies[0]


def test_without_lines_to_confirm_nothing_is_asked(github: GitHubServer, tmp_path: Path) -> None:
    scene = Scene(github, tmp_path)
    write_files(tmp_path / "p", {"promptops.yml": "models: {}\n"})
    record = CommentRecord(
        scene.github, scene.github.pull_request(7), PurePosixPath("."), [Project.worktree(tmp_path / "p", KINDS)]
    )
    before = len(github.requests)
    assert record.check("s", SpokenWords()) == SpokenWords()
    assert len(github.requests) == before
    assert record.base.waivers("s") == ()
