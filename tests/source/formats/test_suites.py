from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import PromptError
from promptops.model.budget import Budget
from promptops.model.suite import Gate, Suite
from tests.conftest import ProjectBuilder

SUITE = """\
name: Summaries
prompt: a
models: [small, openai/x]
trials: 3
testData: [{q: 1}]
evaluators:
  - name: names it
    string: {contains: 1.10}
  - judge: {question: Is it short?, pass: true}
    advisory: true
    threshold: 0.50
    tags: [long]
  - name: names it
    latency: {maxSeconds: 1.50}
gates:
  names it: {atLeast: 0.75}
  judge 2: {noWorseThanBase: .1, undecided: fail}
budget: {maxCost: 0.50, maxCostIncrease: 10%}
replies: a.replies.jsonl
"""


@pytest.fixture
def load(project: ProjectBuilder) -> Any:
    def run(text: str) -> Suite:
        return project({"evals/s.eval.yml": text}).suite("s")

    return run


def refusal(load: Any, old: str, new: str) -> PromptError:
    assert old in SUITE
    with pytest.raises(PromptError) as caught:
        load(SUITE.replace(old, new, 1))
    return caught.value


def test_a_suite_is_read_whole(load: Any) -> None:
    suite = load(SUITE)
    assert (suite.id, suite.name, suite.prompt, suite.models) == ("s", "Summaries", "a", ("small", "openai/x"))
    assert (suite.trials, suite.replies, len(suite.cases)) == (3, "a.replies.jsonl", 1)
    assert suite.budget == Budget(0.5, 0.1)
    least, drop = suite.gates
    assert least == Gate("names it", at_least=0.75, span=least.span)
    assert drop == Gate("judge 2", no_worse_than_base=0.1, undecided_fails=True, span=drop.span)
    assert least.span.line == 16


def test_criteria_have_names_types_and_tags(load: Any) -> None:
    first, second, third = load(SUITE).criteria
    assert (first.name, first.kind.name, first.options, first.threshold) == (
        "names it",
        "string",
        {"contains": "1.10"},
        1.0,
    )
    assert (second.name, second.options) == ("judge 2", {"question": "Is it short?", "pass": "true"})
    assert (second.advisory, second.threshold, second.tags) == (True, 0.5, ("long",))
    assert (third.name, third.options) == ("names it (2)", {"maxSeconds": 1.5})
    assert third.span.line == 13


def test_defaults(load: Any) -> None:
    suite = load("prompt: a\ntestData: []\nevaluators: [{string: {equals: x}}]\n")
    assert (suite.trials, suite.models, suite.gates, suite.budget, suite.replies) == (1, (), (), Budget(), "")


def test_a_criterion_with_tags_covers_cases_that_carry_one(load: Any) -> None:
    suite = load(SUITE.replace("[{q: 1}]", "[{q: 1}, {q: 2, tags: [long, x]}]"))
    assert [[c.covers(case) for case in suite.cases] for c in suite.criteria[:2]] == [[True, True], [False, True]]


def test_a_gate_names_its_criterion_however_its_letters_are_spelled(load: Any) -> None:
    text = "prompt: a\ntestData: [{q: x}]\nevaluators: [{name: caf\u00e9, string: {contains: x}}]\n"
    (gate,) = load(f"{text}gates: {{cafe\u0301: {{atLeast: 0.5}}}}\n").gates
    assert gate.criterion == "caf\u00e9"


