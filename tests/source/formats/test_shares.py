"""Shares as people write them, and where a suite takes them from when it says nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promptops.errors import PromptError
from promptops.model.budget import IgnoreBelow
from promptops.model.suite import Suite
from tests.conftest import ProjectBuilder

SUITE = "prompt: a\ntestData: [{q: 1}]\nevaluators: [{string: {contains: x}}]\n"
Load = Callable[..., Suite]


@pytest.fixture
def load(project: ProjectBuilder) -> Load:
    def run(more: str = "", settings: str = "") -> Suite:
        return project({"evals/s.eval.yml": SUITE + more, "promptops.yml": settings or "judge: x\n"}).suite("s")

    return run


@pytest.mark.parametrize(("written", "share"), [("10%", 0.1), ("0.1", 0.1), ("'2.5 %'", 0.025), ("0", 0), ("100%", 1)])
def test_percent_and_share_are_the_same(load: Load, written: str, share: float) -> None:
    assert load(f"maxErrors: {written}\n").max_errors == pytest.approx(share)
    found = load(f"budget: {{maxCostIncrease: {written}, ignoreBelow: {{latency: {written}}}}}\n").budget
    assert found.max_cost_increase == pytest.approx(share)
    assert found.ignore_below.latency == pytest.approx(share)


@pytest.mark.parametrize("written", ["10", "ten", "-1", "1e400", "''", "5% or so", "101%"])
def test_what_is_no_share_is_refused_with_its_place(load: Load, written: str) -> None:
    with pytest.raises(PromptError, match=r"is not a share|too large a share") as caught:
        load(f"maxErrors: {written}\n")
    assert caught.value.where == "evals/s.eval.yml:4:12"


def test_a_difference_may_be_ignored_however_large_it_is(load: Load) -> None:
    assert load("budget: {ignoreBelow: {latency: 150%}}\n").budget.ignore_below.latency == 1.5


def test_a_suite_that_says_nothing_takes_what_the_project_says(load: Load) -> None:
    settings = "maxErrors: 25%\nbudget: {maxCost: 3, maxCostIncrease: 20%, ignoreBelow: {cost: 1%}}\n"
    silent, own = load("", settings), load("maxErrors: 0\nbudget: {ignoreBelow: {latency: 50%}}\n", settings)
    assert (silent.max_errors, silent.budget.max_cost_increase) == (0.25, 0.2)
    assert silent.budget.ignore_below == IgnoreBelow(cost=0.01, latency=0.1)
    assert (own.max_errors, own.budget.max_cost_increase) == (0, 0.2)
    assert own.budget.ignore_below == IgnoreBelow(cost=0.01, latency=0.5)
    assert own.budget.max_cost is None  # dollars are looked up where they are spent


def test_without_any_word_5_percent_10_percent_and_a_tenth_of_the_cases(load: Load) -> None:
    suite = load()
    assert (suite.max_errors, suite.budget.ignore_below) == (0.1, IgnoreBelow(cost=0.05, latency=0.10))


def test_a_prompt_s_own_suite_takes_the_project_s_too(project: ProjectBuilder) -> None:
    prompt = "messages: [{role: user, content: hi}]\ntestData: [{q: 1}]\nevaluators: [{string: {contains: x}}]\n"
    settings = "maxErrors: 25%\nbudget: {ignoreBelow: {cost: 1%}}\n"
    suite = project({"prompts/a.prompt.yml": prompt, "promptops.yml": settings}).suite("prompt:a")
    assert (suite.max_errors, suite.budget.ignore_below.cost) == (0.25, 0.01)
