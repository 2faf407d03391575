"""What `pin` and `rollback` did, in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from promptops.model.edit import FileEdit, SettingDifference
from promptops.model.environment import Pin, Rollout
from promptops.model.outcomes.diff import CaseDiff, PromptDiff
from promptops.model.outcomes.history import CommitSummary
from promptops.model.outcomes.pin_change import Evaluation, Kind, PinChange, PinnedVersion, PinReport
from promptops.model.results import GateResult
from promptops.report.pins.json import pins_json
from promptops.report.pins.text import ending, pins_text
from promptops.text.humanize import ago

OLD, NEW = PinnedVersion("4f2a91c0" * 5, f"sha256:{'a' * 64}"), PinnedVersion("9be03d7f" * 5, f"sha256:{'b' * 64}")
NOW = 1_700_000_000.0
COMMITS = {
    OLD.commit: CommitSummary("Tom Reyes", int(NOW) - 21 * 86400, "Shorter"),
    NEW.commit: CommitSummary("Ana Petit", int(NOW) - 7200, "Sales tone"),
}
PASSED = GateResult("names the owner", "at least 75%", "passed", "92% of 24 cases")
FAILED = GateResult("one line", "at least 50%", "failed", "25% of 24 cases", blocks=True)
UNPROVEN = GateResult("no date", "no worse than 10 points", "undecided", "-1 points over 24 cases", needed=60)
RUN = Evaluation("note", "2023-11-14T20:13:20+00:00", (PASSED,))
MESSAGES = ((("system", "Be kind.\n"),), (("system", "Be very kind.\n"),))
DIFF = PromptDiff(
    "note",
    "prompts/note.prompt.yml",
    "changed",
    "Order note",
    cases=tuple(CaseDiff(name, {}, False, *MESSAGES, "", "", 3, 4) for name in ("ada", "bob")),
    edit=(FileEdit("prompts/note.prompt.yml", ("@@ system @@", "-Be kind.", "+Be very kind.")),),
    differences=(SettingDifference("temperature", "0", "0.2"),),
)
CHANGE = PinChange("note", "pinned", Pin("note", *OLD), Pin("note", *NEW), OLD, NEW, DIFF, (RUN,), ("note",))


def report(*changes: PinChange, **more: object) -> PinReport:
    plain = PinReport("prod", PurePosixPath("environments/prod.yml"), changes, written=True, commits=COMMITS)
    return replace(plain, **more)  # type: ignore[arg-type]


def text(*changes: PinChange, dry_run: bool = False, **more: object) -> str:
    return pins_text(report(*changes, **more), NOW, dry_run=dry_run)


def test_who_made_the_versions_what_changes_and_how_it_did() -> None:
    assert text(CHANGE) == (
        "note (Order note): a new version, for all calls\n"
        "  before  4f2a91c, Tom Reyes, 3 weeks ago: Shorter\n"
        "  after   9be03d7, Ana Petit, 2 hours ago: Sales tone\n"
        "  last evaluated 2 hours ago (suite note)\n"
        "    rule  ✅ names the owner ≥ 75%: holds\n"
        "  the text changes in all 2 cases · about 1 token more in each (estimated)\n"
        "  temperature: 0 → 0.2\n"
        "\n"
        "  the edit, in all 2 cases\n"
        "    ── prompts/note.prompt.yml ──\n"
        "    ── system ──\n"
        "    - Be kind.\n"
        "    + Be very kind.\n"
        "  filled in: promptops diff 4f2a91c 9be03d7 --prompt note --case ada\n"
        "\n"
        "environments/prod.yml written.\n"
        "  Nothing is served differently yet: commit the file and propose it as a pull request.\n"
        "  Applications that follow prod serve it once it is merged.\n"
    )


def test_prompts_that_change_alike_are_told_once() -> None:
    other = replace(CHANGE, prompt="tone", diff=replace(DIFF, id="tone"))
    own = replace(CHANGE, prompt="own", diff=replace(DIFF, id="own", differences=()))
    told = text(CHANGE, other, own)
    assert told.count("    + Be very kind.\n") == 1
    assert "1 token more in each (estimated)\n  it changes just as note does\n\nown (Order note)" in told
    assert "  prompts/note.prompt.yml: the same edit as under note, above\n" in told


def rollout(percent: float) -> Pin:
    return Pin("note", *OLD, Rollout(*NEW, percent))


@pytest.mark.parametrize(
    ("kind", "before", "after", "said"),
    [
        ("first", None, Pin("note", *NEW), "pinned for the first time"),
        ("same", Pin("note", *OLD), Pin("note", *OLD), "nothing to do, prod already pins this version"),
        ("rollout", Pin("note", *OLD), rollout(10), "a new version, for 10% of the calls"),
        ("share", rollout(10), rollout(12.5), "the new version goes from 10% to 12.5% of the calls"),
        ("whole", rollout(50), Pin("note", *NEW), "the new version goes from 50% to all calls"),
        ("ended", rollout(50), Pin("note", *OLD), "the rollout to 50% ends, all calls get the pinned version again"),
        ("back", Pin("note", *NEW), Pin("note", *OLD), "back to the version that was pinned before"),
        ("removed", Pin("note", *NEW), None, "not pinned any more, as before"),
    ],
)
def test_what_becomes_of_the_pin_is_said_first(kind: Kind, before: Pin | None, after: Pin | None, said: str) -> None:
    change = replace(CHANGE, kind=kind, before=before, after=after, diff=None)
    assert text(change).splitlines()[0] == f"note: {said}"


def test_a_first_pin_says_how_to_read_it() -> None:
    change = replace(CHANGE, kind="first", before=None, old=None, diff=None, evaluations=())
    told = text(change, is_new=True)
    assert "\n  version  9be03d7, Ana Petit" in told
    assert "  not evaluated here yet: promptops eval note --at 9be03d7\n" in told
    assert "  to read it: promptops render note --at 9be03d7\n" in told
    assert "environments/prod.yml written. It is a new environment, prod.\n" in told


def test_every_suite_and_every_gate_is_told() -> None:
    runs = (RUN._replace(gates=(FAILED, UNPROVEN)), Evaluation("tone", "never", (), "time is up"))
    told = text(replace(CHANGE, evaluations=runs))
    assert "    rule  ⛔ one line ≥ 50%: fails (25% of 24 cases)\n" in told
    assert "not proven yet (−1 points over 24 cases; about 60 more cases would settle it)\n" in told
    assert "  last evaluated some time ago (suite tone, stopped early, without rules)\n" in told
    assert "  no suite tests it\n" in text(replace(CHANGE, evaluations=(), suites=()))


def test_what_the_last_run_did_not_measure_is_told_before_its_gates() -> None:
    told = text(replace(CHANGE, evaluations=(RUN._replace(unmeasured="'is kind' has no answer: no judge is set"),)))
    assert "(suite note)\n    not measured: 'is kind' has no answer: no judge is set\n    rule" in told


def test_an_older_run_that_counts_says_why() -> None:
    runs = (RUN._replace(later="no answers"), RUN._replace(suite="tone", gates=(FAILED,), later="not measured"))
    told = text(replace(CHANGE, evaluations=runs))
    assert "  a later run got no answers; the last that did: 2 hours ago (suite note)\n    rule" in told
    assert "  that run did not measure all; the last that did: 2 hours ago (suite tone)\n    rule" in told


def test_the_same_text_at_another_commit_is_told_with_both() -> None:
    moved = "9be03d7, which is part of main (4f2a91c is not)"
    told = text(replace(CHANGE, kind="moved", diff=None, moved=moved))
    assert told.startswith(f"note: the same text, now pinned at {moved}\n  before  4f2a91c, Tom")
    assert "evaluated" not in told


def test_a_rollout_that_is_there_already_is_not_called_the_pinned_version() -> None:
    told = text(replace(CHANGE, kind="same", before=rollout(10), after=rollout(10), diff=None), written=False)
    assert told.startswith("note: nothing to do: 9be03d7 is already rolled out to 10% of the calls\n  pinned   4f2a91c")
    assert "\n  rollout  9be03d7, Ana Petit" in told


def test_a_commit_about_something_else_is_told_by_the_last_change_of_the_prompt() -> None:
    told = text(CHANGE, changed={("note", NEW.commit): OLD.commit, ("tone", OLD.commit): NEW.commit})
    assert "  after   9be03d7; last changed by Tom Reyes, 3 weeks ago: Shorter (4f2a91c)\n" in told
    assert "  before  4f2a91c, Tom Reyes, 3 weeks ago: Shorter\n" in told


def test_a_change_that_is_not_merged_promises_nothing_else() -> None:
    assert ending(report(CHANGE, unmerged=True))[-1].endswith(
        "serve it once the prompt and the file are merged, as the note says."
    )


@pytest.mark.parametrize(("gates", "said"), [((FAILED,), "a rule"), ((FAILED, PASSED, FAILED), "two rules")])
def test_overruled_gates_are_told_with_the_reason(gates: tuple[GateResult, ...], said: str) -> None:
    change = replace(CHANGE, evaluations=(RUN._replace(gates=gates),), refused="…", forced=True)
    told = text(change, reason="the labels are wrong")
    assert f"written.\n  Pinned although {said} failed: the labels are wrong\n" in told
    assert "although" not in text(replace(change, refused="", forced=False), reason="the labels are wrong")


def test_a_refusal_says_what_to_do_instead() -> None:
    runs = (Evaluation("tone", RUN.started, (PASSED,)), RUN._replace(gates=(FAILED,)))
    change = replace(CHANGE, evaluations=runs, refused="the rule … does not hold")
    lines = ending(report(change, written=False))
    assert lines[0] == "Nothing was written: a rule does not hold for note."
    assert lines[1].endswith("promptops eval note")
    assert "--force --reason TEXT" in lines[2]
    assert ending(report(replace(change, forced=True)))[0] == "environments/prod.yml written."


def test_a_dry_run_and_nothing_to_write() -> None:
    assert "because of --dry-run" in text(CHANGE, written=False, dry_run=True)
    same = replace(CHANGE, kind="same", after=CHANGE.before, diff=None)
    assert text(same, written=False).endswith("\nNothing to write: environments/prod.yml stays as it is.\n")
    assert text(same, written=False, uncommitted=True).endswith(
        "\n  environments/prod.yml is not committed yet: commit it and propose it as a pull request.\n"
    )


def test_a_commit_that_is_not_here_is_said() -> None:
    assert "  before  4f2a91c (not in this clone)\n" in text(CHANGE, commits={NEW.commit: COMMITS[NEW.commit]})


@pytest.mark.parametrize("color", [True, False])
def test_nothing_that_others_wrote_acts_on_a_terminal(color: bool) -> None:
    evil = "a\x1b[2J\r\nb\u202e"
    change = replace(
        CHANGE,
        prompt=evil,
        diff=replace(DIFF, id=evil, title=evil, differences=(SettingDifference(evil, evil, evil),)),
        notes=(evil,),
        suites=(evil,),
        evaluations=(Evaluation(evil, evil, (replace(FAILED, criterion=evil, rule=evil, reason=evil),), evil),),
        refused=evil,
    )
    notes = {NEW.commit: CommitSummary(evil, 0, evil)}
    told = pins_text(report(change, commits=notes, environment=evil), NOW, color=color)
    assert "\x1b[2J" not in told
    assert "\u202e" not in told
    assert "\r" not in told
    assert all(not line.startswith("b") for line in told.splitlines())


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"), (59, "just now"), (60, "1 minute ago"), (7199, "1 hour ago"), (2 * 86400, "2 days ago"),
        (21 * 86400, "3 weeks ago"), (60 * 86400, "2 months ago"), (3 * 366 * 86400, "3 years ago"),
    ],
)  # fmt: skip
def test_how_long_ago(seconds: float, said: str) -> None:
    assert ago(seconds) == said


def test_json_for_programs() -> None:
    data = json.loads(pins_json(report(CHANGE)))
    assert (data["format"], data["environment"], data["file"]) == ("promptops-pins/1", "prod", "environments/prod.yml")
    assert data["written"] is True
    (one,) = data["prompts"]
    assert (one["prompt"], one["what"], one["cases_changed"], one["refused"]) == ("note", "pinned", 2, None)
    assert one["before"] == {"commit": OLD.commit, "digest": OLD.digest}
    assert one["last_result"]["evaluated"] == RUN.started
    assert one["last_result"]["suites"][0]["later"] is None
    assert one["last_result"]["suites"][0]["gates"] == [
        {"criterion": "names the owner", "rule": "at least 75%", "status": "passed", "reason": "92% of 24 cases",
         "blocks": False},
    ]  # fmt: skip
    other = json.loads(pins_json(report(replace(CHANGE, before=None, after=rollout(10), evaluations=()))))["prompts"][0]
    assert (other["before"], other["last_result"]) == (None, None)
    assert other["after"]["rollout"] == {"commit": NEW.commit, "digest": NEW.digest, "percent": 10}
