"""What `pin` and `rollback` say of versions that the default branch did not approve: it names the commit to pin."""

from __future__ import annotations

import pytest

from promptops.errors import PinError
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.pins import FILES, bye, commits, only, pinned, pins, rolled_back, tone

FILE = "environments/prod.yml"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """Two prompts on main, pinned there, and a branch with a try and a final text."""
    found = repository()
    found.commit(FILES)
    pinned(found, "greet", "bye")
    found.commit(message="pins")
    found.git("switch", "--quiet", "--create", "work")
    found.commit(tone("A try."))
    found.git("tag", "tried")
    found.commit(tone("Be brief."))
    found.git("switch", "--quiet", "main")
    return found


def merged(repo: GitRepository, *how: str) -> str:
    """Merge the branch; main's new commit, and one more on top of it."""
    repo.git("merge", "--quiet", *(how or ("--no-ff", "--no-edit")), "work")
    merge = repo.commit({}) if how else repo.git("rev-parse", "main")
    repo.commit({"notes.txt": "later"})
    return merge


@pytest.mark.parametrize("percent", [None, 10.0])
def test_a_text_that_was_changed_before_it_was_merged_is_refused_and_the_merge_is_named(
    repo: GitRepository, percent: float | None
) -> None:
    before, merge = pins(repo), merged(repo)
    with pytest.raises(PinError, match="has a text that main itself never had") as caught:
        pinned(repo, "greet@tried", percent=percent)
    assert caught.value.hint.endswith(f"take what was merged: promptops pin greet@{merge} --env prod")
    assert pins(repo) == before
    pinned(repo, f"greet@{merge}", percent=percent)


def test_another_prompt_of_the_same_commit_may_be_pinned(repo: GitRepository) -> None:
    merged(repo)
    tried = repo.git("rev-parse", "tried")
    assert only(pinned(repo, "bye@tried")).notes == ()
    assert commits(repo)["bye"] == tried


def test_the_last_commit_of_a_merged_branch_is_pinned_as_it_was_named(repo: GitRepository) -> None:
    merged(repo)
    report = pinned(repo, "greet@work")
    assert (commits(repo)["greet"], only(report).notes, report.unmerged) == (repo.git("rev-parse", "work"), (), False)


def test_after_a_squash_the_commit_that_main_has_is_pinned_and_that_is_said(repo: GitRepository) -> None:
    squash = merged(repo, "--squash")
    work = repo.git("rev-parse", "work")
    report = pinned(repo, "greet@work")
    assert commits(repo)["greet"] == squash
    assert only(report).notes == (f"{work[:7]} is not part of main, which has the same text at {squash[:7]}",)
    assert not report.unmerged
    tried = only(pinned(repo, "greet@tried", dry_run=True))
    assert tried.new is not None
    assert tried.new.commit == repo.git("rev-parse", "tried")
    assert "is not part of main yet" in tried.notes[0]


def test_a_prompt_that_a_branch_did_not_touch_is_pinned_where_main_has_it(repo: GitRepository) -> None:
    (repo.root / FILE).unlink()
    repo.git("switch", "--quiet", "work", "--discard-changes")
    (repo.root / FILE).unlink()
    first = repo.git("rev-list", "--max-parents=0", "main")
    work = repo.git("rev-parse", "work")
    report = pinned(repo, "bye")
    assert commits(repo) == {"bye": first}
    assert f"{work[:7]} is not part of main, which has the same text at {first[:7]}" in only(report).notes


def test_a_pin_that_main_approved_stays_where_the_same_text_is_named_on_a_branch(repo: GitRepository) -> None:
    before = pins(repo)
    repo.git("switch", "--quiet", "work")
    assert only(pinned(repo, "bye@work")).kind == "same"
    assert pins(repo) == before


def test_a_text_that_main_took_up_later_may_be_pinned_where_it_was_tried(repo: GitRepository) -> None:
    merged(repo)
    repo.commit(tone("A try."))
    assert only(pinned(repo, "greet@tried")).notes == ()
    assert commits(repo)["greet"] == repo.git("rev-parse", "tried")


