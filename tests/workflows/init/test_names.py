"""What the written workflows are called where somebody has workflows of the same names."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promptops.workflows.init.names import WORKFLOWS, workflow_names
from promptops.workflows.init.scaffold import scaffold
from tests.conftest import GitRepository, write_files
from tests.workflows.init.test_github import tool

VERSION = "1.2.3"
FOREIGN = "name: prompts\non: push\njobs: {}\n"
INSTEAD = {
    "prompts": "promptops",
    "prompts-comment": "promptops-comment",
    "prompts-nightly": "promptops-nightly",
    "pin": "promptops-pin",
}


def workflows(*names: str, text: str = FOREIGN, ending: str = "yml") -> dict[str, str]:
    """Workflows that are there already."""
    return {f".github/workflows/{name}.{ending}": text for name in names}


@pytest.mark.parametrize("taken", WORKFLOWS)
@pytest.mark.parametrize("ending", ["yml", "yaml"])
def test_a_name_that_is_taken_is_left_to_whoever_has_it(taken: str, ending: str, tmp_path: Path) -> None:
    write_files(tmp_path, workflows(taken, ending=ending))
    begun = scaffold(tmp_path, VERSION)
    folder = tmp_path / ".github" / "workflows"
    assert (folder / f"{taken}.{ending}").read_text() == FOREIGN
    written = {path.stem for path in begun.written if path.parent == folder}
    assert written == {INSTEAD[name] if name == taken else name for name in WORKFLOWS}
    assert any(f"a workflow of your own called {taken}, so" in note for note in begun.notes)
    assert begun.comments
    again = scaffold(tmp_path, VERSION)
    assert (again.written, again.notes) == ((), ())


def test_all_that_refers_to_a_renamed_workflow_follows(tmp_path: Path) -> None:
    write_files(tmp_path, workflows(*WORKFLOWS))
    scaffold(tmp_path, VERSION)
    folder = tmp_path / ".github" / "workflows"
    found = {name: yaml.load((folder / f"{name}.yml").read_text("utf-8"), yaml.BaseLoader) for name in INSTEAD.values()}
    assert (
        found["promptops-comment"]["on"]["workflow_run"]["workflows"] == [found["promptops"]["name"]] == ["promptops"]
    )
    assert found["promptops-pin"]["name"] == "promptops-pin"
    assert all(one["concurrency"]["group"].startswith("promptops-") for one in found.values())
    assert "there promptops-comment.yml posts it" in (folder / "promptops.yml").read_text("utf-8")
    for name in INSTEAD.values():
        (folder / f"{name}.yml").rename(tmp_path / f"{name}.yml")
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *sorted(tmp_path.glob("p*-*.yml")))
    assert done.returncode == 0, done.stdout


def test_the_other_name_may_be_taken_as_well(tmp_path: Path) -> None:
    write_files(tmp_path, workflows("prompts", "promptops", "promptops-2"))
    assert workflow_names(tmp_path, "")["prompts"] == "promptops-3"


@pytest.mark.parametrize("text", ["# Written by promptops init 0.0.1.\n", "jobs:\n- run: promptops github check\n"])
def test_what_does_the_same_is_kept_as_ours(text: str, tmp_path: Path) -> None:
    write_files(tmp_path, workflows("prompts", text=text))
    begun = scaffold(tmp_path, VERSION)
    assert "prompts.yml" in {left.path.name for left in begun.left}
    assert begun.comments


def test_a_project_in_a_folder_has_names_of_its_own(tmp_path: Path) -> None:
    GitRepository(tmp_path)
    write_files(tmp_path, workflows("prompts", "shop-prompts"))
    scaffold(tmp_path / "shop", VERSION)
    assert (tmp_path / ".github" / "workflows" / "shop-promptops.yml").is_file()
    assert (tmp_path / ".github" / "workflows" / "shop-pin.yml").is_file()


def test_a_comment_that_waits_for_another_workflow_is_said(tmp_path: Path) -> None:
    scaffold(tmp_path, VERSION)
    write_files(tmp_path, workflows("prompts"))
    notes = scaffold(tmp_path, VERSION).notes
    assert 'prompts-comment.yml waits for another workflow; write there: workflows: ["promptops"]' in notes


def test_without_the_check_no_comment_is_promised(tmp_path: Path) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "prompts.yml").symlink_to(tmp_path / "nowhere.yml")
    begun = scaffold(tmp_path, VERSION)
    assert "pin.yml" in {path.name for path in begun.written}
    assert not begun.comments


def test_workflows_that_a_sparse_checkout_leaves_out_are_read_all_the_same(tmp_path: Path) -> None:
    repo = GitRepository(tmp_path)
    scaffold(tmp_path, VERSION)
    repo.commit({})
    repo.git("sparse-checkout", "set", "--cone", "prompts")
    assert not (tmp_path / ".github").exists()
    assert (scaffold(tmp_path, VERSION).written, scaffold(tmp_path, VERSION).notes) == ((), ())
    repo.git("sparse-checkout", "disable")
    repo.commit(workflows("prompts"))
    repo.git("sparse-checkout", "set", "--cone", "prompts")
    assert workflow_names(tmp_path, "")["prompts"] == "promptops"
