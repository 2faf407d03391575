"""Back to what was pinned before, by the history of the environment's file in real repositories."""

from __future__ import annotations

import pytest

from promptops.errors import PinError, PromptError
from promptops.workflows.pin.rollback import previous_state, roll_back
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.pins import FILES, bye, commits, only, pinned, pins, rolled_back, tone
from tests.workflows.scene import workspace_at

FILE = "environments/prod.yml"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """`greet` and `bye`, pinned in their first version and committed."""
    found = repository()
    found.commit(FILES)
    pinned(found, "greet", "bye")
    found.commit(message="pin")
    return found


def promote(repo: GitRepository, text: str) -> str:
    """Another version of `greet`, pinned and committed; gives the commit it is pinned at."""
    version = repo.commit(tone(text))
    pinned(repo, "greet")
    repo.commit(message=f"pin {text}")
    return version


def take_back(repo: GitRepository, *names: str) -> str:
    """Roll back, commit, and give what `greet` is pinned at now."""
    rolled_back(repo, *names)
    repo.commit(message="rollback")
    return commits(repo)["greet"]


# One prompt


def test_a_prompt_goes_back_to_the_version_before_and_the_others_stay(repo: GitRepository) -> None:
    first = commits(repo)["greet"]
    second = promote(repo, "Be brief.")
    previous_state = (repo.root / FILE).read_bytes()
    report = rolled_back(repo, "greet")
    change = only(report)
    assert (change.kind, report.written, commits(repo)) == ("back", True, {"greet": first, "bye": first})
    assert (change.old and change.old.commit, change.new and change.new.commit) == (second, first)
    assert change.diff is not None
    assert change.diff.cases[0].head == (("system", "Be kind.\n"), ("user", "Greet Ada"))
    assert (repo.root / FILE).read_bytes() != previous_state
    assert repo.git("log", "-1", "--format=%s") == "pin Be brief."


def test_rolling_back_twice_goes_back_twice_and_never_forth(repo: GitRepository) -> None:
    first = commits(repo)["greet"]
    second = promote(repo, "Be brief.")
    promote(repo, "Be silent.")
    assert take_back(repo, "greet") == second
    assert take_back(repo, "greet") == first
    with pytest.raises(PinError, match="never pinned to another version before") as raised:
        rolled_back(repo, "greet")
    assert f"a later one was taken back; to pin it again: promptops pin greet@{second[:12]}" in raised.value.hint


def test_a_rollback_that_is_not_committed_yet_is_where_the_next_one_begins(repo: GitRepository) -> None:
    first = commits(repo)["greet"]
    promote(repo, "Be brief.")
    promote(repo, "Be silent.")
    rolled_back(repo, "greet")
    rolled_back(repo, "greet")
    assert commits(repo)["greet"] == first


def test_uncommitted_pins_count_as_now(repo: GitRepository) -> None:
    first = commits(repo)["greet"]
    repo.commit(tone("Be brief."))
    pinned(repo, "greet")
    rolled_back(repo, "greet")
    assert commits(repo)["greet"] == first
    assert repo.git("status", "--porcelain") == ""


def test_versions_that_are_the_same_to_a_model_are_passed_over(repo: GitRepository) -> None:
    first = commits(repo)["greet"]
    second = promote(repo, "Be brief.")
    other = repo.commit({"notes.txt": "x"})
    write_files(repo.root, {FILE: (repo.root / FILE).read_text("utf-8").replace(second, other)})
    repo.commit(message="the same digest at another commit")
    rolled_back(repo, "greet")
    assert commits(repo)["greet"] == first


def test_a_pin_that_was_mended_comes_back_as_it_was_mended(repo: GitRepository) -> None:
    better = repo.commit({"notes.txt": "x"})
    pinned(repo, f"greet@{better}")
    repo.commit(message="the same text at a better commit")
    promote(repo, "Be brief.")
    rolled_back(repo, "greet")
    assert commits(repo)["greet"] == better


