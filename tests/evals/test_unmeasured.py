"""What counts as not measured, and what does not: worked out from results alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.errors import ProviderError
from promptops.evals.evaluators.base import output_digest
from promptops.evals.registry import KINDS
from promptops.evals.rescore import rescore
from promptops.evals.unmeasured import MARKED_ADVISORY, UNCHECKED_JUDGE, unmeasured
from promptops.model.budget import Budget
from promptops.model.label import Label
from promptops.model.model_call import Reply, Request
from promptops.model.results import GateResult, Results
from promptops.model.suite import Case, Criterion, Gate
from promptops.model.waiver import Waiver
from promptops.providers.scripted import Answer
from promptops.store.results_file import parse_results, serialize_results
from tests.evals.factory import CONTAINS, JUDGED, carry_out, case, content, echo, plan, suite, target, version
from tests.store.memory import MemoryReplyCache

HUMAN = Criterion("would send it", KINDS["human"], {"question": "Would you?"})
LATENCY = Criterion("in time", KINDS["latency"], {"maxSeconds": 10})
SILENT = Criterion("is cheap", KINDS["cost"], {"maxUsd": 1})
"""A criterion without any answer, as no price is known below."""
BASE = version("base", "Tell {{ word }}")
NO_BUDGET = Budget()
TWENTY = tuple(case(f"w{number:02}") for number in range(20))


def run(
    *criteria: Criterion,
    base: bool = False,
    cases: Sequence[Case] = TWENTY,
    script: object = echo,
    cache: MemoryReplyCache | None = None,
    gates: tuple[Gate, ...] = (),
    budget: Budget = NO_BUDGET,
) -> Results:
    made = suite(*cases, criteria=criteria or (CONTAINS,), gates=gates, budget=budget)
    planned = plan(made, version(), BASE if base else None)
    return carry_out(planned, script, cache=cache, price=lambda spec, usage: None).results  # type: ignore[arg-type]


def told(results: Results) -> list[str]:
    """What was not measured; results as an older version wrote them are told alike."""
    older = replace(results, unmeasured=())
    assert unmeasured(older) == unmeasured(results) == unmeasured(parse_results(serialize_results(older)))
    return [one.what for one in unmeasured(results)]


def failing(count: int, where: str = "Say") -> object:
    """A model that fails for the last so many of twenty cases of a version."""

    def script(request: Request) -> Answer:
        text = content(request)
        failed = text.startswith(where) and any(f"w{19 - number:02}" in text for number in range(count))
        return ProviderError("the server answered 400", status=503) if failed else echo(request)

    return script


def test_a_whole_run_lacks_nothing() -> None:
    for base in (False, True):
        results = run(CONTAINS, JUDGED, base=base, gates=(Gate("repeats the word", at_least=0.5),))
        assert told(results) == []
        assert results.comparisons[0].overall != "not measured"


def test_case_41_a_criterion_without_any_answer_was_not_measured() -> None:
    results = run(CONTAINS, SILENT)
    assert told(results) == ["criterion 'is cheap'"]
    assert "'is cheap' has no answer: not measured: no price is known" in unmeasured(results)[0].why
    assert results.comparisons[0].overall == "not measured"
    assert results.unmeasured == unmeasured(results)


def test_case_41_one_answer_is_an_answer() -> None:
    only = replace(CONTAINS, name="rare", tags=("rare",))
    assert told(run(CONTAINS, only, cases=[*TWENTY, Case("t", {"word": "t"}, ("rare",))])) == []


def test_case_41_a_criterion_that_looks_at_no_case_was_not_measured() -> None:
    results = run(CONTAINS, replace(CONTAINS, name="rare", tags=("rare",)))
    assert [one.why for one in unmeasured(results)] == ["'rare' has no answer: it looks at no case"]


def test_case_41_a_criterion_whose_only_case_failed_was_not_measured() -> None:
    rare = replace(CONTAINS, name="rare", tags=("rare",))
    cases = [*TWENTY[:19], Case("w19", {"word": "w19"}, ("rare",))]
    results = run(CONTAINS, rare, cases=cases, script=failing(1))
    assert [one.why for one in unmeasured(results)] == ["'rare' has no answer: none of its cases has a reply"]


def test_what_the_suite_marks_as_advisory_may_lack_answers() -> None:
    assert told(run(CONTAINS, replace(SILENT, advisory=True))) == []


@pytest.mark.parametrize("advisory", [False, True])
def test_case_41_a_judge_that_never_answers_is_told_unless_the_suite_made_it_advisory(advisory: bool) -> None:
    def script(request: Request) -> Answer:
        return Reply("well, …") if request.model.alias == "judge" else echo(request)

    results = run(CONTAINS, replace(JUDGED, advisory=advisory), script=script)
    assert results.criteria[1].advisory_reason == (MARKED_ADVISORY if advisory else UNCHECKED_JUDGE)
    assert told(results) == ([] if advisory else ["criterion 'is kind'"])


def judged_for(count: int) -> object:
    """A judge that answers for so many of twenty cases."""

    def script(request: Request) -> Answer:
        answers = any(f"w{number:02}" in content(request) for number in range(count))
        return echo(request) if answers or request.model.alias != "judge" else Reply("well, …")

    return script


@pytest.mark.parametrize(("count", "most", "measured"), [(10, 0.1, True), (9, 0.1, False), (1, 0.1, False)])
def test_case_41_a_judge_that_answers_for_few_cases_tells_nothing(count: int, most: float, measured: bool) -> None:
    for base in (False, True):
        results = run(CONTAINS, JUDGED, base=base, script=judged_for(count))
        assert told(results) == ([] if measured else ["criterion 'is kind'"])
        if not measured:
            of = f"{count} answer{'s' * (count > 1)} of 20"
            assert unmeasured(results)[0].why.startswith(f"'is kind' has only {of}: the judge did not answer in JSON")


def test_the_suite_says_how_many_answers_may_be_lacking() -> None:
    results = run(CONTAINS, JUDGED, script=judged_for(1))
    assert told(replace(results, max_errors=0.95)) == []
    assert told(replace(results, max_errors=0.9)) == ["criterion 'is kind'"]


@pytest.mark.parametrize(("failed", "expected"), [(0, []), (2, []), (3, ["replies"]), (19, ["replies"])])
def test_case_41_more_than_a_tenth_of_the_cases_without_a_reply(failed: int, expected: list[str]) -> None:
    for where, base in (("Say", False), ("Say", True), ("Tell", True)):
        results = run(base=base, script=failing(failed, where))
        assert told(results) == expected
        of = " for the version before" if where == "Tell" else ""
        whys = [f"{failed} of 20 calls{of} failed: the server answered 400"] if expected else []
        assert [one.why for one in unmeasured(results)] == whys


def test_case_41_every_call_failed_is_told_once_for_all_that_follows_from_it() -> None:
    gates = (Gate("repeats the word", at_least=0.5, no_worse_than_base=0.1),)
    results = run(CONTAINS, JUDGED, base=True, script=failing(20), gates=gates, budget=Budget(max_cost_increase=0.1))
    assert [one.why for one in unmeasured(results)] == ["every call failed: the server answered 400"]


def test_case_41_the_commonest_error_is_the_one_that_is_told() -> None:
    def script(request: Request) -> Answer:
        return ProviderError("a strange one" if "w00" in content(request) else "the usual one", status=503)

    assert unmeasured(run(script=script))[0].why == "every call failed: the usual one"


def test_what_a_judge_says_of_held_out_cases_is_not_told() -> None:
    def script(request: Request) -> Answer:
        return Reply("the secret of w00") if request.model.alias == "judge" else echo(request)

    hidden = [replace(one, split="held-out") for one in TWENTY]
    (found,) = unmeasured(run(CONTAINS, JUDGED, cases=hidden, script=script))
    assert found.why == "'is kind' has no answer: only held-out cases were asked, whose reasons are not shown"
    (found,) = unmeasured(run(CONTAINS, JUDGED, cases=[*hidden[:19], TWENTY[19]], script=script))
    assert "the judge did not answer in JSON" in found.why


def test_people_who_answered_for_other_cases_of_each_side_are_waited_for() -> None:
    gates = (Gate("would send it", no_worse_than_base=0.1),)
    results = run(CONTAINS, HUMAN, base=True, gates=gates)
    one, two = results.samples[0], next(s for s in results.samples if s.arm == 1 and s.case == "w01")
    labels = [
        Label(sample.case, output_digest(sample.text), "would send it", "pass", "@ada", "2026-11-30")
        for sample in (one, two)
    ]
    answered = rescore(results, labels, ())
    assert [gate.status for gate in answered.gates] == ["not measured"]
    assert told(answered) == []


def test_case_44_a_base_without_an_answer_was_not_measured() -> None:
    judge = Criterion("is kind", KINDS["judge"], {"question": "Is it kind?"})

    def script(request: Request) -> Answer:
        return Reply("well, …") if request.model.alias == "judge" and "Tell" in content(request) else echo(request)

    results = run(CONTAINS, judge, base=True, script=script)
    assert "'is kind' has no answer for the version before: the judge did not" in unmeasured(results)[0].why


def test_a_question_about_new_cases_alone_has_nothing_to_compare_with() -> None:
    new = Case("new", {"word": "w", "more": "m"}, ("new",))
    asked = suite(*TWENTY, new, criteria=(CONTAINS, replace(CONTAINS, name="about new", tags=("new",))))
    head = version("head", "Say {{ word }}{{ more }}", "word", "more")
    fitting = [replace(one, fields={**one.fields, "more": ""}) for one in asked.cases[:20]]
    planned = plan(
        replace(asked, cases=(*fitting, new)), head, version("base", "Tell {{ word }} {{ gone }}", "word", "gone")
    )
    results = carry_out(planned).results
    assert {sample.arm for sample in results.samples} == {1}  # no case fits the base
    assert told(results) == []


def test_people_who_have_not_answered_yet_are_waited_for() -> None:
    for fails in (False, True):
        results = run(CONTAINS, HUMAN, base=True, gates=(Gate("would send it", at_least=0.5, undecided_fails=fails),))
        assert told(results) == []
        assert results.blocked is fails


def test_gates_that_compare_with_no_base_have_nothing_to_compare_with_yet() -> None:
    gates = (Gate("repeats the word", no_worse_than_base=0.1, undecided_fails=True),)
    results = run(gates=gates, budget=Budget(max_cost_increase=0.1))
    assert [(gate.status, gate.reason) for gate in results.gates] == [
        ("not measured", "nothing to compare with yet"),
        ("not measured", "nothing to compare with yet"),
    ]
    assert told(results) == []
    older = tuple(replace(gate, reason="there is no earlier version to compare with") for gate in results.gates)
    assert told(replace(results, gates=older)) == []


def test_case_41_a_gate_that_was_not_measured_although_there_is_a_base() -> None:
    results = run(base=True, budget=Budget(max_cost_increase=0.1))
    assert told(results) == ["rule 'cost'"]
    assert unmeasured(results)[0].why == ("the rule 'cost: at most 10% more' was not measured: the cost is not known")


def test_case_41_a_gate_for_cases_that_the_base_cannot_take_was_not_measured() -> None:
    made = suite(*TWENTY, gates=(Gate("repeats the word", no_worse_than_base=0.1),))
    results = carry_out(plan(made, version(), version("base", "Tell {{ gone }}", "gone"))).results
    assert told(results) == ["rule 'repeats the word'"]


def test_latency_of_replies_that_were_asked_earlier_is_no_flaw_of_this_run() -> None:
    def untimed(request: Request) -> Answer:
        return Reply(content(request))  # as caches of older versions have them

    cache = MemoryReplyCache()
    gates = (Gate("in time", at_least=0.5, no_worse_than_base=0.1),)
    assert told(run(CONTAINS, LATENCY, cache=cache, script=untimed)) == ["criterion 'in time'"]
    assert told(run(CONTAINS, LATENCY, cache=cache, gates=gates)) == []
    assert told(run(CONTAINS, LATENCY, cache=cache, gates=gates, base=True)) == []  # the head's replies are older


def test_a_gate_that_an_owner_accepted_as_it_is_asks_for_nothing_more() -> None:
    results = run(SILENT, base=True, gates=(Gate("is cheap", at_least=0.5),))
    assert told(results) == ["criterion 'is cheap'"]
    base, head = results.arms
    waiver = Waiver(
        suite="s", criterion="is cheap", rule="at least 50%", was="not measured", base=base.evaluation_digest,
        head=head.evaluation_digest, questions=results.questions, who="@ada", why="no prices here", when="2026-11-30",
    )  # fmt: skip
    accepted = rescore(results, (), (waiver,))
    assert told(accepted) == []
    assert (accepted.unmeasured, accepted.comparisons[0].overall) == ((), "no difference shown")


def test_an_accepted_failure_excuses_no_other_gate() -> None:
    results = run(base=True, budget=Budget(max_cost_increase=0.1))
    failed = GateResult("cost", "at least 1%", "failed", accepted="@ada: fine", model="small")
    assert told(replace(results, gates=(*results.gates, failed))) == ["rule 'cost'"]


def test_labels_that_come_later_change_what_is_told_of_people_only() -> None:
    results = run(SILENT, HUMAN)
    assert told(rescore(results, [Label("w00", "x", "would send it", "pass", "@ada", "2026-11-30")], ())) == told(
        results
    )


def test_a_run_that_stopped_was_not_measured_whatever_it_shows() -> None:
    results = carry_out(plan(suite(*TWENTY), models=[target()]), max_cost=0.05).results
    assert [one.why for one in unmeasured(results)] == [f"the run stopped: {results.stopped}"]
    assert results.comparisons[0].overall == "not measured"


def test_each_model_is_told_by_itself() -> None:
    def script(request: Request) -> Answer:
        return ProviderError("down", status=503) if request.model.alias == "big" else echo(request)

    results = carry_out(plan(suite(*TWENTY), models=[target(), target("big")]), script).results
    assert [(one.model, one.why) for one in unmeasured(results)] == [("big", "every call failed: down")]
    assert [one.overall for one in results.comparisons] == ["first run", "not measured"]
