"""What a branch approved is what it showed itself: its own states by first parents, whatever shape its history has."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.model.environment import Pin, Rollout
from promptops.pins.approval import pin_command
from tests.conftest import RepositoryBuilder
from tests.pins.histories import Judged, Moment, project, write_history

START = Moment("start", [], project(a="One", b="Else"))
WIP = Moment("wip", ["start"], project(a="Wip", b="Else"))
FINAL = Moment("final", ["wip"], project(a="Final", b="Else"))
MERGED = project(a="Final", b="Else")

SHAPES: dict[str, tuple[list[Moment], dict[str, str]]] = {
    "a merge commit": (
        [START, WIP, FINAL, Moment("merge", ["start", "final"], MERGED)],
        {"start": "holds at start", "wip": "refused", "final": "holds at merge", "merge": "holds at merge"},
    ),
    "a fast-forward": ([START, WIP, FINAL], {"wip": "holds at wip", "final": "holds at final"}),
    "a squash": (
        [START, WIP, FINAL, Moment("squash", ["start"], MERGED)],
        {"wip": "outside", "final": "outside, like squash", "squash": "holds at squash"},
    ),
    "a rebase": (
        [
            START,
            WIP,
            FINAL,
            Moment("new", ["start"], project(a="One", b="New")),
            Moment("wip2", ["new"], project(a="Wip", b="New")),
            Moment("final2", ["wip2"], project(a="Final", b="New")),
        ],
        {"wip": "outside, like wip2", "final": "outside, like final2", "wip2": "holds at wip2"},
    ),
    "a revert of what was merged": (
        [START, WIP, FINAL, Moment("merge", ["start", "final"], MERGED), Moment("back", ["merge"], START.files)],
        {"wip": "refused", "final": "holds at merge", "back": "holds at back"},
    ),
    "a branch that takes its own words back": (
        [
            START,
            WIP,
            Moment("undone", ["wip"], START.files),
            Moment("merge", ["start", "undone"], project(a="One", b="Else", style="New.")),
        ],
        {"wip": "refused", "undone": "holds at start"},
    ),
    "a branch merged twice": (
        [
            START,
            WIP,
            Moment("first", ["start", "wip"], project(a="Wip", b="Else")),
            Moment("more", ["wip"], project(a="More", b="Else")),
            FINAL._replace(parents=["more"]),
            Moment("second", ["first", "final"], MERGED),
        ],
        {"wip": "holds at first", "more": "refused", "final": "holds at second"},
    ),
    "an octopus": (
        [
            START,
            WIP,
            FINAL,
            Moment("other", ["start"], project(a="One", b="Other")),
            Moment("octopus", ["start", "other", "final"], project(a="Final", b="Other")),
        ],
        {"wip": "refused", "final": "holds at octopus", "other": "holds at start"},
    ),
    "a criss-cross": (
        [
            START,
            WIP,
            Moment("main1", ["start"], project(a="One", b="New")),
            Moment("branch2", ["wip", "main1"], project(a="Wip2", b="New")),
            Moment("main2", ["main1", "wip"], project(a="Wip", b="New")),
            Moment("main3", ["main2", "branch2"], project(a="Both", b="New")),
        ],
        {"wip": "holds at main2", "branch2": "refused", "main3": "holds at main3"},
    ),
    "main merged into the branch first": (
        [
            START,
            WIP,
            Moment("main1", ["start"], project(a="One", b="New")),
            Moment("update", ["wip", "main1"], project(a="Wip", b="New")),
            FINAL._replace(parents=["update"], files=project(a="Final", b="New")),
            Moment("merge", ["main1", "final"], project(a="Final", b="New")),
        ],
        {"wip": "refused", "update": "refused", "final": "holds at merge"},
    ),
    "a foxtrot: the branch is the first parent": (
        [
            START,
            WIP,
            Moment("main1", ["start"], project(a="Shown", b="Else")),
            Moment("main2", ["main1"], project(a="Last", b="Else")),
            Moment("foxtrot", ["wip", "main2"], project(a="Last", b="Else")),
        ],
        {"wip": "holds at wip", "main1": "refused", "main2": "holds at foxtrot"},
    ),
    "an evil merge": (
        [START, WIP, FINAL, Moment("merge", ["start", "final"], project(a="Evil", b="Else"))],
        {"final": "refused", "merge": "holds at merge"},
    ),
    "the side that was thrown away": (
        [START, WIP, FINAL, Moment("merge", ["start", "final"], START.files)],
        {"wip": "refused", "final": "refused", "start": "holds at start"},
    ),
    "two histories with no common root": (
        [START, WIP._replace(parents=[]), Moment("merge", ["start", "wip"], MERGED)],
        {"wip": "refused", "merge": "holds at merge"},
    ),
    "other words in the shared template": (
        [
            START,
            Moment("wip", ["start"], project(a="One", b="Else", style="Wip.")),
            Moment("final", ["wip"], project(a="One", b="Else", style="Final.")),
            Moment("merge", ["start", "final"], project(a="One", b="Else", style="Final.")),
        ],
        {"wip": "refused", "final": "holds at merge"},
    ),
    "another model in the settings": (
        [
            START,
            Moment("wip", ["start"], project(a="One", b="Else", model="cheap")),
            Moment("final", ["wip"], project(a="One", b="Else", model="m2")),
            Moment("merge", ["start", "final"], project(a="One", b="Else", model="m2")),
        ],
        {"wip": "refused", "final": "holds at merge"},
    ),
    "a prompt that was taken out before the merge": (
        [
            START,
            Moment("wip", ["start"], project(a="One", b="Else", c="New")),
            Moment("final", ["wip"], START.files),
            Moment("merge", ["start", "final"], project(a="One", b="Other")),
        ],
        {"wip:c": "refused", "wip": "holds at start"},
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_pin_holds_only_where_main_itself_had_the_text(repository: RepositoryBuilder, shape: str) -> None:
    moments, expected = SHAPES[shape]
    repo = repository()
    judged = Judged(repo.root, write_history(repo, moments))
    names = {each: each.partition(":")[::2] for each in expected}
    assert {each: judged.said(commit, prompt or "a") for each, (commit, prompt) in names.items()} == expected


def test_a_comment_in_the_file_makes_no_other_text(repository: RepositoryBuilder) -> None:
    """The branch's own commit has the same digest and other bytes."""
    repo = repository()
    file = "prompts/a.prompt.yml"
    noted = {**MERGED, file: f"# mended\n{MERGED[file]}"}
    moments = [START, WIP, FINAL, Moment("merge", ["start", "final"], noted)]
    judged = Judged(repo.root, write_history(repo, moments))
    assert (judged.said("wip"), judged.said("final")) == ("refused", "holds at merge")


