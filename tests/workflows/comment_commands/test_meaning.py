"""Lines as phones, mail programs and people in a hurry write them, and what they mean in the results."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.forge.comment_commands import CommentCommand, InvalidCommand, LabelCommand, parse_commands
from promptops.model.results import CaseInfo, CriterionInfo, GateResult, Results, Sample
from promptops.model.score import Score
from promptops.text.suggestions import did_you_mean
from promptops.workflows.comment_commands import refusal
from promptops.workflows.comment_commands.meaning import CommandMeaning, find_meaning, lines_instead
from promptops.workflows.comment_commands.refusal import Refusal
from promptops.workflows.comment_commands.targets import LabelTarget
from tests.workflows.comment_commands.test_targets import arm, run

SHOUT, PASS, HELLO = "don't shout", "must pass review", 'says "hello"'
NAMES = (SHOUT, PASS, HELLO, "naïve tone", "(short)")
CASES = ("lyon-pilot", "the Lyon case", "bob", "café", "ok 👍", "q_1")


def results(**more: object) -> Results:
    criteria = tuple(CriterionInfo(name, "human", question="Well?") for name in NAMES)
    scores = {name: Score.waiting("waiting") for name in NAMES}
    samples = tuple(Sample(case, side, 0, text=f"{case} {side}", scores=scores) for case in CASES for side in (0, 1))
    gates = tuple(GateResult(name, "at least 75%", "failed", blocks=True, model="small") for name in NAMES)
    cases = (*(CaseInfo(name, {}) for name in CASES), CaseInfo("secret-one", {}, split="held-out"))
    made = replace(run(samples=samples, gates=gates), criteria=criteria, cases=cases)
    return replace(made, **more)  # type: ignore[arg-type]


RUN = results()


def command(line: str) -> CommentCommand:
    (found,) = parse_commands(line).found
    return found


def meaning(line: str, runs: Sequence[Results] = (RUN,)) -> CommandMeaning:
    found = command(line)
    assert not isinstance(found, InvalidCommand), found
    return find_meaning(found, runs)


def read(line: str) -> tuple[str, str, str, str]:
    found = meaning(line)
    assert isinstance(found.command, LabelCommand)
    assert isinstance(found.target, LabelTarget)
    return found.target.case, found.target.criterion, found.command.verdict, found.command.why


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/promptops label lyon-pilot “don’t shout” pass \"why\"", ("lyon-pilot", SHOUT, "pass", "why")),
        ("/promptops label lyon-pilot “don’t shout\" pass “why\"", ("lyon-pilot", SHOUT, "pass", "why")),
        ("/promptops label lyon-pilot \"don’t shout” pass ”why”", ("lyon-pilot", SHOUT, "pass", "why")),
        ("/promptops label lyon-pilot ‘don’t shout’ pass ‘it isn’t’", ("lyon-pilot", SHOUT, "pass", "it isn’t")),
        ("/promptops label lyon-pilot don’t shout pass", ("lyon-pilot", SHOUT, "pass", "")),
        ('/promptops label lyon-pilot says "hello" pass "why"', ("lyon-pilot", HELLO, "pass", "why")),
        ('/promptops label lyon-pilot "says "hello"" pass "why"', ("lyon-pilot", HELLO, "pass", "why")),
        ("/promptops label lyon-pilot “says “hello”” fail “why”", ("lyon-pilot", HELLO, "fail", "why")),
        ('/promptops label lyon-pilot must pass review pass "why"', ("lyon-pilot", PASS, "pass", "why")),
        ('/promptops label lyon-pilot must pass review fail "why"', ("lyon-pilot", PASS, "fail", "why")),
        ("/promptops label the Lyon case don't shout pass", ("the Lyon case", SHOUT, "pass", "")),
        ("/promptops label `lyon-pilot` `don't shout` `pass` \"why\"", ("lyon-pilot", SHOUT, "pass", "why")),
        ("/promptops label lyon—pilot (short) pass", ("lyon-pilot", "(short)", "pass", "")),
        ("/promptops label lyon-pilot short pass", ("lyon-pilot", "(short)", "pass", "")),
        ("/promptops label bob: “don’t shout”: pass. “why”.", ("bob", SHOUT, "pass", "why")),
        ("/promptops label bob, don't shout, pass, fine by me", ("bob", SHOUT, "pass", "fine by me")),
        ("/promptops label bob don't shout pass—fine by me", ("bob", SHOUT, "pass", "fine by me")),
        ("/promptops label bob don't shout pass – fine", ("bob", SHOUT, "pass", "– fine")),
        ('/promptops label bob don\'t shout pass"fine"', ("bob", SHOUT, "pass", "fine")),
        ("/promptops label bob don't shout **pass** fine", ("bob", SHOUT, "pass", "fine")),
        ('/promptops label "bob" "don\'t shout" "pass" "fine"', ("bob", SHOUT, "pass", "fine")),
        ("/Promptops: Label: bob don't shout Pass!", ("bob", SHOUT, "pass", "")),
        ("/PROMPTOPS LABEL BOB DON'T SHOUT PASS", ("bob", SHOUT, "pass", "")),
        ("／promptops　label　bob　＂don＇t shout＂　ｐａｓｓ", ("bob", SHOUT, "pass", "")),
        ("/promptops\xa0label\xa0bob\xa0don't\xa0shout\xa0pass", ("bob", SHOUT, "pass", "")),
        ("/promptops label bob &quot;don&#39;t shout&quot; pass.", ("bob", SHOUT, "pass", "")),
        ("/promptops\u200b label bob\u2060 don't shout pass\ufeff", ("bob", SHOUT, "pass", "")),
        ("/promptops label ok👍 don't shout pass", ()),
        ("/promptops label ok\ufe0f 👍\ufe0f don't shout pass", ("ok 👍", SHOUT, "pass", "")),
        ("/promptops label q-1 don't shout pass", ("q_1", SHOUT, "pass", "")),
        (unicodedata.normalize("NFD", "/promptops label café naïve tone pass"), ("café", "naïve tone", "pass", "")),
        ("/promptops label \"meetings:bob\" don’t shout pass", ("bob", SHOUT, "pass", "")),
        ("/promptops label bob don’t shout pass “fine” in “Meetings”", ("bob", SHOUT, "pass", "fine")),
    ],
)  # fmt: skip
def test_a_label_is_read_as_it_was_meant(line: str, expected: tuple[str, ...]) -> None:
    if expected:
        assert read(line) == expected
    else:
        with pytest.raises(Refusal):
            read(line)


@pytest.mark.parametrize(
    "line",
    [
        "/promptops accept “don’t shout” “we know”",
        "/promptops accept “don’t shout\" \"we know”",
        '/promptops accept don’t shout "we know"',
        "/promptops accept `don't shout`: “we know”.",
        "/Promptops Accept &quot;don't shout&quot; &quot;we know&quot;",
        "／promptops accept　“don't shout” “we know”",
    ],
)  # fmt: skip
def test_so_is_an_acceptance(line: str) -> None:
    found = meaning(line)
    assert found.target.criterion == SHOUT
    assert found.command.why == "we know"


def test_what_was_read_before_phones_were_thought_of_is_read_the_same() -> None:
    for line in (
        '/promptops label lyon-pilot "don\'t shout" pass &quot;kept as it is&quot;',
        "/promptops label lyon-pilot don't shout pass well. done",
    ):
        found = meaning(line)
        assert found.exact
        assert found.command.why == line.split(" pass ")[1]


def test_an_exact_name_comes_before_one_that_is_only_like_it() -> None:
    cases = (CaseInfo("a-1", {}), CaseInfo("a 1", {}))
    samples = tuple(replace(sample, case=case.id) for case in cases for sample in RUN.samples[:2])
    two = replace(RUN, cases=cases, samples=samples)
    for line, case in (("/promptops label a 1 (short) pass", "a 1"), ("/promptops label a-1 (short) pass", "a-1")):
        found = meaning(line, [two])
        assert isinstance(found.target, LabelTarget)
        assert found.target.case == case


@pytest.mark.parametrize("said", ["secret one", "secret—one", "secret-o…", "secret-on"])
def test_a_held_out_case_is_never_found_or_named_by_what_is_only_like_its_name(said: str) -> None:
    asked = command(f'/promptops label "{said}" "(short)" pass')
    assert not isinstance(asked, InvalidCommand)
    with pytest.raises(Refusal, match="there is no case"):
        find_meaning(asked, [RUN])
    assert lines_instead(asked, [RUN]) == ()


def test_what_was_understood_is_told_as_a_line_that_says_just_that() -> None:
    found = meaning("/promptops label bob: says “hello”. pass. in meetings")
    assert not found.exact
    assert found.line == '/promptops label bob "says \\"hello\\"" pass in meetings'
    again = meaning(found.line)
    assert (again.exact, again.line, again.target) == (True, found.line, found.target)


INSTEAD = {
    '/promptops label lyon-pilt don\'t shout pass "x"': '/promptops label lyon-pilot "don\'t shout" pass "x"',
    "/promptops label lyon-pilot “dont shut” pass": '/promptops label lyon-pilot "don\'t shout" pass',
    "/promptops label lyon-pilot dont shout passed": '/promptops label lyon-pilot "don\'t shout" pass',
    "/promptops label lyon-pilot don't shout yes": '/promptops label lyon-pilot "don\'t shout" pass',
    "/promptops lable lyon-pilot don't shout fail": '/promptops label lyon-pilot "don\'t shout" fail',
    "/promptops lyon-pilot don't shout fail": '/promptops label lyon-pilot "don\'t shout" fail',
    '/promptops label lyon-pilot "don\'t shout" pass "why': '/promptops label lyon-pilot "don\'t shout" pass "why"',
    "/promptops label lyon-pilot \"don't shout pass": '/promptops label lyon-pilot "don\'t shout" pass',
    "/promptops accept don't shout we know": '/promptops accept "don\'t shout" "we know"',
    "/promptops approve don't shuot we know": '/promptops accept "don\'t shout" "we know"',
    "/promptops accept “dont shut” “we know”": '/promptops accept "don\'t shout" "we know"',
    "/promptops label bob don't shout pass in metings": '/promptops label bob "don\'t shout" pass in meetings',
}


@pytest.mark.parametrize(("line", "instead"), INSTEAD.items())
def test_a_near_miss_is_answered_with_the_line_to_paste(line: str, instead: str) -> None:
    asked = command(line)
    if not isinstance(asked, InvalidCommand):
        with pytest.raises(Refusal) as refusal:
            find_meaning(asked, [RUN])
        assert lines_instead(asked, [RUN], refusal.value) == (instead,)
    else:
        assert lines_instead(asked, [RUN]) == (instead,)
    assert meaning(instead).exact


@pytest.mark.parametrize("line", ["/promptops", "/promptops frobnicate", "/promptops label", "/promptops accept"])
def test_where_nothing_is_nearly_said_nothing_is_guessed(line: str) -> None:
    assert lines_instead(command(line), [RUN]) == ()


def test_where_several_are_meant_each_has_its_line() -> None:
    runs = [RUN, replace(RUN, suite="my calls", suite_path="evals/my calls.eval.yml")]
    asked = command("/promptops label bob “don’t shout” pass “why”")
    assert not isinstance(asked, InvalidCommand)
    with pytest.raises(Refusal, match="several suites") as refusal:
        find_meaning(asked, runs)
    lines = lines_instead(asked, runs, refusal.value)
    assert [line.partition('"why" ')[2] for line in lines] == ["in meetings", 'in "my calls"']
    assert [meaning(line, runs).target.results.suite for line in lines] == ["meetings", "my calls"]


# Which reply


def several(*replies: tuple[int, int, str]) -> Results:
    """Two models, base and head; replies to `bob` as (arm, trial, text)."""
    scores = {name: Score.waiting("waiting") for name in NAMES}
    samples = tuple(Sample("bob", arm, trial, text=text, scores=scores) for arm, trial, text in replies)
    arms = (arm("base"), arm("head"), arm("base", "my large"), arm("head", "my large"))
    return results(samples=samples, arms=arms)


def judged(line: str, found: Results) -> str:
    target = meaning(line, [found]).target
    assert isinstance(target, LabelTarget)
    texts = {judge_digest(sample.text): sample.text for sample in found.samples}
    return texts[target.output]


def judge_digest(text: str) -> str:
    from promptops.evals.evaluators.base import output_digest

    return output_digest(text)


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("", "head"),
        ('"why"', "head"),
        ("base", "base"),
        ("before", "base"),
        ("Base.", "base"),
        ("head", "head"),
        ("after", "head"),
        ('base "why"', "base"),
        ('"why" base', "base"),
        ('"base"', "head"),
        ("base is worse", "head"),
        ('in meetings base trial 1 "why"', "base"),
    ],
)
def test_the_old_versions_reply_is_judged_where_the_line_says_so(ending: str, text: str) -> None:
    assert judged(f"/promptops label bob (short) pass {ending}", several((0, 0, "base"), (1, 0, "head"))) == text


def test_a_trial_and_a_model_are_named_and_each_choice_has_its_line() -> None:
    found = several((1, 0, "a"), (1, 1, "b"), (3, 0, "c"), (3, 1, "c"), (0, 1, "base"))
    asked = command("/promptops label bob (short) pass")
    assert not isinstance(asked, InvalidCommand)
    with pytest.raises(Refusal, match="3 different replies of the new version") as refusal:
        find_meaning(asked, [found])
    assert str(refusal.value).endswith('model small or model "my large" and trial 1 or trial 2')
    lines = lines_instead(asked, [found], refusal.value)
    assert [line.partition("pass ")[2] for line in lines] == [
        "trial 1 model small", "trial 2 model small", 'trial 1 model "my large"',
    ]  # fmt: skip
    assert [judged(line, found) for line in lines] == ["a", "b", "c"]
    assert judged("/promptops label bob (short) pass model “my large”", found) == "c"
    assert judged("/promptops label bob (short) fail trial 2 base", found) == "base"


@pytest.mark.parametrize(
    ("ending", "says"),
    [
        ("trial 3", "no reply of the new version in trial 3: say 1 or 2"),
        ("model tiny", "no model 'tiny' was asked: say small or my large"),
    ],
)
def test_a_reply_that_is_not_there_is_told_with_those_that_are(ending: str, says: str) -> None:
    asked = command(f"/promptops label bob (short) pass {ending}")
    assert not isinstance(asked, InvalidCommand)
    with pytest.raises(Refusal, match=says):
        find_meaning(asked, [several((1, 0, "a"), (1, 1, "b"))])


@pytest.mark.parametrize("line", ["x " * 900, "“" * 1900, "'a " * 600, "pass " * 390, '"a" pass ' * 200])
def test_a_hostile_line_costs_little(line: str) -> None:
    asked = command(f"/promptops label {line}")
    readings = asked.meant if isinstance(asked, InvalidCommand) else asked.others
    assert len(readings) <= 130


def test_what_is_like_a_name_is_looked_for_once_however_many_readings_a_line_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []

    def count(name: str, known: Sequence[str]) -> str:
        compared.append(name)
        return did_you_mean(name, known)

    monkeypatch.setattr(refusal, "did_you_mean", count)
    found = command(f"/promptops label {'lyon plot ' * 8}tone pass {'pass ' * 30}")
    assert isinstance(found, LabelCommand)
    assert len(found.others) > 50
    with pytest.raises(Refusal) as refused:
        find_meaning(found, [RUN])
    assert not compared
    assert str(refused.value) == str(refused.value)
    assert len(compared) == 1


def test_a_held_out_case_is_not_found_by_what_is_like_a_shown_one_of_another_suite() -> None:
    other = replace(
        RUN,
        suite="other",
        cases=(CaseInfo("lyon-pilot", {}, split="held-out"),),
        criteria=(CriterionInfo("secret tone", "human", question="Well?"),),
        samples=(Sample("lyon-pilot", 1, 0, text="hello", scores={"secret tone": Score.waiting("waiting")}),),
    )
    assert meaning('/promptops label lyon-pilot "secret tone" pass', (RUN, other)).target.results is other
    with pytest.raises(Refusal, match="there is no case"):
        meaning('/promptops label LYON–PILOT "secret tone" pass', (RUN, other))
    assert meaning(f'/promptops label LYON–PILOT "{PASS}" pass', (RUN, other)).target.results is RUN
