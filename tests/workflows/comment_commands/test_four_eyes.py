"""`policy: {fourEyes: true}`: whoever wrote the change does not accept its gates."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from promptops.forge.github.event import Event
from promptops.workflows.comment_commands.comment_record import CommentRecord
from promptops.workflows.comment_commands.handle_comment import read_owners
from promptops.workflows.eval.confirmed_words import SpokenWords
from tests.github_server import FORBIDDEN, GitHubServer, Reply
from tests.workflows.comment_commands.labelling import BASE, HEAD, Scene, base_files
from tests.workflows.comment_commands.test_check_runs import check
from tests.workflows.comment_commands.test_comment_record import on_branch

ACCEPT = '/promptops accept tone "we know"'
POLICY = {"promptops.yml": "policy: {fourEyes: true}\n"}


@pytest.fixture
def scene(github: GitHubServer, tmp_path: Path) -> Scene:
    """A pull request of ben's, with a commit of cy's, to a branch that asks for four eyes."""
    scene = Scene(github, tmp_path, author="ben")
    scene.server.files[BASE] = base_files(["@ana", "@ben", "@cy"], **POLICY)
    scene.server.files["main"] = base_files(["@ana", "@ben", "@cy"])
    wrote(scene, ("ben", "ben"), ("cy", "web-flow"))
    return scene


def wrote(scene: Scene, *people: tuple[str | None, str | None]) -> None:
    scene.server.authors[BASE, HEAD] = list(people)


def test_an_owner_who_wrote_nothing_accepts(scene: Scene) -> None:
    assert scene.say(ACCEPT).replies[0].done


def test_who_opened_the_pull_request_does_not(scene: Scene) -> None:
    told = scene.refused(ACCEPT, "Ben")
    assert told == (
        "@Ben opened this pull request, and promptops.yml asks for four eyes (policy: fourEyes): "
        "another owner accepts it in a comment of their own"
    )


@pytest.mark.parametrize("people", [("cy", "web-flow"), ("ben", "cy"), ("Cy", None)])
def test_who_wrote_a_commit_or_changed_it_does_not(scene: Scene, people: tuple[str | None, str | None]) -> None:
    wrote(scene, *[("ben", "ben")] * 120, people)
    assert "@cy wrote the commit 0000000 of this pull request" in scene.refused(ACCEPT, "cy")


def test_a_commit_of_nobody_known_could_be_anybodys(scene: Scene) -> None:
    wrote(scene, (None, None), ("ben", "ben"))
    assert "GitHub does not know who wrote the commit 0000000" in scene.refused(ACCEPT)


def test_what_github_does_not_tell_is_refused(scene: Scene) -> None:
    scene.server.fail("GET", "/compare/", Reply(403, FORBIDDEN))
    assert "who wrote this pull request cannot be found out now" in scene.refused(ACCEPT)


def test_a_label_of_the_author_counts(scene: Scene) -> None:
    assert scene.say('/promptops label c00 tone pass "yes"', "ben").replies[0].done


@pytest.mark.parametrize("branch", [BASE, "main"])
def test_the_pull_request_cannot_ask_for_less(scene: Scene, branch: str) -> None:
    owners = ["@ana", "@ben", "@cy"]
    scene.server.files |= {BASE: base_files(owners), "main": base_files(owners)}
    scene.server.files[branch] = base_files(owners, **POLICY)
    assert "asks for four eyes" in scene.refused(ACCEPT, "ben")


def test_without_the_policy_authors_accept_and_nothing_is_asked(scene: Scene) -> None:
    scene.server.files[BASE] = base_files(["@ben"])
    assert scene.say(ACCEPT, "ben").replies[0].done
    assert not any("/compare/" in request.path for request in scene.server.requests)


def test_a_line_of_the_author_by_hand_does_not_count_either(scene: Scene) -> None:
    scene.results = []
    check(scene, 1)
    scene.say(ACCEPT)
    said = on_branch(scene)
    assert len(confirmed(scene, said).waivers) == 1
    wrote(scene, ("ben", "ben"), ("ana", "ana"))  # she went on with it herself
    found = confirmed(scene, said)
    assert found.waivers == ()
    assert "@ana wrote the commit" in found.refused[0]


def confirmed(scene: Scene, said: SpokenWords) -> SpokenWords:
    pull = scene.github.pull_request(7)
    owners = read_owners(scene.github, Event("", default_branch="main"), pull, PurePosixPath("."))
    return CommentRecord(scene.github, pull, PurePosixPath("."), owners).check("s", said)
