"""A pull request that changes environments: what is told of it, and what fails it."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.report.comment.compose import check_comment
from promptops.source.git.notes import REF
from promptops.store.check_file import dump_summary, parse_summary
from promptops.workflows.environment_review.review import review_environments
from tests.workflows.diff.test_diff import BYE, SUITE
from tests.workflows.environment_review.promotions import PROD, Shared, exit_code, page
from tests.workflows.pin.test_evaluated_before_pin import DEMANDED
from tests.workflows.pinning import NOWHERE, WRONG
from tests.workflows.pins import FAILED, FILES, PASSED, tone
from tests.workflows.scene import workspace_at

DEMANDING = {**FILES, "promptops.yml": DEMANDED}


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    return Shared(tmp_path)


def short(commit: str) -> str:
    return commit[:7]


def test_a_promotion_is_told_with_what_a_model_receives_how_it_did_and_who_wrote_it(shared: Shared) -> None:
    found = shared.proposed(f"pins:\n{shared.row(shared.two)}")
    told = page(found)
    assert f"prod: greet {short(shared.one)} → {short(shared.two)}" in told
    assert "```diff\n@@ system @@\n-Be kind.\n+Be brief.\n```" in told
    assert "Rules, as last evaluated on 2026-11-24 (suite greet, as a git note says)" in told
    assert "✅ says the name (small) ≥ 75%: holds" in told
    assert "Written by Ada, " in told
    assert "Who approved it is not known" in told
    assert "Nothing was evaluated" not in told
    assert exit_code(found) == 0


def test_who_merged_the_version_approved_it(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    work = shared.work
    work.git("switch", "--quiet", "--create", "shorter")
    work.commit(tone("Be short."))
    work.git("switch", "--quiet", "main")
    work.git(
        "-c",
        "user.name=Tom",
        "-c",
        "user.email=tom@example.org",
        "merge",
        "--quiet",
        "--no-ff",
        "--no-commit",
        "shorter",
    )
    work.git("commit", "--quiet", "-m", "Merge it", "--author=Tom <tom@example.org>")
    merge = work.git("rev-parse", "HEAD")
    shared.publish()
    shared.clone = shared.cloned("later")
    told = page(shared.proposed(f"pins:\n{shared.row(merge)}"))
    assert "Approved: merged by Tom" in told
    assert "tom@example.org" not in told


def test_a_failed_gate_without_a_reason_fails_it_and_with_one_it_is_told(tmp_path: Path) -> None:
    shared = Shared(tmp_path, FAILED)
    found = shared.proposed(f"pins:\n{shared.row(shared.two)}")
    assert exit_code(found) == 1
    why = "the rule 'says the name ≥ 75%' does not hold"
    first = page(found).replace("`", "").splitlines()[1]
    assert first == f"### ⛔ Must not be served: prod: greet {short(shared.two)}: {why}"
    assert f"### ❌ prod: greet must not be served like this: {why}\n" in page(found)
    found = shared.proposed(f"pins:\n{shared.row(shared.two, behind='  # forced: agreed with legal')}")
    assert exit_code(found) == 0
    assert "does not hold; the file says why it is pinned all the same: agreed with legal" in page(found)
    empty = shared.proposed(f"pins:\n{shared.row(shared.two, behind='  # forced: ')}")
    assert exit_code(empty) == 1


@pytest.mark.parametrize("files", [{"evals/greet.eval.yml": None}, {"evals/greet.eval.yml": "renamed"}])
def test_taking_the_suite_out_hides_no_gate_that_failed(tmp_path: Path, files: dict[str, str | None]) -> None:
    shared = Shared(tmp_path, FAILED)
    for name, becomes in files.items():
        file = shared.clone.root / name
        if becomes:
            file.rename(file.with_name("renamed.eval.yml"))
        else:
            file.unlink()
    assert exit_code(shared.proposed(f"pins:\n{shared.row(shared.two)}")) == 1


def test_what_is_wrong_with_a_pin_by_itself_fails_it(shared: Shared) -> None:
    good = shared.row(shared.two)
    wrong = good.replace(good[good.index("sha256:") : good.index("}")], WRONG)
    told = shared.proposed(f"pins:\n{wrong}")
    assert exit_code(told) == 1
    assert "is not what was pinned" in page(told)
    gone = shared.proposed(f"pins:\n{good.replace(shared.two, NOWHERE)}")
    assert exit_code(gone) == 1
    assert "there is no such commit in this repository" in page(gone)


def test_a_version_that_is_on_no_branch_of_ours_fails_it(shared: Shared) -> None:
    own = shared.clone.commit(tone("Be mine."))
    found = shared.proposed(f"pins:\n{shared.row(own, root=shared.clone.root)}")
    assert exit_code(found) == 1
    assert f"'greet' is pinned at commit {short(own)}, which is not part of main" in page(found).replace("`", "")
    assert "Written by" not in page(found)


def test_a_text_that_a_merged_branch_only_tried_fails_it(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    work = shared.work
    work.git("switch", "--quiet", "--create", "shorter")
    tried = work.commit(tone("wip"))
    work.commit(tone("Be short."))
    work.git("switch", "--quiet", "main")
    work.git("merge", "--quiet", "--no-ff", "-m", "Merge", "shorter")
    shared.publish()
    shared.clone = shared.cloned("later")
    found = shared.proposed(f"pins:\n{shared.row(tried)}")
    assert exit_code(found) == 1
    assert "which has a text that main itself never had" in page(found)
    assert "take what was merged" in page(found)


def test_what_nobody_evaluated_fails_it_where_the_base_demands_that(tmp_path: Path) -> None:
    shared = Shared(tmp_path, None, DEMANDING)
    proposed = f"pins:\n{shared.row(shared.two)}"
    found = shared.proposed(proposed)
    assert exit_code(found) == 1
    assert "nobody has evaluated it, and promptops.yml demands that (policy: evaluatedBeforePin)" in page(found)
    own = shared.proposed(proposed, **{"promptops.yml": str(FILES["promptops.yml"])})
    assert exit_code(own) == 1  # a change does not free itself
    shared.note(shared.two, PASSED)
    shared.publish()
    assert exit_code(shared.reviewed()) == 0


def test_what_nobody_evaluated_is_told_where_nothing_demands_it(tmp_path: Path) -> None:
    shared = Shared(tmp_path, None)
    found = shared.proposed(f"pins:\n{shared.row(shared.two)}")
    assert exit_code(found) == 0
    assert "Nobody has evaluated this version: neither results here nor notes know it" in page(found)


def test_notes_that_cannot_be_fetched_leave_nothing_green_that_nobody_knows(tmp_path: Path) -> None:
    shared = Shared(tmp_path, FAILED)
    shared.clone.git("remote", "set-url", "origin", f"file://{tmp_path}/gone.git")
    found = shared.proposed(f"pins:\n{shared.row(shared.two)}")
    assert exit_code(found) == 2
    told = page(found)
    assert "the results that others noted could not be fetched" in told.splitlines()[1]
    assert f"nobody can tell how greet {short(shared.two)} did" in told.replace("`", "")
    assert exit_code(shared.proposed("pins: {}\n")) == 0  # taking a pin away waits for no run
    shared.clone.git("fetch", "--quiet", str(shared.bare.root), f"{REF}:{REF}")
    known = shared.proposed(f"pins:\n{shared.row(shared.two)}")
    assert exit_code(known) == 1


def test_a_way_back_waits_for_no_gate(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    shared.note(shared.one, FAILED)
    shared.work.commit({PROD: f"pins:\n{shared.row(shared.two)}"})
    shared.publish()
    shared.clone = shared.cloned("incident")
    found = shared.proposed(f"pins:\n{shared.row(shared.one)}")
    assert exit_code(found) == 0
    assert "back to the version that was pinned before" in page(found)
    shared.work.commit({PROD: f"pins:\n{shared.row(shared.one)}"})
    shared.note(shared.two, FAILED)
    shared.publish()
    shared.clone = shared.cloned("later")
    assert exit_code(shared.proposed(f"pins:\n{shared.row(shared.two)}")) == 1  # that one was taken back


def test_rollouts_begin_grow_shrink_end_and_become_the_pin(tmp_path: Path) -> None:
    shared = Shared(tmp_path, FAILED)

    def then(text: str) -> tuple[str, int]:
        found = shared.proposed(f"pins:\n{text}")
        return page(found), exit_code(found)

    one = shared.row(shared.one, more=shared.arm(shared.two, 10))
    told, code = then(one)
    assert (
        f"prod: greet {short(shared.one)} → {short(shared.two)}**: a new version, for 10% of the calls" in told,
        code,
    ) == (True, 1)
    shared.work.commit({PROD: f"pins:\n{one}"})
    shared.publish()
    shared.clone = shared.cloned("running")
    told, code = then(shared.row(shared.one, more=shared.arm(shared.two, 50)))
    assert ("the new version goes from 10% to 50% of the calls" in told, code) == (True, 1)
    told, code = then(shared.row(shared.one, more=shared.arm(shared.two, 5)))
    assert ("the new version goes from 10% to 5% of the calls" in told, code) == (True, 0)
    told, code = then(shared.row(shared.one))
    assert ("the rollout to 10% ends, all calls get the pinned version again" in told, code) == (True, 0)
    told, code = then(shared.row(shared.two))
    assert ("the new version goes from 10% to all calls" in told, code) == (True, 1)


def test_several_environments_new_ones_and_pins_that_go(shared: Shared) -> None:
    staging = f"pins:\n{shared.row(shared.two)}{shared.row(shared.one, 'bye')}"
    found = shared.proposed("pins: {}\n", **{"environments/staging.yml": staging})
    told = page(found)
    assert f"**prod: greet {short(shared.one)} → nothing**: not pinned any more" in told
    assert "### staging: a new environment" in told
    assert f"**staging: greet → {short(shared.two)}**: pinned for the first time" in told
    assert "+Say bye to {{ who }}" in told
    assert [one.status for one in found.environments] == ["changed", "new"]
    assert exit_code(found) == 0


def test_an_environment_that_is_taken_out_or_broken_is_told_in_plain_words(shared: Shared) -> None:
    gone = shared.proposed(None)
    assert "### ⚠️ prod is taken out" in page(gone)
    assert "no application can load prod any more" in page(gone)
    assert exit_code(gone) == 0
    broken = shared.proposed("pins: {greet: {commit: main}}\n")
    assert exit_code(broken) == 1
    assert page(broken).splitlines()[1].startswith("### ⛔ Must not be served: prod: environments/prod.yml:1:")
    assert "### ❌ prod: its file cannot be read, so nothing of it would be served anew" in page(broken)
    assert "Applications that follow prod keep what they have." in page(broken)
    twice = shared.proposed("pins: {}\n", **{"environments/prod.yaml": "pins: {}\n"})
    assert "are both the environment 'prod'" in page(twice)


def test_what_says_the_same_is_no_change(shared: Shared) -> None:
    row = shared.row(shared.one, behind="  # ours")
    assert shared.proposed(f"# edited\npins:\n{row}").environments == ()
    (shared.clone.root / PROD).rename(shared.clone.root / "environments/prod.yaml")
    shared.clone.commit()
    assert shared.reviewed().environments == ()


def test_a_file_that_was_broken_before_is_not_this_changes_fault_and_mending_it_is_told(shared: Shared) -> None:
    shared.work.commit({PROD: "pins: [\n"})
    shared.publish()
    shared.clone = shared.cloned("mended")
    shared.clone.commit({"README.md": "x\n"})
    assert shared.reviewed().environments == ()
    found = shared.proposed(f"pins:\n{shared.row(shared.two)}")
    assert "Note: its file could not be read before." in page(found)
    assert exit_code(found) == 0


def test_the_part_is_never_longer_than_its_share_and_names_what_is_wrong_first(tmp_path: Path) -> None:
    names = [f"p{number:03}" for number in range(120)]
    prompts = {f"prompts/{name}.prompt.yml": BYE + f"# {'x' * 400}\n" for name in names}
    shared = Shared(tmp_path, FAILED, {**FILES, **prompts})
    rows = "".join(shared.row(shared.two, name) for name in ["greet", *names])
    found = shared.proposed(f"pins:\n{rows}")
    told = page(found, 12_000)
    assert len(told) <= 12_000
    assert "greet must not be served like this" in told
    assert f"prod: greet {short(shared.two)}" in told.replace("`", "").splitlines()[1]
    assert "more prompts" in told
    assert f"prod: greet {short(shared.one)} → {short(shared.two)}" in told


def test_words_of_others_are_inert(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    hostile = shared.work.commit(tone("@acme </details> <!-- promptops --> ```"))
    shared.publish()
    shared.clone = shared.cloned("hostile")
    row = shared.row(hostile, behind="  # forced: @acme ![x](http://evil.example) <!-- promptops -->")
    told = page(shared.proposed(f"pins:\n{row}"))
    for live in ("@acme", "http://evil", "<!-- promptops -->\n<", "](http"):
        assert live not in told.partition("\n")[2]
    assert told.count("<!-- promptops -->") == 1


def test_a_strangers_change_is_told_the_same(tmp_path: Path) -> None:
    shared = Shared(tmp_path, FAILED)
    shared.clone.commit({PROD: f"pins:\n{shared.row(shared.two)}", "evals/greet.eval.yml": SUITE})
    found = shared.reviewed(untrusted=True)
    assert exit_code(found) == 1
    assert "+Be brief." in page(found)


def test_with_nothing_to_compare_with_nothing_is_said(shared: Shared) -> None:
    shared.clone.commit({PROD: "pins: {}\n"})
    assert review_environments(workspace_at(shared.clone.root), ComparisonBase(None, "new")) == ((), ())


def test_settings_that_cannot_be_read_hide_no_environment(tmp_path: Path) -> None:
    shared = Shared(tmp_path, FAILED)
    found = shared.proposed(f"pins:\n{shared.row(shared.two)}", **{"promptops.yml": "models: [\n"})
    assert exit_code(found) in (1, 2)
    assert found.problems or found.environments


def test_the_page_can_be_made_again_from_what_a_check_leaves_behind(tmp_path: Path) -> None:
    shared = Shared(tmp_path, FAILED)
    row = shared.row(shared.one, more=shared.arm(shared.two, 10))
    found = shared.proposed(f"pins:\n{row}{shared.row(shared.one, 'bye')}", **{"environments/new.yml": "pins: [\n"})
    checked = CheckResult(ComparisonBase("a" * 40, "main"), environments=found.environments)
    assert parse_summary(dump_summary(checked, ())).check == checked
    for plain in (True, False):
        told = check_comment(parse_summary(dump_summary(checked, ())).check, plain=plain)
        assert told == check_comment(checked, plain=plain)
        assert ("<details>" in told) is not plain
        assert "+Be brief." in told
