"""A pull request that renames a prompt or a suite changes nothing about who may speak for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from promptops.evals.evaluators.base import output_digest
from promptops.model.label import Label
from promptops.model.results import Results
from promptops.source.formats.labels import label_line
from tests.github_server import GitHubServer
from tests.workflows.comment_commands.labelling import BASE, PROMPT, SUITE, Scene, base_files, kept, results

ACCEPT = '/promptops accept tone "we know"'
LABEL = "/promptops label c00 tone pass"
MINE = PROMPT % '["@mallory"]'


def renamed(*, prompt: str = "q", suite: str = "s", former_prompt: str = "p", former_suite: str = "") -> Results:
    return replace(
        results(),
        prompt=prompt,
        suite=suite,
        suite_path=f"evals/{suite}.eval.yml",
        former_prompt=former_prompt,
        former_suite=former_suite,
    )


@pytest.fixture
def scene(github: GitHubServer, tmp_path: Path) -> Scene:
    """Ana owns `p`, which the suite `s` tests; a pull request renames something."""
    return Scene(github, tmp_path)


def shows(scene: Scene, tmp_path: Path, found: Results, **base: str) -> Scene:
    scene.results = [kept(tmp_path / "renamed", found)]
    for version in (BASE, "main"):
        scene.server.files[version] = base_files(["@ana"], **base)
    return scene


@pytest.mark.parametrize("said", [ACCEPT, LABEL])
@pytest.mark.parametrize(
    "found",
    [
        renamed(),
        renamed(suite="prompt:q", former_suite="prompt:p"),
        renamed(suite="t", former_suite="s"),
        renamed(suite="t", former_suite="s", prompt="p", former_prompt=""),
    ],
    ids=["the prompt", "with its own suite", "both", "the suite"],
)
def test_the_owner_keeps_the_rights_and_a_stranger_gains_none(
    scene: Scene, tmp_path: Path, found: Results, said: str
) -> None:
    shows(scene, tmp_path, found)
    assert scene.refused(said, "mallory") == "only an owner of 'p' may say this: @ana"
    assert scene.say(said).replies[0].done


def test_a_former_name_does_not_count_where_the_new_one_is_somebodys(scene: Scene, tmp_path: Path) -> None:
    shows(scene, tmp_path, renamed(), **{"prompts/q.prompt.yml": MINE})
    assert "only an owner of 'q'" in scene.refused(ACCEPT)
    assert "only an owner of 'p'" in scene.refused(ACCEPT, "mallory")


def test_a_suite_that_is_renamed_and_pointed_elsewhere_stays_with_its_prompts_owners(
    scene: Scene, tmp_path: Path
) -> None:
    elsewhere = renamed(suite="t", former_suite="s", prompt="m", former_prompt="")
    shows(scene, tmp_path, elsewhere, **{"prompts/m.prompt.yml": MINE})
    assert "only an owner of 'p'" in scene.refused(ACCEPT, "mallory")


def test_a_former_name_that_nobody_has_gives_nobody_a_right(scene: Scene, tmp_path: Path) -> None:
    new = {"evals/s.eval.yml": SUITE.replace("prompt: p", "prompt: q")}
    shows(scene, tmp_path, renamed(former_prompt="x"), **new)
    assert "nobody is named as owner of 'q'" in scene.refused(ACCEPT)


def test_labels_under_the_suites_former_name_count_in_the_comment(scene: Scene, tmp_path: Path) -> None:
    found = renamed(suite="t", former_suite="s", prompt="p", former_prompt="")
    digests = {one.case: one for one in judgements(found)}
    lines = "".join(label_line(digests[f"c{number:02}"]) for number in range(24))
    shows(scene, tmp_path, found, **{"evals/labels/s.jsonl": lines})
    assert "there is nothing to accept" in scene.refused(ACCEPT)


def judgements(found: Results) -> list[Label]:
    heads = [index for index, arm in enumerate(found.arms) if arm.side == "head"]
    return [
        Label(one.case, output_digest(one.text), "tone", "pass", "@ana", "2026-11-24")
        for one in found.samples
        if one.arm in heads
    ]
