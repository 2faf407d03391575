"""The one verdict and its sentences, for every kind of run: enough to decide, and never two that disagree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from promptops.evals.unmeasured import UNCHECKED_JUDGE
from promptops.model.results import Comparison, CriterionInfo, GateResult, MeasureComparison, Results
from promptops.report.results.results_view import ResultsView
from promptops.report.results.verdict import run_verdict
from promptops.report.results.verdict_sentences import MARKDOWN, verdict_sentences
from tests.report.factory import comparison, comparison_of, first_run, two_models, unchanged

COST = MeasureComparison("cost", "usd per 1000", 0.41, 0.44, 22, 1.07, verdict="higher")
TIME = MeasureComparison("latency", "seconds", 1.2, 0.9, 22, 0.75, verdict="lower")
FAILS = GateResult("is polite", "at least 75%", "failed", "…", blocks=True, model="small")
ASK = replace(FAILS, status="undecided")


def run(verdicts: str = "", measures: tuple[MeasureComparison, ...] = (), **changes: Any) -> Results:
    """A run of the criteria 'names the owner', 'is polite' with these verdicts (`better, worse`); no rule by itself."""
    words = {"": "no difference shown", "better": "better", "worse": "worse"}
    found = {one.criterion: one for one in comparison_of().criteria}
    said: list[Any] = [*verdicts.split(", "), "no worse"]
    pair = zip(("names the owner", "is polite"), said, strict=False)
    criteria = tuple(replace(found[name], verdict=word or "no worse", needed=None) for name, word in pair)
    of = {one.verdict for one in criteria} & {"better", "worse"}
    overall: Any = changes.pop("overall", "trade-off" if len(of) == 2 else words["".join(of)])
    infos = tuple(CriterionInfo(one.criterion, "string") for one in criteria)
    told = Comparison("small", criteria, measures, overall)
    return comparison(**{"comparisons": (told,), "criteria": infos, "gates": ()} | changes)


def heading(results: Results) -> str:
    return run_verdict(ResultsView(results)).heading


def sentences(results: Results) -> str:
    return " ".join(verdict_sentences(ResultsView(results), MARKDOWN))


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (run(stopped="the budget is used up"), "❔ Not measured"),
        (run("better", gates=(FAILS,)), "⛔ A rule fails"),
        (run("better", gates=(replace(FAILS, before="failed"),)), "⛔ A rule fails, as it did before"),
        (run("better", gates=(replace(FAILS, before="failed"), FAILS)), "⛔ A rule fails"),
        (run("better", gates=(replace(FAILS, before="undecided"),)), "⛔ A rule fails"),
        (run("better", gates=(ASK,)), "⛔ A rule fails"),
        (run("worse"), "❌ Worse"),
        (run("better, worse"), "⚖️ Better and worse"),
        (run("better", (COST,), overall="trade-off"), "⚖️ Better and worse"),
        (run("better"), "✅ Better"),
        (run(""), "➖ No difference seen"),
        (run("", (COST,)), "➖ No difference seen, costs 7% more"),
        (run("", (replace(COST, ratio=0.93, verdict="lower"),)), "➖ No difference seen, costs 7% less"),
        (run("", (TIME,)), "➖ No difference seen, faster"),
        (run("", (COST, replace(TIME, ratio=1.3, verdict="higher"))), "➖ No difference seen, costs 7% more, slower"),
        (run("better", gates=(replace(FAILS, blocks=False, accepted="@ana: ok"),)), "✅ Better"),
        (first_run(), "➖ First run"),
        (replace(first_run(), gates=(FAILS,)), "⛔ A rule fails"),
        (unchanged(), "➖ Nothing changed"),
    ],
)
def test_the_first_of_the_set_that_fits(results: Results, words: str) -> None:
    assert heading(results) == f"{words}: Meeting summary"


@pytest.mark.parametrize(
    ("words", "prices", "kind"),
    [
        (("better", "worse"), (), "mixed"),
        (("better", "better"), (), "better"),
        (("better", "no difference shown"), (COST,), "mixed"),
        (("worse", "no difference shown"), (), "worse"),
        (("worse", "no difference shown"), (TIME,), "mixed"),
        (("no difference shown", "no difference shown"), (COST,), "same"),
    ],
)
def test_several_models_have_one_verdict(words: Any, prices: Any, kind: str) -> None:
    both = two_models()
    told = tuple(replace(one, overall=word, measures=()) for one, word in zip(both.comparisons, words, strict=True))
    told = (told[0], replace(told[1], measures=prices))
    assert run_verdict(ResultsView(replace(both, comparisons=told, gates=()))).kind == kind


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (run("better", (COST,)), "Better at *names the owner* (71% → 92%), costs 7% more."),
        (run("worse"), "Worse at *names the owner* (71% → 92%)."),
        (run(""), "No drop of 10 points or more in any criterion that counts."),
        (run("", (TIME,)), "No drop of 10 points or more in any criterion that counts; it is 25% faster."),
        (run("cannot tell"), "Too few cases to say whether quality changed."),
        (run("probably worse"), "*names the owner* (71% → 92%) looks worse, not proven."),
        (run("not measured, not measured"), "No case was answered by both versions"),
        (run("worse, worse", gates=(FAILS,)), "*Is polite* fails its rule (100% → 87%). Worse at"),
        (run("", gates=(replace(FAILS, before="failed"),)), "fails its rule, as it did before (100% → 87%)."),
        (
            run("", gates=(ASK,)),
            "*Is polite* (100% → 87%) is not proven to keep its rule, and the suite asks for proof.",
        ),
        (run("", gates=(FAILS, replace(FAILS, criterion="names the owner"))), "(71% → 92%) fail their rules."),
        (
            run("", gates=(replace(FAILS, criterion="cost", rule="at most 10% dearer"),)),
            "The cost fails its rule.",
        ),
        (
            run("", gates=(replace(FAILS, blocks=False, accepted="ana: we know"),)),
            "*Is polite* does not keep its rule, which ana accepted.",
        ),
        (run(""), "21 of 21 replies read differently; none was cut off."),
        (first_run(), "There is nothing to compare with yet; the rates are of 24 cases."),
    ],
)
def test_what_the_sentences_say(results: Results, said: str) -> None:
    assert said in sentences(results)


def test_a_judge_that_nobody_checked_decides_nothing() -> None:
    results = run("better")
    infos = tuple(replace(one, advisory=True, advisory_reason=UNCHECKED_JUDGE) for one in results.criteria)
    told = replace(results.comparisons[0], overall="no difference shown")
    said = sentences(replace(results, criteria=infos, comparisons=(told,)))
    assert said.startswith("All criteria are for information only: the judge was not checked against people.")


def test_replies_that_read_the_same_are_said_to_instead_of_too_few_cases() -> None:
    results = run("cannot tell")
    same = replace(results, samples=tuple(replace(one, text="alike", tool_calls=()) for one in results.samples))
    assert sentences(same) == "All 21 replies read the same; none was cut off."
    one = replace(same, cases=same.cases[:1], samples=tuple(s for s in same.samples if s.case == same.cases[0].id))
    assert sentences(one).startswith("The one reply reads the same")


def test_several_models_that_differ_are_told_apart_and_many_counted() -> None:
    both = replace(two_models(), gates=())
    assert sentences(both).startswith("With *small* worse at *is polite* (100% → 87%), better at *names the owner*")
    assert "; with *large* too few cases to say whether quality changed;" in sentences(both)
    alike = replace(both, comparisons=tuple(replace(both.comparisons[0], model=one.model) for one in both.comparisons))
    assert "costs 8% more with both models." in sentences(alike)
    four = tuple(replace(both.comparisons[n % 2], model=f"m{n}", overall=("worse", "better")[n % 2]) for n in range(4))
    arms = tuple(replace(both.arms[n % 2], model=f"m{n // 2}") for n in range(8))
    many = replace(both, comparisons=four, arms=arms)
    assert "Worse with *m0* and *m2*; better with *m1* and *m3*." in sentences(many)


def test_a_criterion_that_fails_two_rules_is_named_once() -> None:
    run = comparison()
    gate = next(one for one in run.gates if one.blocks)
    told = verdict_sentences(ResultsView(replace(run, gates=(gate, replace(gate, rule="no worse than 5 points")))))
    assert sum("fails its rules" in sentence for sentence in told) == 1
    assert not any("fail their rules" in sentence for sentence in told)
