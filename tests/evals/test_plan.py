"""A plan: what will be asked, and the digests that say when two plans are one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptops.errors import EvalError, RenderError
from promptops.evals import scoring_inputs
from promptops.evals.plan import Plan
from promptops.evals.registry import KINDS
from promptops.evals.scoring_inputs import ScoringInputs
from promptops.model.budget import Budget
from promptops.model.chat.message import Message
from promptops.model.label import Label
from promptops.model.prompt import Input
from promptops.model.suite import Case, Criterion, Suite
from promptops.templating.closure import Closure
from tests.evals.factory import CONTAINS, JUDGED, case, gate, plan, suite, target, version

BASE = version("base", "Repeat {{ word }}")
LABEL = Label("a", "sha256:1", "would send it", "pass", "ana", "2026-11-01T10:00:00Z", "clear")


def sides(made: Plan) -> dict[str, tuple[str, ...]]:
    """Which versions each case fits."""
    return {
        one.id: tuple(side for side, found in messages.items() if not isinstance(found, RenderError))
        for one, messages in made.rendered
    }


def test_base_and_head_take_turns_case_by_case_so_that_a_slow_hour_hits_both() -> None:
    made = plan(suite(case("a"), case("b")), version(), BASE)
    assert [arm.side for arm in made.arms] == ["base", "head"]
    assert [(u.case.id, made.arms[u.arm].side) for u in made.units] == [
        ("a", "base"), ("a", "head"), ("b", "base"), ("b", "head"),
    ]  # fmt: skip


def test_without_a_base_only_the_head_is_asked() -> None:
    made = plan(suite(case("a"), case("b")))
    assert [arm.side for arm in made.arms] == ["head"]
    assert [unit.case.id for unit in made.units] == ["a", "b"]


def test_every_trial_is_a_request_of_its_own_for_every_side() -> None:
    made = plan(suite(case("a"), trials=2), version(), BASE)
    assert [(u.trial, u.arm) for u in made.units] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len({unit.key for unit in made.units}) == 4
    assert [unit.request.trial for unit in made.units if unit.request] == [0, 0, 1, 1]


def test_trials_asked_for_win_over_the_suite_s() -> None:
    assert len(list(plan(suite(trials=3)).units)) == 3
    assert len(list(plan(suite(trials=3), trials=5).units)) == 5


def test_every_model_gets_an_arm_for_each_side() -> None:
    made = plan(suite(), version(), BASE, [target("small"), target("large")])
    assert [(arm.model, arm.side) for arm in made.arms] == [
        ("small", "base"), ("small", "head"), ("large", "base"), ("large", "head"),
    ]  # fmt: skip
    asked = [(unit.request.model.alias, unit.request.messages[0].content) for unit in made.units if unit.request]
    assert asked == [("small", "Repeat a"), ("small", "Say a"), ("large", "Repeat a"), ("large", "Say a")]
    assert len({unit.key for unit in made.units}) == 4


def test_an_arm_says_which_version_of_what_with_which_model() -> None:
    base, head = plan(suite(), version(), BASE).arms
    assert (head.revision, head.commit, head.dirty, head.full_model) == ("aaaaaaa", "a" * 40, False, "openai/small-1")
    assert base.commit == "b" * 40
    assert base.prompt_digest != head.prompt_digest
    assert base.evaluation_digest != head.evaluation_digest
    assert len({base.prompt_digest, base.evaluation_digest}) == 2


def test_the_same_text_on_both_sides_has_one_key_so_it_is_asked_once() -> None:
    made = plan(suite(), version(), version("base"))
    first, second = made.units
    assert first.key == second.key
    assert made.arms[0].evaluation_digest == made.arms[1].evaluation_digest


def test_a_field_that_is_no_input_goes_to_evaluators_and_not_to_the_prompt() -> None:
    made = plan(suite(case("a", expected="A", note="{{ word }}")))
    (unit,) = made.units
    assert unit.request is not None
    assert unit.problem == ""
    assert unit.request.messages == (Message("user", "Say a"),)
    assert made.fillings["head"].text("{{ expected }} and {{ note }}", unit.case.fields) == "A and {{ word }}"


def test_a_case_that_lacks_an_input_is_a_problem_of_its_own_unit() -> None:
    made = plan(suite(case("a"), Case("b", {"other": 1})))
    fine, broken = made.units
    assert fine.request is not None
    assert broken.request is None
    assert "the input 'word' has no value" in broken.problem
    assert sides(made) == {"a": ("head",), "b": ()}


def test_a_case_that_fits_the_head_only_is_not_asked_of_the_base() -> None:
    head = version("head", "{{ word }} {{ tone }}", "word", "tone")
    made = plan(suite(case("a"), case("b", tone="warm")), head, BASE)
    # "a" lacks the new input: the base answers, the head says why it cannot.
    assert sides(made) == {"a": ("base",), "b": ("base", "head")}
    assert [(u.case.id, made.arms[u.arm].side, bool(u.problem)) for u in made.units] == [
        ("a", "base", False), ("a", "head", True), ("b", "base", False), ("b", "head", False),
    ]  # fmt: skip
    turned = plan(suite(case("a"), case("b", tone="warm")), version(), version("base", "{{ tone }}", "tone"))
    assert sides(turned) == {"a": ("head",), "b": ("base", "head")}
    assert [(u.case.id, turned.arms[u.arm].side) for u in turned.units] == [
        ("a", "head"), ("b", "base"), ("b", "head"),
    ]  # fmt: skip
    assert not any(unit.problem for unit in turned.units)


def test_a_value_that_breaks_the_template_is_a_problem_and_no_crash() -> None:
    made = plan(suite(case("a"), Case("b", {"word": 0})), version("head", "{{ 1 // (word if word == 0 else 1) }}"))
    assert [bool(unit.problem) for unit in made.units] == [False, True]


def test_there_must_be_something_to_ask() -> None:
    with pytest.raises(EvalError, match="no cases"):
        plan(replace(suite(), cases=()))
    with pytest.raises(EvalError, match=r"no case fits the prompt: .*the input 'word' has no value"):
        plan(suite(Case("a", {"x": 1}), Case("b", {"y": 1})))


def test_a_value_with_braces_reaches_the_model_as_it_was_written() -> None:
    (unit,) = plan(suite(Case("a", {"word": "{{ 7 * 7 }} {# x #}"}))).units
    assert unit.request is not None
    assert unit.request.messages[0].content == "Say {{ 7 * 7 }} {# x #}"


def digest_of(
    of: Suite,
    judge: str = "judge",
    labels: tuple[Label, ...] = (),
    files: dict[str, str] | None = None,
    models: dict[str, str] | None = None,
) -> str:
    judges = {alias: target(model) for alias, model in (models or {}).items()}
    return ScoringInputs(judge, judges, labels=labels, files=files or {}).digest(of)


PLAIN = suite(case("a"), case("b"))
CHANGES = {
    "a field": digest_of(suite(case("a"), case("b", expected="B"))),
    "a case more": digest_of(suite(case("a"), case("b"), case("c"))),
    "a case's tag": digest_of(suite(case("a"), replace(case("b"), tags=("hard",)))),
    "a case's split": digest_of(suite(case("a"), replace(case("b"), split="held-out"))),
    "a case's id": digest_of(suite(case("a"), replace(case("b"), id="z"))),
    "a criterion more": digest_of(suite(*PLAIN.cases, criteria=[CONTAINS, JUDGED])),
    "options": digest_of(suite(*PLAIN.cases, criteria=[replace(CONTAINS, options={"contains": "x"})])),
    "a threshold": digest_of(suite(*PLAIN.cases, criteria=[replace(CONTAINS, threshold=0.5)])),
    "a criterion's tags": digest_of(suite(*PLAIN.cases, criteria=[replace(CONTAINS, tags=("hard",))])),
    "advisory": digest_of(suite(*PLAIN.cases, criteria=[replace(CONTAINS, advisory=True)])),
    "a label": digest_of(PLAIN, labels=(LABEL,)),
    "a label's verdict": digest_of(PLAIN, labels=(replace(LABEL, verdict="fail"),)),
    "the judge": digest_of(PLAIN, judge="another"),
    "the judge's model": digest_of(PLAIN, models={"judge": "gpt-4.1"}),
    "a python file": digest_of(PLAIN, files={"checks.py": "def f(): ..."}),
    "a python file's text": digest_of(PLAIN, files={"checks.py": "def f(): pass"}),
    "nothing": digest_of(PLAIN),
}


def test_the_suite_digest_changes_with_all_that_decides_scores() -> None:
    same = {one: other for one in CHANGES for other in CHANGES if one < other and CHANGES[one] == CHANGES[other]}
    assert same == {}


@pytest.mark.parametrize(
    "same",
    [
        replace(PLAIN, name="Another title"),
        replace(PLAIN, gates=(gate("repeats the word", at_least=0.9),)),
        replace(PLAIN, budget=Budget(max_cost=1.0)),
        replace(PLAIN, trials=5, models=("large",)),
        replace(PLAIN, criteria=(Criterion("repeats the word", KINDS["string"], {"contains": "{{ word }}"}),)),
        replace(PLAIN, cases=tuple(replace(c, line=99) for c in PLAIN.cases)),
    ],
    ids=["title", "gates", "budget", "trials and models", "the criterion's place", "the cases' lines"],
)
def test_the_suite_digest_ignores_what_decides_no_score(same: Suite) -> None:
    assert digest_of(same) == digest_of(PLAIN)


def test_the_suite_digest_ignores_the_order_of_keys() -> None:
    one = suite(Case("a", {"word": "a", "expected": "A"}))
    other = suite(Case("a", {"expected": "A", "word": "a"}))
    assert digest_of(one) == digest_of(other)


def test_who_judged_and_when_are_in_the_suite_digest_because_the_later_judgement_counts() -> None:
    first, second = LABEL, replace(LABEL, verdict="fail", when="2026-11-02T10:00:00Z")
    turned = (replace(first, when=second.when), replace(second, when=first.when))
    assert digest_of(PLAIN, labels=(first, second)) != digest_of(PLAIN, labels=turned)
    two_people = (first, replace(second, who="tom"))
    assert digest_of(PLAIN, labels=(first, second)) != digest_of(PLAIN, labels=two_people)


def test_the_plan_s_digest_is_stable_and_changes_with_what_is_asked() -> None:
    first = plan(PLAIN, version(), BASE)
    assert first.digest == plan(PLAIN, version(), BASE).digest
    moved = replace(target(), fingerprint="https://elsewhere.example")
    others = [
        plan(PLAIN),
        plan(PLAIN, version("head", "Shout {{ word }}"), BASE),
        plan(PLAIN, version(), BASE, [target("large")]),
        plan(PLAIN, version(), BASE, [moved]),
        plan(PLAIN, version(), BASE, trials=2),
        plan(PLAIN, version("head", "Say {{ word }}", parameters={"temperature": 0}), BASE),
        plan(suite(case("a"), case("b"), case("c")), version(), BASE),
        plan(replace(PLAIN, criteria=(JUDGED,)), version(), BASE),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 9


def test_a_title_and_a_description_change_neither_digest() -> None:
    head = version()
    prompt = head.closure.prompt._replace(name="New title", description="New", owners=("@acme/legal",))
    renamed = replace(head, closure=Closure(prompt))
    one, other = plan(PLAIN, head), plan(PLAIN, renamed)
    assert one.digest == other.digest
    assert one.arms[0].prompt_digest == other.arms[0].prompt_digest
    assert (one.title, other.title) == ("p (s)", "New title (s)")


def test_a_default_fills_a_missing_input_on_the_side_that_has_it() -> None:
    head = version("head", "{{ word }} {{ tone }}")
    inputs = (Input("word"), Input("tone", required=False, default="warm"))
    prompt = head.closure.prompt._replace(inputs=inputs)
    head = replace(head, closure=Closure(prompt))
    made = plan(suite(), head, BASE)
    assert [u.request.messages[0].content for u in made.units if u.request] == ["Repeat a", "a warm"]
    assert sides(made) == {"a": ("base", "head")}


def test_the_suite_digest_says_how_scores_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan()
    assert made.suite_digest not in (made.content, made.questions)
    was = made.suite_digest
    monkeypatch.setattr(scoring_inputs, "EVALUATOR_VERSION", scoring_inputs.EVALUATOR_VERSION + 1)
    again = plan()
    assert again.suite_digest != was
    # What an owner accepted, and what was answered, hold for what people wrote.
    assert (again.questions, again.digest, again.former_digest) == (made.questions, made.digest, made.former_digest)