def test_a_version_outside_the_default_branch_is_said(repo: GitRepository) -> None:
    main = repo.git("rev-parse", "main")
    repo.git("switch", "--quiet", "--create", "work")
    side = promote(repo, "Be brief.")
    promote(repo, "Be silent.")
    report = rolled_back(repo, "greet")
    assert only(report).notes[0].startswith(f"{side[:7]} is not part of main yet.")
    assert (report.unmerged, repo.git("rev-parse", "main")) == (True, main)


def test_a_running_rollout_is_ended_and_nothing_else(repo: GitRepository) -> None:
    promote(repo, "Be brief.")
    now = pins(repo)
    repo.commit(tone("Be silent."))
    pinned(repo, "greet", percent=10.0)
    repo.commit(message="roll out")
    change = only(rolled_back(repo, "greet"))
    assert (change.kind, pins(repo)) == ("ended", now)
    assert change.diff is not None
    assert change.diff.cases[0].head == (("system", "Be brief.\n"), ("user", "Greet Ada"))


def test_a_rollout_that_became_the_pin_goes_back_to_the_pin_before_without_a_rollout(repo: GitRepository) -> None:
    first = pins(repo)["greet"]
    repo.commit(tone("Be brief."))
    for percent in (10.0, 50.0, 100.0):
        pinned(repo, "greet", percent=percent)
        repo.commit(message=f"{percent}")
    rolled_back(repo, "greet")
    assert pins(repo)["greet"] == first


def test_a_rollout_that_ran_beside_the_version_before_does_not_come_back(repo: GitRepository) -> None:
    second = repo.commit(tone("Be brief."))
    repo.commit(tone("Be silent."))
    pinned(repo, f"greet@{second}")
    pinned(repo, "greet@HEAD", percent=10.0)
    repo.commit(message="both at once")
    pinned(repo, "greet", percent=100.0)
    repo.commit(message="whole")
    rolled_back(repo, "greet")
    assert (commits(repo)["greet"], pins(repo)["greet"].rollout) == (second, None)


def test_what_a_merged_branch_tried_on_its_way_was_never_served(repo: GitRepository) -> None:
    first = commits(repo)["greet"]
    repo.git("switch", "--quiet", "--create", "work")
    promote(repo, "Be brief.")
    promote(repo, "Be silent.")
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "work")
    rolled_back(repo, "greet")
    assert commits(repo)["greet"] == first


def test_a_pin_that_was_taken_out_as_the_last_one_is_found_again(repo: GitRepository) -> None:
    first = pins(repo)
    repo.commit({FILE: "pins:\n"})
    rolled_back(repo)
    assert pins(repo) == first


def test_versions_of_the_file_that_nobody_could_read_are_passed_over(repo: GitRepository) -> None:
    first, good = commits(repo)["greet"], (repo.root / FILE).read_bytes()
    repo.commit({FILE: "pins: ["})
    repo.commit({FILE: good})
    promote(repo, "Be brief.")
    rolled_back(repo, "greet")
    assert commits(repo)["greet"] == first


def test_a_prompt_that_is_pinned_no_more_comes_back(repo: GitRepository) -> None:
    was = pins(repo)
    lines = (repo.root / FILE).read_text("utf-8").splitlines(keepends=True)
    repo.commit({FILE: "".join(line for line in lines if "bye" not in line)})
    change = only(rolled_back(repo, "prompts/bye.prompt.yml"))
    assert (change.kind, change.before, pins(repo)) == ("back", None, was)


def test_two_prompts_go_back_together_or_not_at_all(repo: GitRepository) -> None:
    first = commits(repo)
    promote(repo, "Be brief.")
    text = (repo.root / FILE).read_bytes()
    with pytest.raises(PinError, match="'bye' was never pinned to another version"):
        rolled_back(repo, "greet", "bye")
    assert (repo.root / FILE).read_bytes() == text
    repo.commit(bye("Wave"))
    pinned(repo, "bye")
    repo.commit()
    rolled_back(repo, "greet", "bye", "greet")
    assert commits(repo) == first