def test_many_are_asked_at_once_and_each_is_judged_alone(repository: RepositoryBuilder) -> None:
    repo = repository()
    moments, _ = SHAPES["a merge commit"]
    judged = Judged(repo.root, write_history(repo, moments))
    pins = [judged.pin(commit, name) for commit in ("wip", "final", "start", "wip") for name in ("a", "b")]
    found = judged.branch.approvals(pins)
    assert [each.holds for each in found] == [False, True, True, True, True, True, False, True]
    assert found == [judged.branch.approval(pin) for pin in pins]


def test_where_a_pin_is_written_and_to_whom_it_is_served_makes_no_difference(repository: RepositoryBuilder) -> None:
    repo = repository()
    judged = Judged(repo.root, write_history(repo, SHAPES["a merge commit"][0]))
    pin = judged.pin("wip")
    served = Rollout(pin.commit, pin.digest, 10.0)
    assert judged.branch.approvals([pin._replace(rollout=served), pin]) == [judged.branch.approval(pin)] * 2


def test_a_project_in_a_folder_of_the_repository(repository: RepositoryBuilder) -> None:
    repo = repository()
    moments = [
        each._replace(files={"README.md": each.name, **{f"team/x/{name}": text for name, text in each.files.items()}})
        for each in SHAPES["a merge commit"][0]
    ]
    judged = Judged(repo.root, write_history(repo, moments), folder="team/x")
    assert (judged.said("wip"), judged.said("final")) == ("refused", "holds at merge")


def test_advice_names_the_merge_that_replaced_the_text(repository: RepositoryBuilder) -> None:
    repo = repository()
    moments = [*SHAPES["a merge commit"][0], Moment("later", ["merge"], project(a="Later", b="Else"))]
    judged = Judged(repo.root, write_history(repo, moments))
    pin = judged.pin("wip")
    found = judged.branch.approval(pin)
    assert judged.branch.reason(found) == "has a text that main itself never had"
    told = judged.branch.advice(pin, found, lambda better: pin_command(better, "prod"))
    merge = judged.commits["merge"]
    assert told == (
        f"it was changed again before it was merged; take what was merged: promptops pin a@{merge} --env prod"
    )


def test_advice_where_the_merge_has_no_such_prompt(repository: RepositoryBuilder) -> None:
    repo = repository()
    moments, _ = SHAPES["a prompt that was taken out before the merge"]
    judged = Judged(repo.root, write_history(repo, moments))
    pin = judged.pin("wip", "c")
    assert judged.branch.advice(pin, judged.branch.approval(pin), str) == "merge this text first"


def test_a_command_can_be_pasted_into_a_shell() -> None:
    pin = Pin("a b", "4f2a91c0" * 5, "")
    assert pin_command(pin, "prod", 12.5) == f"promptops pin 'a b@{pin.commit}' --env prod --percent 12.5"
    assert pin_command(pin, "") == f"promptops pin 'a b@{pin.commit}' --env NAME"


def test_a_shallow_clone_knows_nothing_beyond_its_cut(repository: RepositoryBuilder, tmp_path: Path) -> None:
    repo = repository()
    commits = write_history(repo, [*SHAPES["a merge commit"][0], Moment("later", ["merge"], MERGED)])
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.root}", str(tmp_path / "cut"))
    judged = Judged(tmp_path / "cut", commits)
    assert judged.said("merge") == "holds at merge"
    assert judged.said("later") == "holds at later"
