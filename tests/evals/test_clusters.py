"""Cases that belong together are averaged first, and their cluster is the unit of every test, interval and gate."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.evals.analysis_rules import AnalysisRules
from promptops.evals.comparison import compare_criterion, compare_models
from promptops.evals.gates import check_gates
from promptops.evals.rescore import rescore
from promptops.model.results import Results, Sample
from promptops.model.suite import Case, Gate, Suite
from tests.evals.factory import CONTAINS, carry_out, gate, info, plan, samples, suite, version

Q = info()


def fives(cases: int) -> AnalysisRules:
    """Five cases a cluster."""
    return AnalysisRules(clusters={f"c{n:03}": f"doc{n // 5}" for n in range(cases)})


def test_sixty_cases_in_twelve_groups_prove_what_twelve_prove() -> None:
    head = samples(1, q="1" * 60)
    (alone,) = check_gates([gate(at_least=0.9)], [Q], "small", None, head)
    (grouped,) = check_gates([gate(at_least=0.9)], [Q], "small", None, head, fives(60))
    assert (alone.status, grouped.status) == ("passed", "undecided")
    assert grouped.reason == "100% of 60 cases in 12 groups: so far at least 77%, with 95% confidence"
    assert grouped.of_groups
    assert grouped.needed is not None


def test_a_cluster_that_fails_whole_is_one_fall_and_not_five() -> None:
    base, head = samples(0, q="1" * 60), samples(1, q="0" * 10 + "1" * 50)
    alone = compare_criterion(Q, base, head, None)
    grouped = compare_criterion(Q, base, head, None, fives(60))
    assert alone.p_value is not None
    assert alone.p_value < 0.01
    assert grouped.p_value is None or grouped.p_value > 0.2
    assert (grouped.paired, grouped.groups) == (60, 12)
    assert grouped.change == pytest.approx(-1 / 6)
    assert grouped.regressed == tuple(f"c{n:03}" for n in range(10))  # cases are what people read
    assert (alone.groups, alone.regressed) == (None, grouped.regressed)
    gates = [gate(no_worse_than_base=0.05)]
    (blocked,) = check_gates(gates, [Q], "small", base, head)
    (open_,) = check_gates(gates, [Q], "small", base, head, fives(60))
    assert (blocked.status, open_.status) == ("failed", "undecided")
    assert open_.reason.startswith("-17 points over 60 cases in 12 groups: ")


def test_groups_of_different_size_weigh_the_same_and_a_case_alone_is_one() -> None:
    rules = AnalysisRules(clusters=dict.fromkeys(("c000", "c001", "c002"), "doc"))
    found = compare_criterion(Q, samples(0, q="1110"), samples(1, q="1001"), None, rules)
    assert found.base is not None
    assert found.head is not None
    assert found.base.rate == pytest.approx(0.5)
    assert found.head.rate == pytest.approx((1 / 3 + 1) / 2)
    assert (found.head.n, found.head.groups, found.groups) == (4, 2, 2)


def test_both_sides_of_a_cluster_are_the_means_of_the_same_cases() -> None:
    """The base failed to answer the second case of the document: it is left out of after, too."""
    rules = AnalysisRules(clusters=dict.fromkeys(("c000", "c001"), "doc"))
    found = compare_criterion(Q, samples(0, q="1e1"), samples(1, q="101"), None, rules)
    assert found.base is not None
    assert found.head is not None
    assert found.alone is not None
    assert (found.base.rate, found.head.rate, found.change, found.left_out) == (1.0, 1.0, 0.0, 1)
    assert (found.alone.rate, found.alone.n, found.alone.groups) == (0.75, 3, 2)


def test_a_cluster_may_be_called_as_a_case_is() -> None:
    rules = AnalysisRules(clusters={"c000": "c002", "c001": "c002"})
    found = compare_criterion(Q, samples(0, q="111"), samples(1, q="110"), None, rules)
    assert (found.groups, found.change) == (2, -0.5)


def test_trials_are_averaged_before_cases() -> None:
    rules = AnalysisRules(clusters=dict.fromkeys(("c000", "c001"), "doc"))
    found = compare_criterion(Q, None, samples(1, trials=2, q="1001" + "11"), None, rules)
    assert found.head is not None
    assert (found.head.rate, found.head.n, found.head.groups) == (0.75, 3, 2)


def test_of_versions_that_are_alike_few_are_called_better_or_worse_however_much_a_cluster_agrees() -> None:
    """200 suites of 30 documents asked five ways, where a document's answers rise and fall together."""
    rng, claims = random.Random(5), {"grouped": 0, "alone": 0}
    for _ in range(200):
        sides: list[Sequence[Sample]] = []
        for arm in (0, 1):
            answers = ["1" if rng.random() < 0.7 else "0" for _ in range(30)]
            sides.append(samples(arm, q="".join(answer * 5 for answer in answers)))
        for name, rules in (("grouped", fives(150)), ("alone", AnalysisRules())):
            (found,) = compare_models({"small": (sides[0], sides[1])}, [Q], {}, rules)
            claims[name] += found.overall in ("better", "worse")
    assert claims["grouped"] <= 16  # 8%
    assert claims["alone"] > 60


