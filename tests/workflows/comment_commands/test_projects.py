"""Several projects in one repository: every comment reaches every project's job, and one of them answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.store.results_file import serialize_results
from tests.github_server import GitHubServer
from tests.workflows.comment_commands.labelling import BRANCH, HEAD, LABELS, Scene, base_files, results
from tests.workflows.comment_commands.test_check_runs import GOOD, LABEL, move, packed

BAKERY, CELLAR = "services/bakery", "services/cellar"
NAMES = {BAKERY: "bakery-results", CELLAR: "cellar-results"}
MARKERS = {place: f"<!-- promptops answers:{place} -->" for place in NAMES}


class Street(Scene):
    """Two projects, each with owners and a check of its own; the cellar's cases and criteria have other names."""

    def __init__(self, server: GitHubServer, folder: Path) -> None:
        super().__init__(server, folder)
        self.folder = folder
        self.results = []
        files = {f"{place}/{name}": data for place in NAMES for name, data in base_files().items()}
        for ref in ("b" * 40, "main"):
            server.files[ref] = dict(files)

    def check(self, place: str, run: int, zipped: bytes = GOOD, suite: str = "") -> None:
        """The project's check of the newest commit left this; `suite` is called so."""
        if suite:
            zipped = packed(("s/results.json", serialize_results(replace(results(), suite=suite))))
        self.server.add_run(run, head_sha=HEAD, head_branch=BRANCH)
        self.server.add_artifact(run, NAMES[place], zipped)

    def hear(self, body: str, author: str = "ana") -> dict[str, Result]:
        """What both projects' jobs do with one comment, by the project's folder."""
        path = self.folder / "event.json"
        path.write_text(json.dumps(self.event(body, author)))
        return {place: self.run(place, path) for place in NAMES}

    def run(self, place: str, event: Path) -> Result:
        around = {
            "REPOSITORY": self.server.repository, "API_URL": self.server.url, "EVENT_NAME": "issue_comment",
            "EVENT_PATH": str(event), "TOKEN": self.server.token,
        }  # fmt: skip
        told = {f"GITHUB_{name}": value for name, value in around.items()}
        command = ["github", "label", "--project", place, "--artifact", NAMES[place]]
        done = CliRunner().invoke(cli, command, env=told)
        assert done.exit_code == 0, done.output
        return done

    def replies(self, place: str) -> list[str]:
        return [body for body in self.bodies if body.startswith(MARKERS[place])]


def cellar() -> bytes:
    """Results with the cases w00, w01, … and the criterion mood."""
    text = re.sub(r'"c(\d\d)"', r'"w\1"', serialize_results(results()).decode()).replace('"tone"', '"mood"')
    return packed(("s/results.json", text.encode()))


@pytest.fixture
def street(github: GitHubServer, tmp_path: Path) -> Street:
    return Street(github, tmp_path)


def test_the_project_that_has_the_case_answers_and_the_other_is_silent(street: Street) -> None:
    street.check(BAKERY, 1)
    street.check(CELLAR, 2, cellar())
    done = street.hear(LABEL)
    assert list(street.written) == [f"{BAKERY}/{LABELS}"]
    [answer] = street.replies(BAKERY)
    assert "✅" in answer
    assert street.replies(CELLAR) == []
    assert [content for _, content in street.server.reactions] == ["+1"]
    assert "the comment's line is about another project of this repository" in done[CELLAR].stderr


def test_a_project_without_results_is_silent_about_what_another_has(street: Street) -> None:
    street.check(BAKERY, 1)
    done = street.hear(LABEL)
    assert len(street.replies(BAKERY)) == 1
    assert street.replies(CELLAR) == []
    assert "its own job answers" in done[CELLAR].stderr


def test_what_no_project_has_is_answered_by_one(street: Street) -> None:
    street.check(BAKERY, 1)
    street.check(CELLAR, 2, cellar())
    done = street.hear("/promptops label x00 tone pass")
    assert "there is no case 'x00'" in street.replies(BAKERY)[0]
    assert street.replies(CELLAR) == []
    assert [content for _, content in street.server.reactions] == ["confused"]
    assert "its own job answers" in done[CELLAR].stderr


