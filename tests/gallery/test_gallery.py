"""What people read on a pull request, whole, for edits of every kind: the real check against golden files.

After a change that is meant, `PROMPTOPS_GALLERY=write pytest tests/gallery` writes them anew; read what it wrote.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.gallery.scenarios import SCENARIOS, Scenario, project
from tests.github_server import GitHubServer
from tests.workflows.scene import answering_bodies

GOLDEN = Path(__file__).parent / "golden"
_WRITES = os.environ.get("PROMPTOPS_GALLERY") == "write"
"""Read before the tests' isolation takes such names away."""
_BY_CHANCE = ", no difference shown"
"""Said of times alone here, where noise is large enough."""
_TIMES = re.compile(r"\b\d+(\.\d+)? m?s\b")


def comment_of(scenario: Scenario, folder: Path, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The comment that the check of this pull request leaves."""
    with answering_bodies(scenario.endpoint) as endpoint:
        before, after = project(scenario, endpoint.url)
        repository = GitRepository(folder / "work")
        base = repository.commit(before, "The prompts")
        repository.git("switch", "--quiet", "--create", "edit")
        head = repository.commit(after, "An edit")
        monkeypatch.chdir(repository.root)
        pull = github.add_pull_request(7, head_sha=head, base_sha=base, head_ref="edit")
        event = folder / "event.json"
        event.write_text(json.dumps({"pull_request": pull, "repository": {"full_name": github.repository}}), "utf-8")
        environment = {
            "GITHUB_API_URL": github.url,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": github.repository,
            "GITHUB_RUN_ID": "1234567890",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "GITHUB_TOKEN": github.token,
        }
        result = CliRunner().invoke(cli, ["github", "check", "--base", "main"], env=environment)
    assert result.exit_code in (0, 1, 2), result.output
    [comment] = github.bodies(7)
    named = comment.replace(endpoint.url, "http://127.0.0.1:1/v1").replace("\N{WORD JOINER}", "")
    for commit, name in ((head, "9be03d7"), (base, "4f2a91c")):
        named = re.sub(f"{commit[:7]}[0-9a-f]*", name, named)
    return _TIMES.sub("1.0 s", named).replace(_BY_CHANCE, "") + "\n"


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_comment_reads_as_it_did(
    name: str, tmp_path: Path, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = comment_of(SCENARIOS[name], tmp_path, github, monkeypatch)
    golden = GOLDEN / f"{name}.md"
    if _WRITES:
        golden.write_text(comment, "utf-8")
    assert comment == golden.read_text("utf-8")


def test_there_is_no_golden_file_without_a_pull_request() -> None:
    assert {path.stem for path in GOLDEN.glob("*.md")} == set(SCENARIOS)
