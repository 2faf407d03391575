"""A pin that stands already: mended where its commit is refused, told for what it is where there is nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import PinError
from promptops.model.outcomes.pin_change import PinReport
from promptops.report.pins.text import pins_text
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.pins import FAILED, FILES, commits, evaluated, only, pinned, pins, tone

FILE = "environments/prod.yml"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """`greet`, pinned in its first version and committed."""
    found = repository()
    found.commit(FILES)
    pinned(found, "greet")
    found.commit(message="pin")
    return found


def squash(repo: GitRepository, *, percent: float | None = None) -> tuple[str, str]:
    """Edit and pin on a branch, and merge it by squash: the commit that is pinned, and the one main has."""
    repo.git("switch", "--quiet", "--create", "work")
    pinned_at = repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=percent)
    repo.commit(message="pin")
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--squash", "work")
    return pinned_at, repo.commit(message="squashed")


def told(report: PinReport) -> str:
    return pins_text(report, 0.0)


# The commit is refused


@pytest.mark.parametrize("wanted", ["greet", "greet@main"])
def test_after_a_squash_merge_the_same_text_is_pinned_at_the_commit_that_main_has(
    repo: GitRepository, wanted: str
) -> None:
    old, new = squash(repo)
    before = pins(repo)["greet"]
    report = pinned(repo, wanted)
    assert (report.written, only(report).kind) == (True, "moved")
    assert pins(repo)["greet"] == before._replace(commit=new)
    assert told(report).startswith(
        f"greet: the same text, now pinned at {new[:7]}, which is part of main ({old[:7]} is not)\n"
    )
    assert only(pinned(repo, wanted)).kind == "same"


def test_a_failed_gate_does_not_keep_the_same_text_from_a_better_commit(repo: GitRepository) -> None:
    _, new = squash(repo)
    evaluated(repo, pins(repo)["greet"].digest, FAILED)
    assert (pinned(repo, "greet").written, commits(repo)["greet"]) == (True, new)


def test_a_pinned_commit_that_is_gone_is_replaced(repo: GitRepository) -> None:
    head, now = repo.git("rev-parse", "HEAD"), pins(repo)["greet"]
    write_files(repo.root, {FILE: (repo.root / FILE).read_text("utf-8").replace(now.commit, "1" * 40)})
    report = pinned(repo, "greet")
    assert only(report).moved == f"{head[:7]} (1111111 is not in this repository)"
    assert commits(repo)["greet"] == head


def test_a_shallow_clone_that_lacks_the_pinned_commit_changes_nothing(repo: GitRepository, tmp_path: Path) -> None:
    clone = GitRepository.__new__(GitRepository)
    clone.root = tmp_path / "shallow"
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.root}", str(clone.root))
    report = pinned(clone, "greet")
    assert (only(report).kind, only(report).notes, commits(clone)) == ("same", (), commits(repo))


def test_a_commit_that_is_named_is_taken_although_the_text_is_the_same(repo: GitRepository) -> None:
    old, new = commits(repo)["greet"], repo.commit({"notes.txt": "x"})
    assert only(pinned(repo, "greet")).kind == "same"
    report = pinned(repo, "greet@HEAD")
    assert only(report).moved == f"{new[:7]} instead of {old[:7]}"
    assert commits(repo)["greet"] == new


def test_on_another_branch_a_pin_of_main_stays(repo: GitRepository) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"notes.txt": "x"})
    assert only(pinned(repo, "greet")).kind == "same"


@pytest.mark.parametrize(("wanted", "percent"), [("greet", 10.0), ("greet@main", 10.0), ("greet", 50.0)])
def test_a_rollout_is_mended_too(repo: GitRepository, wanted: str, percent: float) -> None:
    _, new = squash(repo, percent=10.0)
    before = pins(repo)["greet"]
    report = pinned(repo, wanted, percent=percent)
    assert before.rollout is not None
    assert pins(repo)["greet"] == before._replace(rollout=before.rollout._replace(commit=new, percent=percent))
    assert only(report).kind == ("moved" if percent == 10.0 else "share")
    assert f"now pinned at {new[:7]}, which is part of main" in told(report)


def test_a_rollout_becomes_the_pin_at_the_better_commit(repo: GitRepository) -> None:
    _, new = squash(repo, percent=10.0)
    assert only(pinned(repo, "greet", percent=100.0)).kind == "whole"
    assert (commits(repo)["greet"], pins(repo)["greet"].rollout) == (new, None)


def test_a_rollout_that_ends_leaves_a_mended_pin(repo: GitRepository) -> None:
    _, new = squash(repo)
    repo.commit(message="squashed pin")
    repo.git("switch", "--quiet", "--create", "other")
    repo.commit(tone("Be silent."))
    pinned(repo, "greet", percent=10.0)
    report = pinned(repo, f"greet@{new}")
    assert (only(report).kind, commits(repo)["greet"], pins(repo)["greet"].rollout) == ("ended", new, None)
    assert f"it is now pinned at {new[:7]}, which is part of main" in told(report)


# Nothing to do


def test_the_note_is_about_the_pinned_commit_and_not_about_head(repo: GitRepository) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    side = repo.commit(tone("Be brief."))
    pinned(repo, "greet")
    repo.commit(message="pin")
    (note,) = only(pinned(repo, "greet")).notes
    assert note.startswith(f"{side[:7]} is not part of main yet.")


def test_a_file_that_is_not_committed_is_told(repo: GitRepository) -> None:
    assert not pinned(repo, "greet").uncommitted
    repo.commit(tone("Be brief."))
    pinned(repo, "greet")
    again = pinned(repo, "greet")
    assert (again.uncommitted, only(again).kind) == (True, "same")
    assert f"  {FILE} is not committed yet: commit it" in told(again)
    repo.commit(message="pin")
    (repo.root / FILE).write_bytes((repo.root / FILE).read_bytes().replace(b"\n", b"\r\n"))
    assert not pinned(repo, "greet").uncommitted
    assert pinned(repo, "greet", environment="test").uncommitted is False
    assert pinned(repo, "greet", environment="test").uncommitted


def test_a_percent_that_stands_already_is_told_as_the_rollout_it_is(repo: GitRepository) -> None:
    head = repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    for wanted in ("greet", "greet@HEAD"):
        said = told(pinned(repo, wanted, percent=10.0))
        assert said.startswith(f"greet: nothing to do: {head[:7]} is already rolled out to 10% of the calls\n")
    assert told(pinned(repo, f"greet@{commits(repo)['greet']}", percent=10.0)).startswith(
        "greet: nothing to do, prod already pins this version\n"
    )


# What is left out, and who made it


@pytest.mark.parametrize("percent", [10.0, 50.0, 100.0])
def test_a_newer_version_that_is_not_part_of_the_rollout_is_told(repo: GitRepository, percent: float) -> None:
    repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    assert only(pinned(repo, "greet", percent=20.0, dry_run=True)).notes == ()
    newer = repo.commit(tone("Be silent."), "B")
    repo.commit({"notes.txt": "x"}, "not about the prompt")
    assert only(pinned(repo, "greet", percent=percent)).notes == (
        f"greet was changed since ({newer[:7]}: B); that is not part of this rollout. To roll it out instead: "
        f"promptops pin greet@HEAD --env prod --percent {percent:g}",
    )


def test_from_an_older_commit_nothing_was_changed_since(repo: GitRepository) -> None:
    older = repo.commit(tone("Be loud."))
    repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    repo.git("switch", "--quiet", "--detach", older)
    assert only(pinned(repo, "greet", percent=20.0)).notes == ()


def test_a_rollout_grows_although_the_prompt_is_broken_since(repo: GitRepository) -> None:
    repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    repo.commit({"prompts/greet.prompt.yml": "messages: ["})
    assert only(pinned(repo, "greet", percent=20.0)).kind == "share"


def test_a_version_is_told_by_the_commit_that_last_changed_it(repo: GitRepository) -> None:
    partial = repo.commit(tone("Be brief."), "House style: shorter")
    head = repo.commit({"notes.txt": "x"}, "not about the prompt")
    report = pinned(repo, "greet")
    assert report.changed[("greet", head)] == partial
    assert f"  after   {head[:7]}; last changed by Ada, " in told(report)
    assert f": House style: shorter ({partial[:7]})\n" in told(report)
    assert "not about the prompt" not in told(report)


def test_the_last_change_in_a_folder_of_its_repository(repository: RepositoryBuilder) -> None:
    repo = repository()
    first = repo.commit({f"team/{name}": content for name, content in FILES.items()})
    head = repo.commit({"team/notes.txt": "x", "prompts/greet.prompt.yml": "of another project"})
    inner = GitRepository.__new__(GitRepository)
    inner.root = repo.root / "team"
    assert pinned(inner, "greet").changed == {("greet", head): first}


def test_a_rollout_whose_commit_is_gone_is_still_an_error(repo: GitRepository) -> None:
    head = repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    write_files(repo.root, {FILE: (repo.root / FILE).read_text("utf-8").replace(head, "1" * 40)})
    repo.commit(tone("Be silent."))
    with pytest.raises(PinError, match="cannot be pinned"):
        pinned(repo, "greet", percent=20.0)
