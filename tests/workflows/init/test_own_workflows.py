"""This repository's own second half: its own action from the default branch, with no right too many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.workflows.init.test_github import RIGHTS, tool

FOLDER = Path(__file__).parents[3] / ".github" / "workflows"


def loaded(name: str) -> dict[str, Any]:
    """A workflow as GitHub reads it."""
    found: dict[str, Any] = yaml.load((FOLDER / name).read_text("utf-8"), yaml.BaseLoader)
    return found


def test_the_second_half_runs_the_default_branch_and_nothing_else() -> None:
    workflow = loaded("prompts-comment.yml")
    for job in workflow["jobs"].values():
        checkout, action = job["steps"]
        assert checkout["uses"].startswith("actions/checkout@")
        assert checkout["with"] == {
            "persist-credentials": "false",
            "ref": "${{ github.event.repository.default_branch }}",
        }
        assert action["uses"] == "./"
    assert [job["steps"][1]["with"]["mode"] for job in workflow["jobs"].values()] == ["comment", "label"]


def test_it_hears_of_the_first_half_and_has_the_rights_that_init_gives() -> None:
    workflow = loaded("prompts-comment.yml")
    assert workflow["on"]["workflow_run"]["workflows"] == [loaded("prompts.yml")["name"]]
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["permissions"] == {"contents": "read"} | RIGHTS[name]


def test_zizmor_finds_nothing() -> None:
    done = tool("zizmor", "--offline", "--no-progress", "--persona=pedantic", FOLDER / "prompts-comment.yml")
    assert done.returncode == 0, done.stdout