DOCUMENTS = [Case(f"c{n:02}", {"word": f"w{n}", "doc": n // 4 + 1 if n % 2 else str(n // 4 + 1)}) for n in range(24)]


def grouped_suite(**more: object) -> Suite:
    return replace(suite(*DOCUMENTS, gates=(Gate("repeats the word", at_least=0.5),)), cluster="doc", **more)  # type: ignore[arg-type]


def ran() -> Results:
    return carry_out(plan(grouped_suite(), version(), version("base", "Say the {{ word }}"))).results


def test_results_say_which_cases_belong_together_and_count_groups() -> None:
    results = ran()
    assert results.cluster == "doc"
    assert [case.cluster for case in results.cases[:5]] == ["1", "1", "1", "1", "2"]
    (criterion,) = results.comparisons[0].criteria
    assert (criterion.paired, criterion.groups) == (24, 6)
    (found,) = results.gates
    assert found.reason == "100% of 24 cases in 6 groups: at least 60%, with 95% confidence"


def test_results_made_again_are_grouped_as_they_were() -> None:
    results = ran()
    human = replace(results, criteria=(replace(results.criteria[0], kind="human"),))
    (found,) = rescore(human, [], []).gates
    assert found.status == "not measured"
    assert AnalysisRules.of_results(results) == AnalysisRules.of_suite(grouped_suite())


@pytest.mark.parametrize(
    ("values", "clusters"),
    [
        (["a", " a ", "a b"], ["a", "a", "a b"]),
        ([7, "7", 7.5], ["7", "7", "7.5"]),
        ([None, "", "  "], ["", "", ""]),
        ([True, ["x", 1], {"b": 1, "a": 2}], ["true", '["x",1]', '{"a":2,"b":1}']),
    ],
)
def test_what_makes_cases_belong_together(values: list[object], clusters: list[str]) -> None:
    found = replace(suite(*(Case(f"c{n}", {"doc": value}) for n, value in enumerate(values)), criteria=[CONTAINS]))
    grouped = replace(found, cluster="doc")
    assert [grouped.cluster_of(case) for case in grouped.cases] == clusters
    assert grouped.count_units(grouped.cases) == clusters.count("") + len({*clusters} - {""})
    assert found.count_units(found.cases) == len(values)


def test_cost_and_latency_are_of_groups_too() -> None:
    """Ten documents asked five ways, of which one got dearer and slower in all five: that is one, and not five."""
    base = [replace(one, cost=1.0 + n, latency=1.0 + n) for n, one in enumerate(samples(0, q="1" * 50))]
    head = [replace(one, cost=one.cost * 2, latency=one.latency * 2) if n < 5 else one for n, one in enumerate(base)]  # type: ignore[operator]
    for rules, tested in ((AnalysisRules(), 50), (fives(50), 10)):
        (found,) = compare_models({"small": (base, head)}, [], {}, rules)
        for measure in found.measures[:2]:
            assert measure.paired == 50
            assert measure.ratio == pytest.approx(2 ** (5 / 50) if tested == 50 else measure.ratio)
            assert measure.p_value is not None
            assert (measure.p_value > 0.5) == (tested == 10)


@pytest.mark.parametrize("margin", [0.5, 0.6])
def test_averages_are_decided_as_averages_even_where_all_of_them_agree(margin: float) -> None:
    """Of fewer than ten averages nothing can be told; as many plain answers are decided exactly."""
    once = check_gates([gate(no_worse_than_base=margin)], [Q], "m", samples(0, q="1" * 8), samples(1, q="1" * 8))
    thrice = check_gates(
        [gate(no_worse_than_base=margin)], [Q], "m", samples(0, trials=3, q="1" * 24), samples(1, trials=3, q="1" * 24)
    )
    grouped = check_gates(
        [gate(no_worse_than_base=margin)], [Q], "m", samples(0, q="1" * 40), samples(1, q="1" * 40), fives(40)
    )
    assert [found[0].status for found in (once, thrice, grouped)] == ["passed", "undecided", "undecided"]
    assert (
        compare_criterion(Q, samples(0, q="1" * 40), samples(1, q="1" * 40), margin, fives(40)).verdict == "unchanged"
    )


def test_few_groups_lack_at_least_the_ten_below_which_nothing_can_be_told() -> None:
    base, head, rules = samples(0, q="1" * 15), samples(1, q="1" * 15), fives(15)
    (found,) = check_gates([gate(no_worse_than_base=0.5)], [Q], "small", base, head, rules)
    assert (found.status, found.needed, found.of_groups) == ("undecided", 7, True)
    assert compare_criterion(Q, base, head, 0.5, rules).needed == 7


def test_what_a_rate_needs_is_counted_in_groups() -> None:
    (grouped,) = check_gates([gate(at_least=0.9)], [Q], "small", None, samples(1, q="1" * 60), fives(60))
    assert (grouped.of_groups, grouped.needed) == (True, 29 - 12)
