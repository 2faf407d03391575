"""What runs cost, from what a real server says of its tokens to budgets that several runs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.workflows.check.evaluate_suites import evaluate_suites
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import write_files
from tests.providers.loopback import Behaviour, answer, completion
from tests.workflows.scene import SUITE, answering, evaluate, files_for, many_cases, workspace_at

DEAR = "{input: 0, output: 1000000}"
"""A dollar a token."""


def using(usage: dict[str, Any] | None) -> Callable[[str, int], Behaviour]:
    """A model whose answers say this of their tokens."""
    return lambda text, count: answer(completion(f"You said: {text}") | {"usage": usage})


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}, 2.0),
        ({"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 17,
          "completion_tokens_details": {"reasoning_tokens": 5}}, 7.0),
        ({"prompt_tokens": 10, "completion_tokens": 7, "total_tokens": 17,
          "completion_tokens_details": {"reasoning_tokens": 5}}, 7.0),
    ],
)  # fmt: skip
def test_thinking_is_paid_once_whether_it_stands_beside_the_output_or_in_it(
    tmp_path: Path, usage: dict[str, Any], dollars: float
) -> None:
    with answering(using(usage)) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url, prices=DEAR))
        results = evaluate(workspace_at(tmp_path / "p"))
    assert {sample.cost for sample in results.samples} == {dollars}
    assert (results.cost, results.budget_spent) == (3 * dollars, 3 * dollars)


def test_remembered_input_has_its_own_price(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 8}}
    with answering(using(usage)) as endpoint:
        prices = "{input: 1000000, output: 0, cachedInput: 100000}"
        write_files(tmp_path / "p", files_for(endpoint.url, prices=prices))
        results = evaluate(workspace_at(tmp_path / "p"))
    assert [sample.cost for sample in results.samples] == [pytest.approx(2.8)] * 3
    assert {sample.cached_input_tokens for sample in results.samples} == {8}


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}])
def test_usage_that_is_missing_is_told_where_a_price_is_set(tmp_path: Path, usage: dict[str, Any] | None) -> None:
    with answering(using(usage)) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        results = evaluate(workspace_at(tmp_path / "p"))
    assert (results.cost, results.unknown_cost_calls) == (None, 3)
    assert {sample.cost for sample in results.samples} == {None}
    assert results.notes == (
        "small did not say how many tokens it used for 3 of 3 replies (usage is missing), so what they cost is unknown",
    )


def _two_suites(url: str) -> dict[str, str | bytes]:
    """Each of ten cases."""
    more = many_cases(10).replace("Nr", "No")
    return files_for(url, prices=DEAR) | {"evals/greet.eval.yml": many_cases(10), "evals/more.eval.yml": more}


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": 10, "completion_tokens": 5}])
def test_a_budget_holds_for_all_suites_of_a_command_though_nobody_counted_tokens(
    tmp_path: Path, usage: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(using(usage)) as endpoint:
        write_files(tmp_path / "p", _two_suites(endpoint.url))
        monkeypatch.chdir(tmp_path / "p")
        result = CliRunner().invoke(cli, ["eval", "--max-cost", "52"])
        assert result.exit_code == 2
        assert "the budget of $" in result.output
        # A reply is counted, or taken, for 5 or 6 dollars: about ten in all, not ten in each suite.
        assert 8 <= len(endpoint.asked) <= 12


def test_a_budget_holds_for_all_suites_of_a_check(tmp_path: Path) -> None:
    with answering(using(None)) as endpoint:
        write_files(tmp_path / "p", _two_suites(endpoint.url))
        choice = EvalChoice(max_cost=52)
        evaluate_suites(
            workspace_at(tmp_path / "p"), choice, tmp_path / "out", version="1", watch=lambda done, total: None
        )
        assert 8 <= len(endpoint.asked) <= 12


def test_the_help_says_what_may_pass_the_limit() -> None:
    text = " ".join(CliRunner().invoke(cli, ["eval", "--help"]).output.split())
    assert "Begin no call once so much is spent; only the calls in flight then may pass it." in text


def test_a_suite_without_judges_costs_what_its_replies_do(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url, prices=DEAR) | {"evals/greet.eval.yml": SUITE})
        assert evaluate(workspace_at(tmp_path / "p"), max_cost=4.0).cost == 6.0  # $3 a reply: one flies at $3
