"""A plan and its outcome become Results: all a report needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptops.errors import ProviderError
from promptops.evals.registry import KINDS
from promptops.evals.unmeasured import UNCHECKED_JUDGE
from promptops.model.budget import Budget
from promptops.model.canonical_json import digest
from promptops.model.config import Limits
from promptops.model.label import Label
from promptops.model.model_call import Reply, Request, Usage
from promptops.model.results import CaseInfo, Rendered, Side
from promptops.model.suite import Case, Criterion
from promptops.providers.scripted import Answer
from promptops.store.results_file import parse_results, serialize_results
from tests.evals.factory import (
    CONTAINS,
    GOOD,
    JUDGED,
    carry_out,
    case,
    content,
    echo,
    gate,
    plan,
    suite,
    target,
    version,
)

BASE = version("base", "Repeat {{ word }}")
LLM = Criterion("greets", KINDS["llm"], {"prompt": "{{completion}}?", "choices": [{"choice": "yes", "score": 1}]})
HUMAN = Criterion("would send it", KINDS["human"], {"question": "Would you send it?"})
CASES = [case(f"w{n:02}") for n in range(12)]


def test_the_run_s_particulars_are_all_there() -> None:
    held_out = replace(case("b", expected="B"), split="held-out", tags=("hard",))
    made = plan(suite(case("a"), held_out, name="Words", trials=2), version(), BASE)
    results = carry_out(replace(made, notes=("compared with 1234567",))).results
    assert (results.suite, results.suite_path, results.prompt, results.title) == ("s", "evals/s.eval.yml", "p", "Words")
    assert (results.started, results.duration, results.command, results.version) == (
        "2026-11-01T00:00:00+00:00", 1.5, "c", "0.1",
    )  # fmt: skip
    assert results.arms == made.arms
    assert results.suite_digest == made.suite_digest
    assert results.notes == ("compared with 1234567",)
    assert (results.trials, results.stopped, results.blocked) == (2, "", False)
    sides: tuple[Side, ...] = ("base", "head")
    assert results.cases == (
        CaseInfo("a", {"word": "a"}, "", (), sides),
        CaseInfo("b", {"word": "b", "expected": "B"}, "held-out", ("hard",), sides),
    )
    verbs: dict[Side, str] = {"base": "Repeat", "head": "Say"}
    assert set(results.rendered) == {
        Rendered(name, side, (("user", f"{verb} {name}"),)) for name in ("a", "b") for side, verb in verbs.items()
    }


def test_the_title_is_the_prompt_s_where_the_suite_has_none_and_suites_of_one_prompt_are_told_apart() -> None:
    words = version(name="Words")
    assert carry_out(plan(replace(suite(), id="p"), words)).results.title == "Words"
    assert carry_out(plan(replace(suite(), id="edge"), words)).results.title == "Words (edge)"
    assert carry_out(plan(replace(suite(), id="edge", name="Edges"), words)).results.title == "Edges"


def test_samples_belong_to_their_arm_and_models_are_compared_one_by_one() -> None:
    def script(request: Request) -> Answer:
        wrong = request.model.alias == "large" and content(request).startswith("Say")
        return Reply("no") if wrong else echo(request)

    models = [target("small"), target("large")]
    results = carry_out(plan(suite(*CASES, gates=(gate("repeats the word", at_least=0.5),)), version(), BASE, models),
                        script).results  # fmt: skip
    assert len(results.samples) == 48
    for sample in results.samples:
        arm = results.arms[sample.arm]
        wrong = (arm.model, arm.side) == ("large", "head")
        assert sample.scores["repeats the word"].passed is not wrong
    assert [c.model for c in results.comparisons] == ["small", "large"]
    assert [c.criteria[0].verdict for c in results.comparisons] == ["unchanged", "worse"]
    assert [(g.model, g.status) for g in results.gates] == [("small", "passed"), ("large", "failed")]
    assert results.blocked


def test_calls_are_counted_judgements_included() -> None:
    def script(request: Request) -> Answer:
        if request.model.alias != "judge" and content(request) == "Say w03":
            return ProviderError("no")
        return echo(request)

    # Both sides say the same for every case, so each is asked once and judged once.
    results = carry_out(plan(suite(*CASES, criteria=[JUDGED]), version(), version("base")), script).results
    calls = results.calls
    assert (calls.planned, calls.called, calls.cached, calls.failed, calls.judgements) == (24, 22, 22, 2, 22)
    assert results.cost == pytest.approx(0.22)
    assert results.unknown_cost_calls == 0


def test_one_call_of_unknown_price_makes_the_whole_cost_unknown() -> None:
    results = carry_out(
        plan(suite(*CASES, criteria=[JUDGED])),
        price=lambda spec, usage: None if spec.alias == "judge" else 0.01,
    ).results
    assert (results.cost, results.unknown_cost_calls) == (None, 12)
    cost = {m.name: m for m in results.comparisons[0].measures}["cost"]
    assert cost.head == pytest.approx(10.0)


def test_judges_without_a_certificate_are_advisory_and_say_why() -> None:
    criteria = [CONTAINS, JUDGED, LLM, replace(CONTAINS, name="polite", advisory=True)]
    results = carry_out(plan(suite(*CASES, criteria=criteria))).results
    assert [(c.name, c.kind, c.advisory, c.advisory_reason, c.question) for c in results.criteria] == [
        ("repeats the word", "string", False, "", ""),
        ("is kind", "judge", True, UNCHECKED_JUDGE, "Is it kind?"),
        ("greets", "llm", True, UNCHECKED_JUDGE, ""),
        ("polite", "string", True, "marked as advisory", ""),
    ]
    assert all(not info.certificate for info in results.criteria)


def test_an_unchecked_judge_blocks_nothing_even_where_its_gate_fails() -> None:
    def script(request: Request) -> Answer:
        judge = request.model.alias == "judge"
        return Reply(GOOD.replace("yes", "no")) if judge else echo(request)

    gates = (gate("is kind", at_least=0.9, undecided_fails=True), gate("is kind", no_worse_than_base=0.1))
    results = carry_out(plan(suite(*CASES, criteria=[JUDGED], gates=gates), version(), BASE), script).results
    assert [(result.status, result.blocks) for result in results.gates] == [("advisory", False), ("advisory", False)]
    assert not results.blocked


def label(name: str, text: str, verdict: str = "pass", who: str = "ana") -> Label:
    return Label(name, digest(text), "would send it", verdict, who)  # type: ignore[arg-type]


def test_people_are_waited_for_and_their_labels_count_for_the_very_text_they_saw() -> None:
    labels = (
        label("w00", "Say w00"),
        label("w01", "Say w01", "fail"),
        label("w02", "an older reply"),
        label("w03", "Say w00"),
        label("w04", "Say w04"),
        label("w04", "Say w04", "fail", "tom"),
        replace(label("w05", "Say w05"), criterion="another question"),
    )
    results = carry_out(plan(suite(*CASES, criteria=[HUMAN]), labels=labels)).results
    statuses = {sample.case: sample.scores["would send it"] for sample in results.samples}
    assert {name for name, score in statuses.items() if score.status == "scored"} == {"w00", "w01"}
    assert (statuses["w00"].passed, statuses["w01"].passed, statuses["w02"].passed) == (True, False, None)
    (criterion,) = results.comparisons[0].criteria
    assert (criterion.waiting, criterion.errors) == (10, 0)
    assert criterion.head is not None
    assert (criterion.head.n, criterion.head.rate) == (2, 0.5)


def test_a_gate_that_waits_for_people_is_not_measured() -> None:
    gates = (gate("would send it", at_least=0.5),)
    (result,) = carry_out(plan(suite(*CASES, criteria=[HUMAN], gates=gates))).results.gates
    assert (result.status, result.blocks) == ("not measured", False)


def test_gates_and_budget_speak_for_the_run() -> None:
    def script(request: Request) -> Answer:
        dear = content(request).startswith("Say")
        return Reply(content(request), usage=Usage(1, 3 if dear else 2), latency=0.5 + int(content(request)[-2:]))

    budget = Budget(max_cost_increase=0.10)
    made = plan(
        suite(*CASES, budget=budget, gates=(gate("repeats the word", no_worse_than_base=0.5),)), version(), BASE
    )
    results = carry_out(made, script, price=lambda spec, usage: (usage.output_tokens or 0) ** 1.1).results
    # Every ratio is the same, so nothing is known of its spread; but each of 12 cases is beyond the budget.
    assert [(g.criterion, g.status, g.blocks) for g in results.gates] == [
        ("repeats the word", "passed", False), ("cost", "failed", True),
    ]  # fmt: skip


def test_a_first_run_compares_nothing() -> None:
    results = carry_out(plan(suite(*CASES, budget=Budget(max_cost_increase=0.1)))).results
    (comparison,) = results.comparisons
    assert (comparison.overall, comparison.pareto, comparison.criteria[0].base) == ("first run", "", None)
    assert [(gate.status, gate.reason, gate.blocks) for gate in results.gates] == [
        ("not measured", "nothing to compare with yet", False),
    ]  # fmt: skip
    assert results.unmeasured == ()


def test_a_stopped_run_still_has_its_results() -> None:
    made = plan(suite(*CASES), version(), BASE, [target(limits=Limits(concurrency=1))])
    results = carry_out(made, max_cost=0.05).results
    assert (len(results.samples), results.calls.planned, results.stopped) == (
        5,
        24,
        "the budget of $0.05 is spent; raise --max-cost (or maxCost) to go on",
    )
    assert results.comparisons[0].criteria[0].paired == 2


def test_a_run_in_which_nothing_was_answered_still_has_results() -> None:
    results = carry_out(plan(suite(*CASES), version(), BASE), lambda request: ProviderError("down", status=503)).results
    (comparison,) = results.comparisons
    assert (comparison.overall, comparison.criteria[0].verdict) == ("not measured", "not measured")
    assert [one.why for one in results.unmeasured] == ["every call failed: down"]
    assert results.calls.failed == 24
    assert {sample.error for sample in results.samples} == {"down"}


def test_results_survive_results_json() -> None:
    cases = [*CASES, Case("odd", {"word": "wörd 🇬🇧 {{", "n": [1, None, {"x": 1.5}]})]
    results = carry_out(plan(suite(*cases, criteria=[CONTAINS, JUDGED, HUMAN]), version(), BASE)).results
    assert parse_results(serialize_results(results)) == results
