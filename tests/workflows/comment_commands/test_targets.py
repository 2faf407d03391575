from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.evals.evaluators.base import output_digest
from promptops.forge.comment_commands import AcceptCommand, LabelCommand
from promptops.model.results import Arm, CaseInfo, CriterionInfo, GateResult, GateStatus, Results, Sample, Side
from promptops.model.score import Score
from promptops.workflows.comment_commands.targets import (
    AcceptTarget,
    LabelTarget,
    Refusal,
    find_accept_target,
    find_label_target,
    find_target,
)

TONE = CriterionInfo("is kind", "human", question="Is it kind?")
WORD = CriterionInfo("repeats the word", "string")
SHOWN = ("lyon-pilot", "paris-call")


def gate(name: str, status: GateStatus, *, accepted: str = "", model: str = "small") -> GateResult:
    return GateResult(name, "at least 75%", status, blocks=status == "failed", accepted=accepted, model=model)


def arm(side: Side, model: str = "small") -> Arm:
    return Arm(side, model, f"openai/{model}", "r", None, False, "p", f"{side}-{model}")


def sample(case: str, arm: int, text: str = "", **more: object) -> Sample:
    scores = {"is kind": Score.waiting("waiting"), "repeats the word": Score(1.0, passed=True)}
    found = Sample(case, arm, 0, text=text or f"{case}, {arm}", scores=scores)
    return replace(found, **more)  # type: ignore[arg-type]


def run(suite: str = "meetings", *, gates: Sequence[GateResult] = (), samples: Sequence[Sample] = ()) -> Results:
    return Results(
        suite=suite, suite_path=f"evals/{suite}.eval.yml", prompt="p", title="P", suite_digest="d",
        arms=(arm("base"), arm("head")), criteria=(TONE, WORD),
        cases=(*(CaseInfo(name, {}) for name in SHOWN), CaseInfo("secret", {}, split="held-out")),
        rendered=(),
        samples=tuple(samples) or tuple(sample(name, side) for name in (*SHOWN, "secret") for side in (0, 1)),
        gates=tuple(gates), questions="asked",
    )  # fmt: skip


def label(case: str = "lyon-pilot", criterion: str = "is kind", suite: str = "") -> LabelCommand:
    return LabelCommand("/promptops …", case, criterion, "pass", "", suite)


def accept(criterion: str = "is kind", suite: str = "") -> AcceptCommand:
    return AcceptCommand("/promptops …", criterion, "we know", suite)


def refused(command: LabelCommand | AcceptCommand, runs: list[Results]) -> str:
    with pytest.raises(Refusal) as refusal:
        find_target(command, runs)
    return str(refusal.value)


def test_a_label_is_about_the_new_versions_reply() -> None:
    found = find_label_target(label(), [run()])
    assert (found.case, found.criterion, found.output) == ("lyon-pilot", "is kind", output_digest("lyon-pilot, 1"))


@pytest.mark.parametrize("written", ["Is Kind", "is  kind"])
def test_a_criterion_may_be_written_with_other_capitals_and_spaces(written: str) -> None:
    assert isinstance(find_label_target(label(criterion=written), [run()]), LabelTarget)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (label("lyon-pilt"), "there is no case 'lyon-pilt'; did you mean 'lyon-pilot'?"),
        (label("xyz"), "there is no case 'xyz'; there are: lyon-pilot, paris-call"),
        (label(criterion="is kin"), "the case has no criterion 'is kin'; did you mean 'is kind'?"),
        (label(suite="meeting"), "there is no suite 'meeting' in these results; did you mean 'meetings'?"),
        (label(criterion="repeats the word"), "decided by a rule (string)"),
        (label("../../secrets"), "there is no case '../../secrets'"),
        (label(suite="../../.github/workflows/x"), "there is no suite"),
    ],
)
def test_what_is_not_there_is_told_with_what_may_be_meant(command: LabelCommand, says: str) -> None:
    assert says in refused(command, [run()])


def test_no_held_out_case_is_ever_named() -> None:
    assert "secret'" not in refused(label("secre"), [run()]).replace("'secre'", "")


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        ([sample("lyon-pilot", 0)], "no reply to 'lyon-pilot' that could be judged"),
        ([sample("lyon-pilot", 1, error="timed out")], "no reply to 'lyon-pilot' that could be judged"),
        ([sample("lyon-pilot", 1), sample("lyon-pilot", 1, "other")], "2 different replies"),
        ([sample("lyon-pilot", 1, scores={})], "does not apply to the case"),
    ],
)
def test_a_label_needs_one_reply(samples: list[Sample], says: str) -> None:
    assert says in refused(label(), [run(samples=samples)])


def test_several_trials_that_say_the_same_are_one_reply() -> None:
    samples = [sample("lyon-pilot", 1, "same"), sample("lyon-pilot", 1, "same", trial=1)]
    assert isinstance(find_label_target(label(), [run(samples=samples)]), LabelTarget)


def test_where_several_suites_have_the_case_the_asker_says_which() -> None:
    runs = [run(), run("my calls")]
    assert refused(label(), runs).endswith('say which one at the line\'s end, in meetings or in "my calls"')
    for command in (label(suite="my calls"), label("my calls:lyon-pilot"), label(suite="evals/my calls.eval.yml")):
        assert find_label_target(command, runs).results.suite == "my calls"


@pytest.mark.parametrize("status", ["failed", "undecided", "not measured"])
def test_a_gate_that_does_not_hold_can_be_accepted(status: GateStatus) -> None:
    gates = [gate("is kind", status), gate("is kind", "passed", model="large"), gate("repeats the word", "failed")]
    assert find_accept_target(accept(), [run(gates=gates)]).gates == (gates[0],)


def test_the_budgets_gate_can_be_accepted_though_it_is_no_criterions() -> None:
    assert isinstance(find_accept_target(accept("cost"), [run(gates=[gate("cost", "failed")])]), AcceptTarget)


@pytest.mark.parametrize(
    ("gates", "says"),
    [
        ([], "there is nothing to accept"),
        ([gate("is kind", "passed")], "there is nothing to accept"),
        ([gate("is kind", "advisory")], "there is nothing to accept"),
        ([gate("is kind", "failed", accepted="@ana: yes")], "accepted already"),
    ],
)
def test_there_must_be_something_to_accept(gates: list[GateResult], says: str) -> None:
    assert says in refused(accept(), [run(gates=gates)])


def test_of_several_suites_the_one_whose_gate_does_not_hold_is_meant_unless_there_are_two() -> None:
    failed, fine = run(gates=[gate("is kind", "failed")]), run("calls", gates=[gate("is kind", "passed")])
    assert find_accept_target(accept(), [fine, failed]).results is failed
    assert "say which one" in refused(accept(), [replace(failed, suite="calls"), failed])


def test_a_run_that_stopped_or_does_not_say_what_it_asked_can_not_be_accepted() -> None:
    found = run(gates=[gate("is kind", "failed")])
    assert "stopped early" in refused(accept(), [replace(found, stopped="the budget")])
    assert "older version" in refused(accept(), [replace(found, questions="")])


def test_an_unknown_criterion_is_told_with_what_may_be_meant() -> None:
    assert refused(accept("is kin"), [run()]) == "there is no criterion 'is kin'; did you mean 'is kind'?"
