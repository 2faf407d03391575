"""Who wrote, approved and pinned what is served, in real repositories; what nobody can know is said to be unknown."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from promptops.errors import PinError, SourceError
from promptops.model.outcomes.audit import ChangeRecord, Person, Signature, Trailer, Unavailable
from promptops.model.outcomes.history import Scorecard
from promptops.model.results import GateResult
from promptops.model.waiver import Waiver
from promptops.report.audit.wording import result
from promptops.source.formats.waivers import waiver_line
from promptops.source.git.notes import add_note_lines
from promptops.source.git.repository import Repository
from promptops.workflows.audit.audit import AuditChoice, audit
from promptops.workflows.notes.note_format import dump_line
from promptops.workflows.verify.verify import VerifyChoice, verify
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.auditing import ANA, FORGE, TOM, Audited
from tests.workflows.environment_review.promotions import Shared
from tests.workflows.pinning import FILES, GREET, NOWHERE, WRONG, digest, environment
from tests.workflows.pins import FAILED, PASSED
from tests.workflows.scene import workspace_at

ADA = Person("Ada", "ada@example.org")
TONE = "prompts/tone.j2"


@pytest.fixture
def made(repository: RepositoryBuilder) -> Audited:
    return Audited(repository())


def how(found: ChangeRecord | Unavailable) -> ChangeRecord:
    assert isinstance(found, ChangeRecord), found
    return found


def why(found: object) -> str:
    assert isinstance(found, Unavailable), found
    return found.why


def test_an_environment_whose_last_pin_was_taken_out_has_nothing_to_tell(made: Audited) -> None:
    made.commit({"environments/prod.yml": "pins:\n"})
    assert made.audit().pins == made.audit(at="HEAD").pins == ()
    assert made.audit().holds


# Who wrote it, who approved it


def test_a_merged_pull_request_names_its_authors_its_number_and_who_merged_it(made: Audited) -> None:
    tip = made.branch(
        ({TONE: "Be brief.\n"}, "shorter", ANA),
        ({"README.md": "not a prompt"}, "words", ("Zoe", "zoe@example.org")),
        ({TONE: "Be very brief.\n"}, f"shorter\n\nReviewed-by: {TOM[0]} <{TOM[1]}>\nCo-authored-by: Kim", ANA),
    )
    merged = made.merge(tip, "Merge pull request #214 from ana/shorter\n\nShorter\n\nAcked-by: Bo <b@x>", TOM)
    made.pin(merged)
    found = how(made.only().written)
    assert (found.commit, found.pull_request, found.title) == (merged, 214, "Shorter")
    assert found.authors == (Person(*ANA), Person("Kim"))
    assert found.merged_by == Person(*TOM)
    assert found.trailers == (Trailer("Acked-by", Person("Bo", "b@x")), Trailer("Reviewed-by", Person(*TOM)))


def test_a_squash_names_its_author_and_does_not_say_who_merged_it(made: Audited) -> None:
    message = f"Shorter (#7)\n\n* shorter\n\nCo-authored-by: {TOM[0]} <{TOM[1]}>\nApproved-by: Bo <b@x>"
    squash = made.commit({TONE: "Be brief.\n"}, message, ANA, FORGE)
    made.pin(squash)
    found = how(made.only().written)
    assert (found.pull_request, found.title, found.merged_by, found.committed_by) == (7, "Shorter", None, None)
    assert found.on_github
    assert found.approved_by == (Person("Bo", "b@x"),)
    assert found.authors == (Person(*ANA), Person(*TOM))
    assert found.trailers == (Trailer("Approved-by", Person("Bo", "b@x")),)


def test_a_commit_that_somebody_else_applied_says_who(made: Audited) -> None:
    made.pin(made.commit({TONE: "Be brief.\n"}, "shorter", ANA, TOM))
    found = how(made.only().written)
    assert (found.merged_by, found.committed_by, found.approved_by) == (None, Person(*TOM), ())


def test_a_number_in_a_title_and_an_authors_own_merge_are_no_approval(made: Audited) -> None:
    made.pin(made.commit({TONE: "Be brief.\n"}, "Shorter (#9)", ANA))
    found = how(made.only().written)
    assert (found.pull_request, found.on_github, found.approved_by) == (9, False, ())
    tip = made.branch(({TONE: "Be very brief.\n"}, "shorter", ANA))
    made.pin(made.merge(tip, "Merge pull request #10 from ana/shorter\n\nShorter still", ANA))
    found = how(made.only().written)
    assert (found.merged_by, found.approved_by, found.on_github) == (Person(*ANA), (), False)


def test_a_merge_that_github_itself_signs_as_its_author_names_no_person(made: Audited) -> None:
    tip = made.branch(({TONE: "Be brief.\n"}, "shorter", ANA))
    made.pin(made.merge(tip, "Merge pull request #10 from ana/shorter", FORGE))
    found = how(made.only().written)
    assert (found.merged_by, found.on_github, found.approved_by) == (None, True, ())


def test_a_direct_commit_names_nobody_who_agreed(made: Audited) -> None:
    made.pin(made.commit({TONE: "Be brief.\n"}, "shorter"))
    found = how(made.only().written)
    assert (found.authors, found.pull_request, found.merged_by, found.trailers) == ((ADA,), None, None, ())


def test_it_is_the_commit_that_brought_this_text_and_not_the_last_that_touched_the_file(made: Audited) -> None:
    brought = made.commit({TONE: "Be brief.\n"}, "brief", ANA)
    made.commit({"prompts/greet.prompt.yml": f"# a comment\n{GREET}"}, "a comment", TOM)
    made.commit({"promptops.yml": FILES["promptops.yml"] + "judge: small\n"}, "settings", TOM)
    pinned = made.commit({"docs.md": "far away"}, "else", TOM)
    made.pin(pinned)
    found = made.only()
    assert (found.commit, how(found.written).commit, how(found.written).authors) == (pinned, brought, (Person(*ANA),))


def test_a_model_that_changes_in_the_settings_makes_another_version(made: Audited) -> None:
    settings = "models: {small: {provider: openai, model: m, baseUrl: 'https://x/v1', apiKeyEnv: K}}\n"
    tip = made.branch(({"promptops.yml": settings}, "model", ANA), ({"docs.md": "x"}, "docs", TOM))
    merged = made.merge(tip, "Merge pull request #3 from ana/model", TOM)
    made.pin(merged)
    assert how(made.only().written).authors == (Person(*ANA),)


def test_a_new_name_alone_is_no_new_version(made: Audited) -> None:
    brought = made.commit({"prompts/greet.prompt.yml": GREET.replace("Hi", "Hello")}, "hello", ANA)
    (made.root / "prompts/greet.prompt.yml").rename(made.root / "prompts/welcome.prompt.yml")
    renamed = made.commit({}, "another name", TOM)
    made.pin(renamed, "welcome")
    found = how(made.only().written)
    assert (found.commit, found.authors) == (brought, (Person(*ANA),))


def test_what_main_did_meanwhile_is_not_the_branchs_work(made: Audited) -> None:
    made.repository.git("checkout", "--quiet", "-b", "work")
    made.commit({"prompts/greet.prompt.yml": GREET.replace("Hi", "Hello")}, "hello", ANA)
    made.repository.git("checkout", "--quiet", "main")
    made.commit({TONE: "Be brief.\n"}, "brief", ("Zoe", "zoe@example.org"))
    made.repository.git("checkout", "--quiet", "work")
    made.merge("main", "take over main", ANA)
    made.repository.git("checkout", "--quiet", "main")
    merged = made.merge("work", "Merge pull request #9 from ana/hello", TOM)
    made.pin(merged)
    assert how(made.only().written).authors == (Person(*ANA),)


def test_a_commit_of_a_branch_that_was_merged_later_has_that_branchs_approval(made: Audited) -> None:
    early = made.branch(({TONE: "Be brief.\n"}, "brief", ANA), ({"docs.md": "x"}, "docs", ("Zoe", "zoe@example.org")))
    merged = made.merge(early, "Merge pull request #5 from ana/brief", TOM)
    made.pin(made.repository.git("rev-parse", f"{early}~1"))
    found = made.only()
    assert (how(found.written).commit, how(found.written).pull_request) == (merged, 5)
    assert (how(found.written).authors, how(found.written).merged_by) == ((Person(*ANA),), Person(*TOM))
    assert (found.holds, found.merged) == (True, "main")


@pytest.mark.parametrize("main", ["main", "trunk"])
def test_nobody_merged_what_a_branch_tried_on_its_way(made: Audited, main: str) -> None:
    """Also where no branch is known to be the main one."""
    early = made.branch(({TONE: "Be brief.\n"}, "brief\n\nReviewed-by: Bo <b@x>", ANA))
    late = made.branch(({TONE: "Be very brief.\n"}, "more", ANA), start=early)
    merged = made.merge(late, "Merge pull request #5 from ana/brief", TOM)
    made.repository.git("branch", "--quiet", "--move", "main", main)
    made.commit(environment("prod", made.row(merged, rollout=early)))
    good, tried = made.audit().pins
    assert how(good.written).approved_by == (Person(*TOM), Person("Bo", "b@x"))
    assert why(tried.written).startswith(f"commit {early[:7]} has a text that ")
    assert good.holds
    assert tried.holds == (main == "trunk")


def test_a_text_that_main_had_before_is_credited_to_who_merged_it_then(made: Audited) -> None:
    first = made.branch(({TONE: "Be brief.\n"}, "brief", ANA))
    merged = made.merge(first, "Merge pull request #5 from ana/brief", TOM)
    made.commit({TONE: "Be long.\n"}, "long")
    back = made.branch(({TONE: "Be brief.\n"}, "back", ("Zoe", "zoe@example.org")))
    late = made.branch(({TONE: "Be very brief.\n"}, "more", ANA), start=back)
    made.merge(late, "Merge pull request #6 from zoe/brief", ("Kim", "kim@example.org"))
    made.pin(back)
    found = made.only()
    assert (found.holds, how(found.written).commit, how(found.written).merged_by) == (True, merged, Person(*TOM))


def test_a_commit_that_was_never_merged_has_no_approval_and_does_not_hold(made: Audited) -> None:
    tip = made.branch(({TONE: "Be brief.\n"}, "brief (#1)", ANA))
    made.pin(tip)
    found = made.only()
    assert f"commit {tip[:7]} is not part of" in why(found.written)
    assert (found.holds, found.merged) == (False, "")
    [told] = verify(workspace_at(made.root), VerifyChoice(protected="main")).checked[0].problems
    assert found.problems == (told.message,)
    assert "which is not part of main" in told.message


def test_it_is_the_remotes_main_branch_that_counts(made: Audited) -> None:
    made.repository.git("update-ref", "refs/remotes/origin/main", made.first)
    made.pin(made.first)
    assert (made.only().holds, made.only().merged) == (True, "origin/main")
    made.pin(made.commit({TONE: "Be brief.\n"}, "not pushed yet"))
    assert "not part of origin/main" in made.only().problems[0]


def test_without_a_main_branch_nobody_knows_whether_it_was_merged(made: Audited) -> None:
    made.repository.git("branch", "--quiet", "--move", "main", "work")
    made.pin(made.first)
    assert made.only().holds
    assert "no main branch here" in why(made.only().merged)


# Pins


def test_who_pinned_it_and_how_that_was_approved(made: Audited) -> None:
    tip = made.branch((environment("prod", made.row(made.first)), "serve it", ANA))
    merged = made.merge(tip, "Merge pull request #20 from ana/prod", TOM)
    made.commit({"environments/prod.yml": "# a word\npins:\n" + made.row(made.first)}, "a word")
    found = how(made.only().pinned)
    assert (found.commit, found.authors, found.pull_request) == (merged, (Person(*ANA),), 20)


def test_a_pin_that_came_back_was_pinned_by_who_brought_it_back(made: Audited) -> None:
    other = made.commit({TONE: "Be brief.\n"})
    made.pin(made.first, author=ANA)
    made.pin(other, author=ANA)
    back = made.pin(made.first, author=TOM)
    found = how(made.only().pinned)
    assert (found.commit, found.authors) == (back, (Person(*TOM),))


def test_each_arm_has_its_own_story_and_another_percent_is_another_pin(made: Audited) -> None:
    other = made.commit({TONE: "Be brief.\n"}, "brief", ANA)
    made.pin(made.first, author=ANA)
    made.pin(made.first, rollout=other, author=ANA)
    text = (made.root / "environments/prod.yml").read_text().replace("percent: 10", "percent: 50")
    raised = made.commit({"environments/prod.yml": text}, "more", TOM)
    pin, rollout = made.audit().pins
    assert [(one.arm, one.percent, one.commit) for one in (pin, rollout)] == [
        ("pin", None, made.first),
        ("rollout", 50, other),
    ]
    assert how(pin.pinned).authors == (Person(*ANA),)
    assert (how(rollout.pinned).commit, how(rollout.written).authors) == (raised, (Person(*ANA),))


def test_the_reason_of_a_forced_pin_belongs_to_the_last_arm(made: Audited) -> None:
    made.pin(made.first, comment="  # ours  # forced: the launch is today")
    assert made.only().forced == "the launch is today"
    other = made.commit({TONE: "Be brief.\n"})
    made.pin(made.first, rollout=other, comment="  # forced: a try")
    assert [one.forced for one in made.audit().pins] == ["", "a try"]


def test_what_is_not_committed_is_pinned_by_nobody_yet(made: Audited) -> None:
    made.pin(made.first)
    other = made.commit({TONE: "Be brief.\n"})
    write_files(made.root, environment("prod", made.row(other)))
    assert "not committed yet" in why(made.only().pinned)
    assert made.audit(at="HEAD").pins[0].commit == made.first


def test_environments_by_name_and_one_that_is_not_there(made: Audited) -> None:
    made.commit({**environment("prod", made.row(made.first)), **environment("test", made.row(made.first))})
    assert [pin.environment for pin in made.audit().pins] == ["prod", "test"]
    assert [pin.environment for pin in made.audit("test").pins] == ["test"]
    with pytest.raises(PinError, match="no environment 'live'"):
        made.audit("live")


# Whether it holds


def test_a_pin_that_does_not_hold_is_told_and_nobody_wrote_it(made: Audited) -> None:
    wrong = f"  greet:\n    commit: {made.first}\n    digest: {WRONG}\n"
    gone = f"  legal/bye:\n    commit: {NOWHERE}\n    digest: {WRONG}\n"
    made.commit(environment("prod", wrong, gone), "pins", ANA)
    found = made.audit()
    assert not found.holds
    first, second = found.pins
    assert "is not what was pinned" in first.problems[0]
    assert "no such commit" in second.problems[0]
    for one in (first, second):
        assert "cannot be read" in why(one.written)
        assert how(one.pinned).authors == (Person(*ANA),)
    assert second.signature == Signature("unknown", "the commit is not here")


def test_a_shallow_clone_says_that_its_history_is_cut_off(made: Audited, tmp_path: Path) -> None:
    made.pin(made.first)
    last = made.commit({TONE: "Be brief.\n"})
    made.pin(last)
    made.commit({}, "one more")
    made.repository.git("clone", "--quiet", "--depth=1", made.repository.root.as_uri(), str(tmp_path / "clone"))
    clone = Audited.__new__(Audited)
    clone.repository, clone.root = made.repository, tmp_path / "clone"
    found = clone.only()
    assert "shallow" in why(found.pinned)
    assert not found.holds


def test_a_shallow_clone_that_has_the_commit_cannot_say_whether_it_was_merged(made: Audited, tmp_path: Path) -> None:
    made.pin(made.commit({TONE: "Be brief.\n"}))
    made.repository.git("clone", "--quiet", "--depth=2", made.repository.root.as_uri(), str(tmp_path / "clone"))
    clone = Audited.__new__(Audited)
    clone.repository, clone.root = made.repository, tmp_path / "clone"
    found = clone.only()
    assert found.holds
    assert "shallow" in why(found.merged)


# Signatures


def test_signatures_are_verified_where_there_is_a_list_and_only_told_where_not(made: Audited, tmp_path: Path) -> None:
    unsigned = made.commit({TONE: "Be brief.\n"})
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", str(key)), ("commit.gpgsign", "true")):
        made.repository.git("config", name, value)
    signed = made.commit({TONE: "Be kind.\n"})
    made.commit(environment("prod", made.row(signed), made.row(unsigned, "legal/bye")))
    found = [pin.signature for pin in made.audit().pins]
    assert found == [Signature("not checked", "there is no list of signers"), Signature("none")]

    public = key.with_suffix(".pub").read_text()
    settings = FILES["promptops.yml"] + "policy: {signers: signers}\n"
    made.commit({"signers": f"ada@example.org {public}", "promptops.yml": settings})
    greet, bye = made.audit().pins
    assert (greet.signature, greet.holds) == (Signature("verified", "ada@example.org"), True)
    assert (bye.signature.state, bye.holds) == ("none", False)

    write_files(made.root, {"signers": f"eve@example.org {public}"})
    greet, _ = made.audit().pins
    assert greet.signature.state == "refused"
    assert "a key of eve@example.org, but the committer is ada@example.org" in greet.problems[0]


def test_it_holds_where_verify_says_so_and_nowhere_else(made: Audited, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    made.repository.git("config", "gpg.format", "ssh")
    made.repository.git("config", "user.signingkey", str(key))
    made.repository.git("config", "commit.gpgsign", "true")
    settings = FILES["promptops.yml"] + "policy: {signers: signers}\n"
    signed = made.commit(
        {"signers": f"ada@example.org {key.with_suffix('.pub').read_text()}", "promptops.yml": settings}
    )

    def both() -> tuple[bool, bool]:
        return made.audit().holds, verify(workspace_at(made.root), VerifyChoice()).holds

    made.pin(signed)
    assert both() == (True, True)
    made.repository.git("config", "commit.gpgsign", "false")
    made.commit({"environments/prod.yml": "# by nobody\npins:\n" + made.row(signed)})
    assert both() == (False, False)
    assert "which changed environments/prod.yml" in made.only().problems[0]
    write_files(made.root, {"environments/prod.yml": "# and not committed\npins:\n" + made.row(signed)})
    assert both() == (True, True)
    assert any("nobody has signed what it pins" in note for note in made.audit().notes)


# Results


def noted(made: Audited, *cards: Scorecard) -> None:
    """Results as a workflow would have noted them."""
    add_note_lines(Repository(made.root), {made.first: [dump_line(card) for card in cards]})


def card(made: Audited, when: str, *gates: GateResult, **more: str) -> Scorecard:
    found = {"suite": "greet", "prompt": "greet", "model": "small", "full_model": "local/m", **more}
    version = {"digest": digest(made.root, made.first), "evaluation_digest": "e1", "suite_digest": "s"}
    return Scorecard(**{**version, **found}, gates=gates, when=when)  # type: ignore[arg-type]


def test_the_newest_results_of_each_suite_and_model_count(made: Audited) -> None:
    made.pin(made.first)
    assert made.only().results == ()
    noted(
        made,
        card(made, "2026-11-20T05:00:00+00:00", FAILED),
        card(made, "2026-11-22T05:00:00+00:00", PASSED),
        card(made, "2026-11-21T05:00:00+00:00", model="big"),
        card(made, "2026-11-23T05:00:00+00:00", digest=WRONG),
    )
    small, big = made.only().results
    assert (small.scorecard.when[:10], small.scorecard.gates, small.older) == ("2026-11-22", (PASSED,), 1)
    assert (big.scorecard.model, big.older) == ("big", 0)


def test_results_whose_gates_were_checked_come_before_those_of_a_base(made: Audited) -> None:
    made.pin(made.first)
    base = card(made, "2026-11-22T05:00:00+00:00", base_of="9be03d7")
    noted(made, base)
    assert [(one.scorecard.base_of, one.older) for one in made.only().results] == [("9be03d7", 0)]
    assert result(made.only().results[0], "greet").endswith(
        "2026-11-22: measured as the version before 9be03d7, so no rule was checked"
    )
    noted(made, card(made, "2026-11-20T05:00:00+00:00", FAILED))
    [found] = made.only().results
    assert (found.scorecard.gates, found.older) == ((FAILED,), 1)


def test_gates_that_owners_accepted_for_this_very_version(made: Audited) -> None:
    made.pin(made.first)
    assert made.only().waivers == ()
    mine = Waiver("greet", "says the name", "at least 75%", "failed", "", "e1", "q", "@ana", why="known")
    lines = waiver_line(mine) + waiver_line(mine._replace(head="of another version"))
    write_files(made.root, {"evals/labels/overrides.jsonl": lines})
    assert made.only().waivers == ()  # nobody has merged it
    made.commit({"evals/labels/overrides.jsonl": lines})
    assert "no results of this version are known" in why(made.only().waivers)
    noted(made, card(made, "2026-11-20T05:00:00+00:00", FAILED))
    assert made.only().waivers == (mine,)
    made.commit({"evals/labels/overrides.jsonl": "no json\n"})
    assert "not an override" in why(made.only().waivers)


def test_a_prompt_that_is_called_like_an_option_and_one_with_odd_names(repository: RepositoryBuilder) -> None:
    made = Audited(repository("a b"), "project [1]")
    files = {f"prompts/{name}.prompt.yml": GREET for name in ("--output=x", "a;b", "$(id)", "grün")}
    tip = made.branch((files, "new\n\nReviewed-by: =cmd() <x>", ("\u202eAna", "a@x")))
    merged = made.merge(tip, "Merge pull request #1 from `id`", TOM)
    rows = [
        f"  {json.dumps(name)}: {{commit: {merged}, digest: {digest(made.root, merged, name)}}}\n"
        for name in ("--output=x", "a;b", "$(id)", "grün")
    ]
    made.commit(environment("prod", *rows))
    found = made.audit()
    assert found.holds
    assert {how(pin.written).commit for pin in found.pins} == {merged}


def test_before_the_first_commit_there_is_nothing_to_tell(repository: RepositoryBuilder) -> None:
    repo: GitRepository = repository()
    made = Audited.__new__(Audited)
    made.repository, made.root = repo, repo.root
    with pytest.raises(SourceError, match="nothing is committed"):
        made.audit()


def test_in_a_fresh_clone_the_results_that_others_noted_are_known(tmp_path: Path) -> None:
    clone = Shared(tmp_path).clone
    found = audit(workspace_at(clone.root), AuditChoice())
    [version] = found.pins
    assert ([one.scorecard.gates[0].status for one in version.results], found.notes) == (["passed"], ())


def test_where_they_cannot_be_reached_the_audit_says_so(tmp_path: Path) -> None:
    clone = Shared(tmp_path).clone
    clone.git("remote", "set-url", "origin", f"file://{tmp_path}/gone.git")
    found = audit(workspace_at(clone.root), AuditChoice())
    [note] = found.notes
    assert note.startswith("the results that others noted could not be fetched: ")
    assert not found.pins[0].results
