"""Versions are pinned in real repositories: what is written, what is said, what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promptops.errors import PinError, PromptError, PromptopsError, SourceError
from promptops.model.environment import Rollout
from promptops.model.results import Arm, GateResult
from promptops.workflows.pin.pin import parse_prompt_at_revision
from promptops.workflows.schemas import update_schemas
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.pins import FAILED, FILES, PASSED, bye, commits, evaluated, only, pinned, pins, tone

FILE = "environments/prod.yml"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """One commit: two prompts, one of them with a partial, and a suite."""
    found = repository()
    found.commit(FILES)
    return found


def text(repo: GitRepository, file: str = FILE) -> str:
    return (repo.root / file).read_bytes().decode()


def digest(repo: GitRepository, name: str = "greet", revision: str = "HEAD") -> str:
    change = only(pinned(repo, f"{name}@{revision}", environment="only_to_ask", dry_run=True))
    assert change.new is not None
    return change.new.digest


# What is written


def test_a_first_pin_makes_the_file(repo: GitRepository) -> None:
    report = pinned(repo, "greet")
    head, change = repo.git("rev-parse", "HEAD"), only(report)
    assert (change.kind, change.before, change.diff) == ("first", None, None)
    assert (report.written, report.is_new, str(report.path)) == (True, True, FILE)
    assert text(repo) == f"pins:\n  greet: {{commit: {head}, digest: {digest(repo)}}}\n"
    assert repo.git("log", "--format=%s") == "change"
    assert report.commits[head][:3] == ("Ada", int(repo.git("log", "-1", "--format=%at")), "change")


def test_a_file_whose_last_pin_was_taken_out_can_be_pinned_in_again(repo: GitRepository) -> None:
    repo.commit({FILE: "# ours\npins:  # none\n"})
    report = pinned(repo, "greet")
    assert (report.written, report.is_new, only(report).kind) == (True, False, "first")
    head = repo.git("rev-parse", "HEAD")
    assert text(repo) == f"# ours\npins:  # none\n  greet: {{commit: {head}, digest: {digest(repo)}}}\n"


@pytest.mark.parametrize("path", ["prompts/greet.prompt.yml", "prompts/tone.j2"])
def test_a_prompt_that_reads_well_and_that_no_values_can_fill_is_not_pinned(repo: GitRepository, path: str) -> None:
    head = "model: openai/gpt\ninputs: {who: {}}\nmessages: [{role: user, content: '"
    broken = '{% set x | replace(who, "a") %}b{% endset %}{{ x }}'
    included = '{% if who %}{% include "tone.j2" %}{% endif %}'
    is_own = path.endswith(".yml")
    repo.commit({"prompts/greet.prompt.yml": f"{head}{broken if is_own else included}'}}]\n"})
    repo.commit({} if is_own else {path: broken})
    with pytest.raises(PinError, match=r"it cannot be pinned: .*: not a template") as caught:
        pinned(repo, "greet")
    assert "lint" in caught.value.hint
    assert not (repo.root / FILE).exists()


def test_a_new_file_says_where_its_schema_lies_where_there_is_one(repo: GitRepository) -> None:
    update_schemas(repo.root)
    pinned(repo, "greet")
    assert text(repo).startswith("# yaml-language-server: $schema=../.github/schemas/environment.schema.json\npins:\n")


def test_a_new_version_is_one_line_and_the_rest_stays(repo: GitRepository) -> None:
    pinned(repo, "bye", "greet")
    file = repo.root / FILE
    file.write_text("# ours\n" + file.read_text("utf-8") + "# end\n", "utf-8")
    before = text(repo)
    old, head = commits(repo)["greet"], repo.commit(tone("Be brief."))
    change = only(pinned(repo, "greet"))
    assert text(repo) == before.replace(before.splitlines()[3], f"  greet: {{commit: {head}, digest: {digest(repo)}}}")
    assert change.kind == "pinned"
    assert (change.old and change.old.commit, change.new and change.new.commit) == (old, head)
    assert change.diff is not None
    assert (change.diff.cases[0].base, change.diff.cases[0].head) == (
        (("system", "Be kind.\n"), ("user", "Greet Ada")),
        (("system", "Be brief.\n"), ("user", "Greet Ada")),
    )


def test_any_revision_and_any_way_to_name_a_prompt(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.git("tag", "v1")
    repo.commit(tone("Be brief."))
    for wanted in ("greet@v1", f"greet@{first[:8]}", "prompts/greet.prompt.yml@HEAD~1", f"greet@{first}"):
        (repo.root / FILE).unlink(missing_ok=True)
        pinned(repo, wanted)
        assert commits(repo) == {"greet": first}


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        ("greet", ("greet", None)),
        ("a@b@main", ("a@b", "main")),
        ("prompts/a@b.prompt.yml", ("prompts/a@b.prompt.yml", None)),
        ("prompts/a@b.prompt.yml@v1", ("prompts/a@b.prompt.yml", "v1")),
    ],
)
def test_the_last_at_sign_splits(wanted: str, parts: tuple[str, str | None]) -> None:
    assert parse_prompt_at_revision(wanted) == parts


@pytest.mark.parametrize("wanted", ["", "@main", "greet@"])
def test_half_a_name_is_refused(wanted: str) -> None:
    with pytest.raises(PinError, match="names no version"):
        parse_prompt_at_revision(wanted)


def test_the_same_version_is_not_written_again_even_from_another_commit(repo: GitRepository) -> None:
    pinned(repo, "greet")
    before = text(repo)
    repo.commit({"notes.txt": "x"})
    report = pinned(repo, "greet")
    assert (report.written, only(report).kind, text(repo)) == (False, "same", before)


def test_a_dry_run_writes_nothing(repo: GitRepository) -> None:
    report = pinned(repo, "greet", dry_run=True)
    assert (report.written, only(report).kind) == (False, "first")
    assert not (repo.root / "environments").exists()


def test_yaml_endings_and_windows_line_ends_stay(repo: GitRepository) -> None:
    file = "environments/prod.yaml"
    pinned(repo, "bye")
    (repo.root / FILE).rename(repo.root / file)
    write_files(repo.root, {file: text(repo, file).replace("\n", "\r\n")})
    pinned(repo, "greet")
    assert not (repo.root / FILE).exists()
    assert text(repo, file).count("\r\n") == text(repo, file).count("\n") == 3
    assert list(pins(repo)) == ["bye", "greet"]


def test_a_project_in_a_folder_of_its_repository(repository: RepositoryBuilder) -> None:
    repo = repository()
    head = repo.commit({f"team/{name}": content for name, content in FILES.items()})
    inner = GitRepository.__new__(GitRepository)
    inner.root = repo.root / "team"
    pinned(inner, "greet")
    assert commits(inner) == {"greet": head}


# All or nothing


@pytest.mark.parametrize(
    ("wanted", "said", "hint"),
    [
        ("gret", "no prompt called 'gret'", "did you mean 'greet'?"),
        ("greet@nowhere", "no such version", "check the name"),
        ("greet@--output=x", "not a revision", "give a branch"),
        ("broken", "at commit", ""),
        ("bye", "named twice", "once"),
    ],
)
def test_one_that_cannot_be_pinned_keeps_all_back(repo: GitRepository, wanted: str, said: str, hint: str) -> None:
    repo.commit({"prompts/broken.prompt.yml": "messages: ["})
    with pytest.raises(PromptopsError, match=said) as raised:
        pinned(repo, "bye", wanted)
    assert hint in raised.value.hint
    assert not (repo.root / "environments").exists()


def test_an_unknown_model_cannot_be_pinned(repo: GitRepository) -> None:
    repo.commit({"promptops.yml": "models: {}\n"})
    with pytest.raises(PinError, match=r"greet: at commit .* cannot be pinned: .*small"):
        pinned(repo, "greet")


def test_a_broken_environment_is_told_and_stays(repo: GitRepository) -> None:
    write_files(repo.root, {FILE: "pins: {greet: {commit: main}}\n"})
    with pytest.raises(PromptError):
        pinned(repo, "bye")
    assert text(repo) == "pins: {greet: {commit: main}}\n"


def test_two_files_of_one_environment_are_told(repo: GitRepository) -> None:
    write_files(repo.root, {FILE: "pins: {}\n", "environments/prod.yaml": "pins: {}\n"})
    with pytest.raises(PromptError, match="both the environment 'prod'"):
        pinned(repo, "bye")


@pytest.mark.parametrize("name", ["", "../x", "prod.yml", ".hidden", "a/b", "-x", "a\nb"])
def test_what_is_no_environments_name_is_refused(repo: GitRepository, name: str) -> None:
    with pytest.raises(PinError, match="not the name of an environment"):
        pinned(repo, "greet", environment=name)


def test_a_link_is_never_written_through(repo: GitRepository, tmp_path: Path) -> None:
    write_files(tmp_path, {"elsewhere/prod.yml": "pins: {}\n"})
    (repo.root / "environments").mkdir()
    (repo.root / FILE).symlink_to(tmp_path / "elsewhere/prod.yml")
    with pytest.raises(PromptError, match="is a symbolic link, which is not followed"):
        pinned(repo, "greet")
    (repo.root / FILE).unlink()
    (repo.root / "environments").rmdir()
    (repo.root / "environments").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="taken by something that is not an environment"):
        pinned(repo, "greet", environment="other")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["prod.yml"]


def test_without_a_commit_or_without_git_there_is_a_hint(repository: RepositoryBuilder, tmp_path: Path) -> None:
    empty = repository("empty")
    write_files(empty.root, FILES)
    with pytest.raises(SourceError, match="nothing is committed here yet"):
        pinned(empty, "greet")
    write_files(tmp_path / "plain", FILES)
    empty.root = tmp_path / "plain"
    with pytest.raises(SourceError, match="not in a git repository"):
        pinned(empty, "greet")


# What people should know


def test_edits_that_are_not_committed_are_said(repo: GitRepository) -> None:
    assert only(pinned(repo, "greet", dry_run=True)).notes == ()
    write_files(repo.root, tone("Be brief."))
    assert "what is not committed is not pinned" in only(pinned(repo, "greet", dry_run=True)).notes[0]
    assert only(pinned(repo, "bye", dry_run=True)).notes == ()
    (repo.root / "prompts/greet.prompt.yml").write_text("messages: [", "utf-8")
    assert "what is not committed is not pinned" in only(pinned(repo, "greet")).notes[0]


def test_a_commit_outside_the_default_branch_is_said(repo: GitRepository, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", str(repo.root), str(tmp_path / "clone"))
    clone = GitRepository.__new__(GitRepository)
    clone.root = tmp_path / "clone"
    assert only(pinned(clone, "greet", dry_run=True)).notes == ()
    head = clone.commit(tone("Be brief."))
    report = pinned(clone, "greet", dry_run=True)
    assert report.unmerged
    (note,) = only(report).notes
    assert note.startswith(
        f"{head[:7]} is not part of origin/main yet. Merge the prompt first and pin it then: the check refuses"
    )
    merged = pinned(clone, "greet@origin/main", dry_run=True)
    assert (only(merged).notes, merged.unmerged) == ((), False)


def test_a_pin_that_cannot_be_read_any_more_can_be_replaced(repo: GitRepository) -> None:
    gone = f"pins:\n  greet: {{commit: {'a' * 40}, digest: sha256:{'b' * 64}}}\n"
    write_files(repo.root, {FILE: gone})
    report = pinned(repo, "greet")
    assert (report.written, only(report).diff) == (True, None)
    assert "what changes cannot be shown" in only(report).notes[0]
    assert list(report.commits) == [repo.git("rev-parse", "HEAD")]


# Gates


def test_a_failed_gate_keeps_all_of_it_back(repo: GitRepository) -> None:
    pinned(repo, "greet", "bye")
    before = text(repo)
    repo.commit(tone("Be brief.") | bye("Wave"))
    evaluated(repo, digest(repo), FAILED)
    report = pinned(repo, "greet", "bye")
    assert (report.refused, report.written, text(repo)) == (True, False, before)
    assert [one.refused for one in report.prompts] == ["the rule 'says the name ≥ 75%' does not hold", ""]
    assert report.prompts[0].evaluations[0].gates == (FAILED,)


def test_force_needs_a_reason_and_writes_it_beside_the_pin(repo: GitRepository) -> None:
    evaluated(repo, digest(repo), FAILED)
    report = pinned(repo, "greet", "bye", force=" agreed with # legal ")
    assert (report.refused, report.written) == (False, True)
    lines = {line.split(":")[0].strip(): line for line in text(repo).splitlines()}
    assert re.search(r"\} +# forced: agreed with # legal$", lines["greet"])
    assert "forced" not in lines["bye"]
    assert list(pins(repo)) == ["bye", "greet"]


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "a\x1b[2Jb", "a\u202eb", "x" * 201])
def test_what_is_no_reason_is_refused(repo: GitRepository, reason: str) -> None:
    with pytest.raises(PinError, match="a reason is one line"):
        pinned(repo, "greet", force=reason)
    assert not (repo.root / FILE).exists()


@pytest.mark.parametrize(
    ("gate", "refuses"),
    [
        (PASSED, False),
        (FAILED, True),
        (GateResult("x", "at least 75%", "undecided", "2 of 3"), False),
        (GateResult("x", "at least 75%", "undecided", "2 of 3", blocks=True), True),
        (GateResult("x", "at least 75%", "advisory"), False),
        (GateResult("x", "at least 75%", "failed", blocks=True, model="other"), False),
    ],
)
def test_only_what_fails_a_run_refuses(repo: GitRepository, gate: GateResult, refuses: bool) -> None:
    evaluated(repo, digest(repo), gate)
    assert pinned(repo, "greet", dry_run=True).refused is refuses


def test_never_evaluated_is_said_and_keeps_nothing_back(repo: GitRepository) -> None:
    evaluated(repo, f"sha256:{'0' * 64}", FAILED)
    change = only(pinned(repo, "greet"))
    assert (change.evaluations, change.suites, change.refused) == ((), ("greet",), "")


def test_a_suite_that_is_gone_speaks_no_more(repo: GitRepository) -> None:
    evaluated(repo, digest(repo), FAILED, suite="gone")
    assert only(pinned(repo, "greet")).evaluations == ()


def test_a_later_run_without_answers_does_not_wipe_out_a_failed_gate(repo: GitRepository) -> None:
    silent = GateResult(FAILED.criterion, FAILED.rule, "not measured", "no case was answered", model="small")
    evaluated(repo, digest(repo), FAILED, when="20261124-050000")
    evaluated(repo, digest(repo), silent, when="20261124-060000")
    report = pinned(repo, "greet")
    assert (report.refused, report.written) == (True, False)
    assert only(report).evaluations[0].later == "no answers"


def test_an_overruled_gate_is_told_with_the_reason(repo: GitRepository) -> None:
    evaluated(repo, digest(repo), FAILED)
    assert pinned(repo, "greet", force="the labels are wrong").reason == "the labels are wrong"


# Rollouts


def test_a_rollout_begins_beside_the_pin_grows_and_becomes_the_pin(repo: GitRepository) -> None:
    pinned(repo, "greet")
    first = pins(repo)["greet"]
    head = repo.commit(tone("Be brief."))
    change = only(pinned(repo, "greet", percent=10.0))
    assert (change.kind, change.diff is not None) == ("rollout", True)
    now = pins(repo)["greet"]
    assert (now.commit, now.rollout) == (first.commit, Rollout(head, digest(repo), 10.0))
    repo.commit(tone("Be silent."))  # without a revision the one that is running is meant, whatever came since
    assert only(pinned(repo, "greet", percent=10.0)).kind == "same"
    assert only(pinned(repo, "greet", percent=12.5)).kind == "share"
    assert pins(repo)["greet"].rollout == Rollout(head, digest(repo, revision=head), 12.5)
    assert only(pinned(repo, "greet", percent=100.0)).kind == "whole"
    assert (pins(repo)["greet"].commit, pins(repo)["greet"].rollout) == (head, None)


def test_another_version_takes_the_place_of_the_rollout_and_says_so(repo: GitRepository) -> None:
    pinned(repo, "greet")
    old = repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    new = repo.commit(tone("Be silent."))
    change = only(pinned(repo, "greet@HEAD", percent=20.0))
    assert change.notes == (f"the rollout of {old[:7]} to 10% ends with it",)
    assert pins(repo)["greet"].rollout == Rollout(new, digest(repo), 20.0)


def test_a_pin_without_percent_ends_the_rollout(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    pinned(repo, "greet")
    old = repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    repo.commit(tone("Be silent."))
    change = only(pinned(repo, "greet", dry_run=True))
    assert (change.kind, change.notes) == ("pinned", (f"the rollout of {old[:7]} to 10% ends with it",))
    assert only(pinned(repo, f"greet@{old}", dry_run=True)).kind == "whole"
    assert only(pinned(repo, f"greet@{first}")).kind == "ended"
    assert (commits(repo), pins(repo)["greet"].rollout) == ({"greet": first}, None)


def test_a_rollout_of_the_pinned_version_itself_is_nothing(repo: GitRepository) -> None:
    pinned(repo, "greet")
    report = pinned(repo, "greet", percent=10.0)
    assert (only(report).kind, report.written) == ("same", False)


def test_without_a_pin_there_is_nothing_to_roll_out_beside(repo: GitRepository) -> None:
    with pytest.raises(PinError, match="'greet' is not pinned yet") as raised:
        pinned(repo, "greet", percent=10.0)
    assert raised.value.hint == "pin a first version for all calls: promptops pin greet --env prod"


@pytest.mark.parametrize("percent", [0.0, -1.0, 100.5, float("nan"), float("inf")])
def test_a_percent_is_above_0_and_at_most_100(repo: GitRepository, percent: float) -> None:
    with pytest.raises(PinError, match="above 0"):
        pinned(repo, "greet", percent=percent)


def test_a_failed_gate_stops_more_calls_and_lets_fewer_pass(repo: GitRepository) -> None:
    pinned(repo, "greet")
    repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    evaluated(repo, digest(repo), FAILED)
    assert pinned(repo, "greet", percent=50.0).refused
    assert pinned(repo, "greet", percent=100.0).refused
    assert pinned(repo, "greet@HEAD", percent=50.0).refused
    assert not pinned(repo, "greet", percent=5.0).refused
    report = pinned(repo, "greet", percent=50.0, force="few users")
    assert report.written
    assert "# forced: few users" in text(repo)


def test_a_rollout_that_does_not_hold_is_not_made_the_pin(repo: GitRepository) -> None:
    pinned(repo, "greet")
    repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    wrong = text(repo).replace(digest(repo), f"sha256:{'0' * 64}")
    write_files(repo.root, {FILE: wrong})
    with pytest.raises(PinError, match="is not what was pinned"):
        pinned(repo, "greet", percent=100.0)
    assert text(repo) == wrong


def test_what_was_the_old_side_of_a_run_is_no_result(repo: GitRepository) -> None:
    other = Arm("head", "small", "openai/m", "x", None, False, f"sha256:{'1' * 64}", "e")
    evaluated(repo, digest(repo), FAILED, side="base", more=(other,))
    assert not pinned(repo, "greet", dry_run=True).refused
