from __future__ import annotations

from dataclasses import replace

from promptops.evals.evaluators.base import output_digest
from promptops.evals.registry import KINDS
from promptops.evals.rescore import rescore
from promptops.model.budget import Budget
from promptops.model.label import Label
from promptops.model.results import Results
from promptops.model.suite import Criterion, Gate
from promptops.model.waiver import Waiver
from tests.evals.factory import CONTAINS, carry_out, case, plan, suite, version

TONE = Criterion("tone", KINDS["human"], {"question": "Is it kind?"})
CASES = [case(f"c{number:02}") for number in range(24)]
SUITE = suite(
    *CASES,
    criteria=[CONTAINS, TONE],
    gates=(Gate("tone", at_least=0.5, undecided_fails=True), Gate("repeats the word", no_worse_than_base=0.1)),
    budget=Budget(max_cost_increase=0.1),
)


def said(name: str, verdict: str = "pass", who: str = "@ana", text: str = "Say") -> Label:
    assert verdict in ("pass", "fail")
    return Label(name, output_digest(f"{text} {name}"), "tone", "pass" if verdict == "pass" else "fail", who)


def ran(*labels: Label, waivers: tuple[Waiver, ...] = ()) -> Results:
    """A run with a base that says the same in other words."""
    made = plan(SUITE, version("head"), version("base", "Say the {{ word }}"), labels=labels)
    return carry_out(replace(made, scoring=replace(made.scoring, waivers=waivers))).results


def core(results: Results) -> Results:
    """Without what a run with labels must have otherwise: the digest that holds them."""
    return replace(results, suite_digest="", calls=replace(results.calls, cached=0))


def test_results_made_again_are_those_of_a_run_with_the_same_labels() -> None:
    labels = [said(one.id, "fail" if one.id < "c03" else "pass") for one in CASES] + [said("c05", text="Say the")]
    again = rescore(ran(), labels, [])
    assert core(again) == core(ran(*labels))
    assert [gate.status for gate in again.gates] == ["passed", "undecided", "passed"]


def test_labels_change_nothing_that_people_have_no_part_in() -> None:
    before = ran()
    after = rescore(before, [said(one.id) for one in CASES], [])
    assert [s.scores["repeats the word"] for s in after.samples] == [
        s.scores["repeats the word"] for s in before.samples
    ]
    assert next(g for g in after.gates if g.criterion == "cost") == next(
        g for g in before.gates if g.criterion == "cost"
    )


def test_a_label_of_another_text_another_case_or_criterion_judges_nothing() -> None:
    before = ran()
    strangers = [said("c00", text="Said"), replace(said("c00"), case="c01"), replace(said("c00"), criterion="other")]
    assert rescore(before, strangers, []) == before


def test_what_is_accepted_holds_in_results_made_again_and_in_the_next_run_until_the_prompt_changes() -> None:
    before = ran()
    blocking = next(gate for gate in before.gates if gate.blocks)
    digests = {arm.side: arm.evaluation_digest for arm in before.arms}
    one = Waiver(
        "s", "tone", blocking.rule, "not measured", digests["base"], digests["head"], before.questions, "@ana", why="ok"
    )
    assert not rescore(before, [], [one]).blocked
    assert not ran(waivers=(one,)).blocked
    later = plan(SUITE, version("head", "Tell {{ word }}"), version("base", "Say the {{ word }}"))
    assert carry_out(replace(later, scoring=replace(later.scoring, waivers=(one,)))).results.blocked


def test_labels_of_other_criteria_do_not_end_an_acceptance() -> None:
    bare, labelled = ran(), ran(said("c00"))
    assert bare.questions == labelled.questions
    assert bare.suite_digest != labelled.suite_digest


def test_a_label_that_was_taken_back_counts_no_more() -> None:
    assert core(rescore(ran(said("c00")), [], [])) == core(ran())


def test_results_of_an_older_version_without_rules_keep_the_gates_they_have() -> None:
    old = replace(ran(), rules=())
    assert {gate.rule for gate in rescore(old, [said("c00")], []).gates} == {gate.rule for gate in old.gates}