def test_what_was_never_pinned_is_an_error_that_names_what_is(repo: GitRepository) -> None:
    with pytest.raises(PinError, match="'gret' is not pinned here and never was") as raised:
        rolled_back(repo, "gret")
    assert raised.value.hint == "did you mean 'greet'?"


def test_an_earlier_version_that_would_not_be_served_is_not_written(repo: GitRepository) -> None:
    text = (repo.root / FILE).read_text("utf-8")
    wrong = text.replace(pins(repo)["greet"].digest, f"sha256:{'0' * 64}")
    repo.commit({FILE: wrong})
    now = promote(repo, "Be brief.")
    with pytest.raises(PinError, match="is not what was pinned"):
        rolled_back(repo, "greet")
    assert commits(repo)["greet"] == now


def test_a_shallow_clone_says_how_to_get_the_rest(repo: GitRepository, repository: RepositoryBuilder) -> None:
    promote(repo, "Be brief.")
    target = repo.root.parent / "shallow"
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.root}", str(target))
    with pytest.raises(PinError) as raised:
        roll_back(workspace_at(target), "prod", ["greet"])
    assert str(raised.value).partition(": ")[2].startswith("as far as this clone knows, ")
    assert raised.value.hint == "this clone lacks the older history: `git fetch --unshallow`"


# The whole file


def test_the_whole_file_goes_back_to_what_it_pinned_before(repo: GitRepository) -> None:
    was = pins(repo)
    repo.commit(tone("Be brief.") | bye("Wave"))
    pinned(repo, "greet", "bye")
    repo.commit()
    report = rolled_back(repo)
    assert [(one.prompt, one.kind) for one in report.prompts] == [("bye", "back"), ("greet", "back")]
    assert pins(repo) == was


def test_a_prompt_that_was_not_pinned_before_is_taken_out(repo: GitRepository) -> None:
    was = pins(repo)
    repo.commit({"prompts/new.prompt.yml": FILES["prompts/bye.prompt.yml"]})
    pinned(repo, "new")
    repo.commit()
    assert only(rolled_back(repo)).kind == "removed"
    assert pins(repo) == was


def test_rollouts_of_the_whole_file_are_ended_first(repo: GitRepository) -> None:
    promote(repo, "Be brief.")
    was = pins(repo)
    repo.commit(tone("Be silent."))
    pinned(repo, "greet", percent=10.0)
    repo.commit()
    assert only(rolled_back(repo)).kind == "ended"
    assert pins(repo) == was


def test_the_first_version_of_a_file_has_none_before(repo: GitRepository) -> None:
    with pytest.raises(PinError, match="no earlier version of this file"):
        rolled_back(repo)


def test_a_dry_run_writes_nothing(repo: GitRepository) -> None:
    now = promote(repo, "Be brief.")
    assert only(rolled_back(repo, dry_run=True)).kind == "back"
    assert commits(repo)["greet"] == now


def test_an_environment_that_is_not_there_or_broken(repo: GitRepository) -> None:
    with pytest.raises(PinError, match="there is no such environment") as raised:
        rolled_back(repo, environment="test")
    assert raised.value.hint == "there are: prod"
    write_files(repo.root, {FILE: "pins: ["})
    with pytest.raises(PromptError):
        rolled_back(repo, "greet")
    assert (repo.root / FILE).read_text("utf-8") == "pins: ["


# What came before


@pytest.mark.parametrize(
    ("past", "now", "found"),
    [
        ("", "a", None),
        ("a", "a", None),
        ("a", "b", "a"),
        ("aabb", "b", "a"),
        ("abc", "b", "a"),
        ("abcb", "b", "a"),
        ("aba", "b", "a"),
        ("ab", "a", None),
        ("abcbd", "d", "b"),
    ],
)
def test_what_comes_again_takes_back_what_was_between(past: str, now: str, found: str | None) -> None:
    assert previous_state(past, now, str) == found