def test_what_is_no_command_is_answered_by_one(street: Street) -> None:
    street.check(CELLAR, 1, cellar())
    street.check(BAKERY, 2)
    street.hear("/promptops dance")
    assert len(street.replies(BAKERY)) == 1
    assert street.replies(CELLAR) == []


def test_a_project_that_is_not_touched_speaks_for_nobody(street: Street) -> None:
    street.check(CELLAR, 1, cellar())
    street.hear("/promptops dance")
    assert street.replies(BAKERY) == []
    assert len(street.replies(CELLAR)) == 1


def test_before_any_check_the_first_of_the_written_workflows_answers(street: Street) -> None:
    names = ("docs.yml", "services-cellar-prompts-comment.yml", "services-bakery-prompts-comment.yml")
    street.server.files["main"] |= {f".github/workflows/{name}": b"x" for name in names}
    street.hear("/promptops dance")
    assert len(street.replies(BAKERY)) == 1
    assert street.replies(CELLAR) == []


def test_a_suite_of_another_project_is_that_projects_affair(street: Street) -> None:
    street.check(BAKERY, 1)
    street.check(CELLAR, 2, suite="vintages")
    street.hear("/promptops label x00 tone pass in vintages")
    assert "there is no case 'x00'" in street.replies(CELLAR)[0]
    assert street.replies(BAKERY) == []


def test_who_is_refused_altogether_hears_it_once(street: Street) -> None:
    street.check(BAKERY, 1)
    street.check(CELLAR, 2, cellar())
    street.server.pull_requests[7]["state"] = "closed"
    street.hear(LABEL)
    assert "this pull request is closed" in street.replies(BAKERY)[0]
    assert street.replies(CELLAR) == []


def test_of_two_lines_each_project_answers_its_own(street: Street) -> None:
    street.check(BAKERY, 1)
    street.check(CELLAR, 2, cellar())
    done = street.hear('/promptops label c00 tone pass\n/promptops accept mood "I looked at it"')
    assert "c00" in street.replies(BAKERY)[0]
    assert "mood" not in street.replies(BAKERY)[0]
    assert "accept mood" in street.replies(CELLAR)[0]
    assert "c00" not in street.replies(CELLAR)[0]
    assert all("the comment's line" in one.stderr for one in done.values())
    labels, accepted = sorted(street.written)
    assert (labels, accepted.rpartition("/")[0]) == (f"{BAKERY}/{LABELS}", f"{CELLAR}/evals/waivers/s")


def test_who_is_no_owner_hears_no_of_the_project_that_has_the_case(street: Street) -> None:
    street.check(BAKERY, 1)
    street.check(CELLAR, 2, cellar())
    street.hear(LABEL, "mallory")
    assert "People who label or accept must be listed by name" in street.replies(BAKERY)[0]
    assert street.replies(CELLAR) == []


def test_the_other_projects_label_hides_no_results(street: Street) -> None:
    street.check(BAKERY, 1)
    street.check(CELLAR, 2, cellar())
    street.hear(LABEL)
    move(street, f"{BAKERY}/{LABELS}")
    street.hear("/promptops label w00 mood pass")
    assert "✅" in street.replies(CELLAR)[0]


def test_a_change_in_the_projects_own_folder_makes_its_results_old(street: Street) -> None:
    street.check(BAKERY, 1)
    move(street, f"{BAKERY}/prompts/p.prompt.yml")
    street.hear(LABEL)
    assert "there are no results for `2222222`" in street.replies(BAKERY)[0]


def test_artifacts_that_are_no_results_silence_nobody(street: Street) -> None:
    street.check(BAKERY, 1, cellar())
    street.server.add_run(2, head_sha=HEAD, head_branch=BRANCH)
    street.server.add_artifact(2, "test-results", b"no zip")
    street.server.add_artifact(2, "old-results", GOOD, expired=True)
    street.server.add_artifact(2, "reports", GOOD)
    street.server.add_run(3, head_sha=HEAD, head_branch=BRANCH, head_repository="mallory/prompts")
    street.server.add_artifact(3, "theirs-results", GOOD)
    street.hear(LABEL)
    assert "there is no case 'c00'" in street.replies(BAKERY)[0]
