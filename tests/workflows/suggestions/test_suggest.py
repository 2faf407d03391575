"""A fork's run proposes nothing: what lint would mend is worked out from its files, which are read as data."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from promptops.forge.github.client import GitHub
from promptops.report.comment.check_json import CheckSummary, LintPlace
from promptops.workflows.suggestions.suggest import suggest_for_fork
from tests.github_server import FORBIDDEN, GitHubServer, Reply

HEAD, BASE = "a" * 40, "b" * 40
PATH = "prompts/greet.prompt.yml"
TEXT = (
    "inputs: {who: {type: string}}\nmodel: small\nmodelParameters: {temprature: 0.2}\n"
    "messages:\n  - role: user\n    content: 'Greet {{ who }} ``` @acme </details>'\n"
)
PLACE = LintPlace(PATH, 3, "P304")


class Scene:
    """A fork's pull request that brings one prompt with a parameter misspelt."""

    def __init__(self, server: GitHubServer) -> None:
        self.server = server
        server.add_pull_request(7, head_sha=HEAD, base_sha=BASE, head_repository="mallory/prompts")
        self.settings("")
        self.write(TEXT)

    def settings(self, more: str) -> None:
        text = f"models: {{small: {{provider: openai, model: m, baseUrl: 'http://127.0.0.1:1/v1'}}}}\n{more}"
        self.server.files[BASE] = {"promptops.yml": text.encode()}

    def write(self, text: str, path: str = PATH) -> None:
        self.server.files[HEAD] = {path: text.encode(), "promptops.yml": b"lint: {rules: {P304: 'off'}}\n"}
        rows = text.rstrip("\n").split("\n")
        self.server.patches[7] = {path: "\n".join([f"@@ -0,0 +1,{len(rows)} @@", *(f"+{row}" for row in rows)])}

    def suggest(self, *places: LintPlace, folder: str = ".") -> tuple[str, ...]:
        github = GitHub(self.server.repository, self.server.token, api=self.server.url, sleep=lambda seconds: None)
        said = CheckSummary("", places, ())
        return suggest_for_fork(github, github.pull_request(7), said, PurePosixPath(folder))

    @property
    def bodies(self) -> list[str]:
        return [one["body"] for one in self.server.beside_lines(7)]


@pytest.fixture
def scene(github: GitHubServer) -> Scene:
    return Scene(github)


def test_what_the_fork_s_run_named_and_lint_finds_here_too_is_proposed_once(scene: Scene) -> None:
    assert scene.suggest(PLACE) == scene.suggest(PLACE) == ()
    [body] = scene.bodies
    assert "```suggestion\nmodelParameters: {temperature: 0.2}\n```" in body
    assert "no model is known to take 'temprature'" in body.replace("No model", "no model")


@pytest.mark.parametrize(
    "lie",
    [
        LintPlace(PATH, 2, "P304"),
        LintPlace(PATH, 3, "P205"),
        LintPlace("../prompts/greet.prompt.yml", 3, "P304"),
        LintPlace("/etc/passwd", 3, "P304"),
        LintPlace("README.md", 3, "P304"),
        LintPlace("prompts/none.prompt.yml", 3, "P304"),
    ],
)
def test_what_only_the_fork_s_run_says_is_not_proposed(scene: Scene, lie: LintPlace) -> None:
    assert scene.suggest(lie) == ()
    assert scene.bodies == []


def test_the_base_s_settings_hold_and_no_comment_of_the_fork_takes_a_finding_on(scene: Scene) -> None:
    scene.write(TEXT.replace("{temprature: 0.2}", "{temprature: 0.2} # promptops: ignore[P304]"))
    scene.suggest(PLACE)
    assert len(scene.bodies) == 1
    scene.settings("lint: {rules: {P304: 'off'}}\n")
    scene.suggest(PLACE)
    assert "Mended" in scene.bodies[0]


def test_a_run_that_names_nothing_any_more_mends_nothing(scene: Scene) -> None:
    scene.suggest(PLACE)
    scene.suggest()
    assert "Mended" not in scene.bodies[0]
    scene.write(TEXT.replace("temprature", "temperature"))
    scene.suggest()
    assert "Mended" in scene.bodies[0]


def test_a_project_in_a_folder_has_its_own(scene: Scene) -> None:
    scene.server.files[BASE] = {f"apps/one/{name}": data for name, data in scene.server.files[BASE].items()}
    scene.write(TEXT, f"apps/one/{PATH}")
    assert scene.suggest(PLACE, folder="apps/one") == ()
    assert [one["path"] for one in scene.server.beside_lines(7)] == [f"apps/one/{PATH}"]
    assert scene.bodies[0].startswith("<!-- promptops suggestion:apps/one -->\n")


def test_files_that_may_not_be_read_are_one_sentence_at_most(scene: Scene) -> None:
    scene.server.fail("GET", "/contents/", Reply(403, FORBIDDEN), times=20)
    assert scene.suggest(PLACE) == ()
    scene.server.fail("GET", "/comments$", Reply(403, FORBIDDEN))
    (told,) = scene.suggest(PLACE)
    assert told.startswith("nothing is proposed beside the lines: ")