def test_a_gate_that_names_no_criterion_is_refused(load: Any) -> None:
    problem = refusal(load, "names it: {at", "name it: {at")
    assert "no criterion is called 'name it'" in str(problem)
    assert problem.where == "evals/s.eval.yml:16:3"
    assert "judge 2, names it, names it (2)" in problem.hint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{atLeast: 0.75}", "{}", "asks for nothing"),
        ("{atLeast: 0.75}", "{undecided: fail}", "asks for nothing"),
        ("{atLeast: 0.75}", "{atLeast: 0}", "asks for nothing: every rate is at least 0"),
        ("{atLeast: 0.75}", "{noWorseThanBase: 1.0}", "asks for nothing: no drop is larger than 1"),
        ("{atLeast: 0.75}", "{atleast: 0.75}", "'atleast' is not a key"),
        ("{atLeast: 0.75}", "{atLeast: 75}", "'atLeast' is 75"),
        ("{atLeast: 0.75}", "{atLeast: 75%}", "should be a number"),
        ("{atLeast: 0.75}", "{atLeast: 0.5, undecided: maybe}", "not a possible 'undecided'"),
        ("gates:", "gate:", "'gate' is not a key this file can have"),
        ("budget: {maxCost: 0.50", "budget: {maxcost: 0.50", "'maxcost' is not a key"),
        ("trials: 3", "trials: 0", "'trials' is 0"),
        ("trials: 3", "trials: 3\ntrials: 4", "'trials' stands here and on line 4"),
        ("prompt: a\n", "", "has no 'prompt'"),
        ("string: {contains: 1.10}", "strng: {contains: a}", "'strng' is not a key"),
        ("    string: {contains: 1.10}\n", "", "no kind"),
        ("string: {contains: 1.10}", "string: {contains: a}\n    cost: {maxUsd: 1}", "several kinds: string, cost"),
        ("{maxSeconds: 1.50}", "{}", "has no 'maxSeconds'"),
    ],
)
def test_nothing_misspelt_is_lost(load: Any, old: str, new: str, message: str) -> None:
    problem = refusal(load, old, new)
    assert message in str(problem)
    assert problem.where.startswith("evals/s.eval.yml:")
    assert problem.hint


@pytest.mark.parametrize(
    ("written", "share"),
    [("10%", 0.1), ("0.1", 0.1), ("12.5 %", 0.125), ("150%", 1.5), ("0", 0), ("1", 1), (".1", 0.1)],
)
def test_a_cost_increase_is_a_share(load: Any, written: str, share: float) -> None:
    assert load(SUITE.replace("10%", written)).budget.max_cost_increase == pytest.approx(share)


@pytest.mark.parametrize("written", ["10", "-5%", "nan%", "inf", "ten", "x%", "1e2%"])
def test_what_is_no_share_is_refused(load: Any, written: str) -> None:
    problem = refusal(load, "10%", written)
    assert f"'{written}' is not a share" in str(problem)
    assert problem.where == "evals/s.eval.yml:18:42"


def test_a_suite_says_which_cases_belong_together(load: Any) -> None:
    text = SUITE.replace("testData: [{q: 1}]", "testData: [{q: 1, doc: A}, {q: 2}]\ncluster: doc")
    assert load(text).cluster == "doc"
    assert load(SUITE).cluster == ""


@pytest.mark.parametrize(
    ("cluster", "cases", "hint"),
    [
        ("dok", "[{q: 1, doc: A}]", "did you mean 'doc'?"),
        ("file", "[{q: 1, doc: A}]", "the cases' fields are: q, doc"),
        ("doc", "[{q: 1, doc: ''}, {q: 2, doc: null}]", "the cases' fields are: q, doc"),
        ("id", "[{q: 1, id: A}]", "'id' is kept for promptops"),
        ("tags", "[{q: 1, tags: [A]}]", "'tags' is kept for promptops"),
    ],
)
def test_a_cluster_that_no_case_is_in_is_refused(load: Any, cluster: str, cases: str, hint: str) -> None:
    with pytest.raises(PromptError, match="says which cases belong together") as caught:
        load(SUITE.replace("testData: [{q: 1}]", f"testData: {cases}\ncluster: {cluster}"))
    assert caught.value.where == "evals/s.eval.yml:6:10"
    assert hint in caught.value.hint


def test_tags_are_the_same_however_their_letters_are_spelled(load: Any) -> None:
    text = (
        "prompt: a\ntestData: [{q: 1, tags: [cafe\u0301]}]\nevaluators: [{tags: [caf\u00e9], length: {maxWords: 3}}]\n"
    )
    suite = load(text)
    assert suite.criteria[0].covers(suite.cases[0])