@pytest.mark.parametrize("wanted", ["greet", "greet@main"])
def test_a_pin_that_main_did_not_approve_is_mended(repo: GitRepository, wanted: str) -> None:
    """It was pinned before the squash, by its own commit, and the text is the same."""
    pinned(repo, "greet@work")
    repo.commit(message="pin before the merge")
    work, squash = repo.git("rev-parse", "work"), merged(repo, "--squash")
    report = pinned(repo, wanted)
    new = repo.git("rev-parse", "main")
    assert (commits(repo)["greet"], only(report).kind) == (new, "moved")
    assert only(report).moved == f"{new[:7]}, which is part of main ({work[:7]} is not)"
    assert new != squash


def test_a_rollout_at_a_text_that_main_never_had_goes_no_further(repo: GitRepository) -> None:
    tried = repo.git("rev-parse", "tried")
    pinned(repo, "greet@tried", percent=10.0)
    repo.commit(message="before it was merged")
    merged(repo)
    for percent in (20.0, 100.0):
        with pytest.raises(PinError, match=f"commit {tried[:7]} has a text that main itself never had"):
            pinned(repo, "greet", percent=percent)
    assert only(rolled_back(repo, "greet")).kind == "ended"
    assert pins(repo)["greet"].rollout is None


def test_rolling_back_to_a_text_that_main_never_had_is_refused(repo: GitRepository) -> None:
    """All pins of an environment are loaded at once: one that is refused would keep the bad version in place."""
    first = commits(repo)["greet"]
    pinned(repo, "greet@tried")
    repo.commit(message="pin before the merge")
    merged(repo)
    pinned(repo, "greet", "bye")
    repo.commit(message="and after it")
    before = pins(repo)
    # What was merged is what is pinned now: somebody who wants to get away from it is told of the version before.
    earlier = f"the version that was pinned before that one: promptops pin greet@{first} --env prod"
    alone = "take prompts back one by one: for this one `promptops rollback greet --env prod` goes by its own history"
    for names, hint in ((["greet"], earlier), ([], alone)):
        with pytest.raises(PinError, match="has a text that main itself never had") as caught:
            rolled_back(repo, *names)
        assert caught.value.hint == hint
    assert pins(repo) == before


def test_a_pin_that_was_taken_out_and_would_not_be_served(repo: GitRepository) -> None:
    first, kept = commits(repo)["greet"], (repo.root / FILE).read_text("utf-8")
    pinned(repo, "greet@tried")
    repo.commit(message="pin before the merge")
    repo.commit({FILE: "".join(row for row in kept.splitlines(keepends=True) if "greet" not in row)})
    merged(repo)
    with pytest.raises(PinError, match="has a text that main itself never had") as caught:
        rolled_back(repo, "greet")
    assert caught.value.hint.endswith(f"before that one: promptops pin greet@{first} --env prod")


def test_a_version_that_nobody_would_serve_and_nothing_before_it(repo: GitRepository) -> None:
    pinned(repo, "greet@tried", environment="staging")
    repo.commit(message="pin before the merge")
    merge = merged(repo)
    pinned(repo, "greet", environment="staging")
    repo.commit(message="and after it")
    with pytest.raises(PinError, match="has a text that main itself never had") as caught:
        rolled_back(repo, "greet", environment="staging")
    assert f"promptops pin greet@{merge}" in caught.value.hint


def test_a_shallow_clone_pins_what_it_is_told(repo: GitRepository, repository: RepositoryBuilder) -> None:
    merged(repo)
    clone = GitRepository.__new__(GitRepository)
    clone.root = repo.root.parent / "cut"
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.root}", str(clone.root))
    report = pinned(clone, "greet@HEAD")
    assert (report.written, report.unmerged) == (True, False)


def test_a_tag_named_like_the_default_branch_approves_nothing(repo: GitRepository) -> None:
    repo.git("tag", "main", "tried")
    report = pinned(repo, "greet@tried", dry_run=True)
    assert report.unmerged
    assert "is not part of main yet" in only(report).notes[0]


def test_both_prompts_or_none(repo: GitRepository) -> None:
    merged(repo)
    repo.commit(bye("Wave"))
    before = pins(repo)
    with pytest.raises(PinError, match=r"greet: commit .* has a text that main itself never had"):
        pinned(repo, "bye", "greet@tried")
    assert pins(repo) == before
