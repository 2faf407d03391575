from __future__ import annotations

import contextlib
import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import EvalError, PromptError
from promptops.evals.evaluators.uses import RATINGS, parse_stars
from promptops.evals.registry import KINDS
from promptops.model.model_call import Reply
from promptops.source.formats.criteria import make_criteria
from promptops.source.yaml.reader import read_yaml
from tests.evals.factory import carry_out, case, plan, suite

from .fakes import FakeServices, prompt, score


def stars(count: object, reason: object = "so it is") -> str:
    return json.dumps({"reason": reason, "stars": count})


def rate(name: str, answer: str = stars(5), **more: Any) -> Any:
    services = FakeServices(answers=[answer, answer])
    fields = {"input": "What is it?", "expected": "A tree", **more}
    return score(
        "uses", {"uses": name}, "An oak", services, fields=fields, of=prompt("input"), threshold=0.25
    ), services


@pytest.mark.parametrize("name", RATINGS)
def test_each_of_the_five_is_asked_of_the_judge(name: str) -> None:
    result, services = rate(name)
    assert (result.passed, result.value, result.reason) == (True, 1.0, "5 of 5 stars: so it is")
    ((model, messages, schema),) = services.asked
    assert (model, schema["name"]) == ("small", "stars")
    assert "An oak" in messages[-1].content
    assert "5 stars" in messages[-1].content
    assert "What is it?" in messages[-1].content
    assert ("A tree" in messages[-1].content) is (name == "github/similarity")


@pytest.mark.parametrize(
    ("count", "value", "passed"), [(1, 0, False), (2, 0.25, True), (3, 0.5, True), (4, 0.75, True), (5, 1, True)]
)
def test_two_stars_pass_as_in_githubs_runner(count: int, value: float, passed: bool) -> None:
    result, _ = rate("github/fluency", stars(count))
    assert (result.value, result.passed) == (value, passed)


def test_a_suite_may_ask_for_more_stars() -> None:
    text = "- {uses: github/fluency}\n- {uses: github/fluency, threshold: 0.75}\n"
    first, second = make_criteria(read_yaml(text).value, PurePosixPath("evals/s.eval.yml"), KINDS)
    assert (first.threshold, second.threshold) == (0.25, 0.75)


def test_the_judges_stars_are_advisory_and_counted() -> None:
    (criterion,) = make_criteria(
        read_yaml("- {uses: github/coherence}").value, PurePosixPath("evals/s.eval.yml"), KINDS
    )
    ran = carry_out(
        plan(suite(case("a"), criteria=[criterion])),
        lambda request: Reply(stars(4) if request.model.alias == "judge" else "hello"),
    )
    assert (ran.results.criteria[0].advisory, ran.outcome.judgements) == (True, 1)
    assert ran.samples["a", 0, 0].scores["uses 1"].passed


def test_similarity_needs_something_to_compare_with() -> None:
    result = score("uses", {"uses": "github/similarity"}, "An oak", FakeServices(), fields={"input": "x"})
    assert (result.status, result.passed) == ("error", None)
    assert "expected" in result.reason


def test_without_a_judge_it_says_what_to_add() -> None:
    result = score("uses", {"uses": "github/fluency"}, "An oak", FakeServices(judge=""))
    assert (result.status, "judge: small" in result.reason) == ("error", True)


def test_a_name_that_is_none_of_the_five_is_refused_before_the_run() -> None:
    with pytest.raises(PromptError, match="no built-in evaluator 'acme/other'"):
        score("uses", {"uses": "acme/other"}, "x")


@pytest.mark.parametrize(
    "answer",
    ["five", "0", "6", "4.5", "5 stars", "", stars(0), stars(6), stars(4.5), stars("5"), stars(True), stars(5, 7), "[]",
     "{}", '{"reason": "a", "stars": 5, "more": 1}', '{"stars": 1, "reason": "a", "stars": 5}', "{" * 9999],
)  # fmt: skip
def test_case_23_anything_but_stars_is_an_error_not_a_fail(answer: str) -> None:
    result, _ = rate("github/coherence", answer)
    assert (result.status, result.passed) == ("error", None)


@pytest.mark.parametrize("answer", [f" {stars(3)}\n", f"```json\n{stars(3)}\n```", f"```\n{stars(3)}\n```\n"])
def test_stars_in_a_fence_are_read(answer: str) -> None:
    assert rate("github/coherence", answer)[0].value == 0.5


def test_bare_stars_are_read_as_githubs_runner_asks_for_them() -> None:
    assert rate("github/coherence", " 3\n")[0].value == 0.5


@given(st.text())
def test_a_judge_may_say_anything(text: str) -> None:
    with contextlib.suppress(EvalError):
        parse_stars(Reply(text))
