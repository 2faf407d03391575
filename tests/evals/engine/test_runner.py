"""Whole runs: every reply asked, scored and kept, and errors that stay errors."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from promptops.errors import ProviderBusyError, ProviderError, QuotaError
from promptops.evals.engine.runner import RunProgress
from promptops.evals.registry import KINDS
from promptops.model.config import Limits
from promptops.model.model_call import Reply, Request, Usage
from promptops.model.score import Score
from promptops.model.suite import Case, Criterion
from promptops.providers.scripted import Answer
from tests.evals.factory import CONTAINS, carry_out, case, content, echo, plan, suite, target, version
from tests.store.memory import MemoryReplyCache

BASE = version("base", "Repeat {{ word }}")
TEN = [case(f"w{n}") for n in range(10)]


def test_a_run_asks_every_unit_once_and_keeps_the_plan_s_order() -> None:
    ran = carry_out(plan(suite(*TEN, trials=2), version(), BASE))
    asked = [(sample.case, sample.trial, sample.arm) for sample in ran.outcome.samples]
    assert asked == [(unit.case.id, unit.trial, unit.arm) for unit in ran.plan.units]
    assert len(asked) == ran.provider.calls == 40
    first = ran.samples["w0", 0, 0]
    assert (first.text, first.input_tokens, first.output_tokens, first.cost, first.latency) == (
        "Repeat w0", 2, 1, 0.01, 0.5,
    )  # fmt: skip
    assert first.scores["repeats the word"].passed
    assert (first.error, first.cached, first.attempts, first.reply_key) == ("", False, 1, next(ran.plan.units).key)
    assert ran.provider.closed
    assert ran.outcome.stopped == ""


def test_case_19_a_provider_s_error_is_an_error_of_the_sample_and_never_a_fail() -> None:
    def broken(request: Request) -> Answer:
        return ProviderError("empty choices", hint="try again") if "w3" in content(request) else echo(request)

    ran = carry_out(plan(suite(*TEN)), broken)
    sample = ran.samples["w3", 0, 0]
    assert sample.error == "empty choices. try again"
    assert sample.scores == {}
    assert (sample.text, sample.cost) == ("", None)
    assert [s.case for s in ran.outcome.samples if s.error] == ["w3"]
    head = ran.results.comparisons[0].criteria[0].head
    assert head is not None
    assert (head.n, head.rate) == (9, 1.0)
    assert ran.results.calls.failed == 1


def test_a_case_that_cannot_be_asked_is_an_error_and_the_others_go_on() -> None:
    ran = carry_out(plan(suite(case("a"), Case("b", {"x": 1}), case("c"))))
    assert [bool(sample.error) for sample in ran.outcome.samples] == [False, True, False]
    assert "the input 'word' has no value" in ran.samples["b", 0, 0].error
    assert ran.provider.calls == 2


def test_an_evaluator_s_error_is_kept_apart_from_the_reply_and_from_the_other_criteria() -> None:
    unfilled = Criterion("holds the answer", KINDS["string"], {"contains": "{{ answer }}"})
    ran = carry_out(plan(suite(case("a", answer="say"), case("b"), criteria=[unfilled, CONTAINS])))
    scores = ran.samples["b", 0, 0].scores
    assert (scores["holds the answer"].status, scores["holds the answer"].passed) == ("error", None)
    assert "answer" in scores["holds the answer"].reason
    assert scores["repeats the word"].passed
    assert ran.samples["b", 0, 0].error == ""
    first = ran.results.comparisons[0].criteria[0]
    assert (first.errors, first.head and first.head.n) == (1, 1)


def test_a_crashing_python_check_is_an_error_of_its_criterion() -> None:
    check = Criterion("short", KINDS["python"], {"file": "checks.py", "function": "short"})
    code = "def short(reply, case):\n    return 1 / (case['word'] != 'b') > 0\n"
    ran = carry_out(plan(suite(case("a"), case("b"), criteria=[check]), files={"checks.py": code}))
    assert ran.samples["a", 0, 0].scores["short"].passed
    assert ran.samples["b", 0, 0].scores["short"].status == "error"
    assert "ZeroDivisionError" in ran.samples["b", 0, 0].scores["short"].reason


def test_a_criterion_with_tags_looks_at_their_cases_only() -> None:
    tagged = replace(CONTAINS, tags=("hard",))
    ran = carry_out(plan(suite(case("a"), replace(case("b"), tags=("hard",)), criteria=[tagged])))
    assert ran.samples["a", 0, 0].scores == {}
    assert ran.samples["b", 0, 0].scores["repeats the word"].passed


def test_a_spent_quota_ends_the_run_keeps_what_is_finished_and_says_why() -> None:
    def script(request: Request) -> Answer:
        return QuotaError("the account is used up") if "w6" in content(request) else echo(request)

    limits = Limits(concurrency=1)
    ran = carry_out(plan(suite(*TEN), models=[target(limits=limits)]), script)
    assert [sample.case for sample in ran.outcome.samples] == [f"w{n}" for n in range(6)]
    assert all(sample.scores["repeats the word"].passed for sample in ran.outcome.samples)
    assert ran.outcome.stopped == "the account is used up"
    assert ran.provider.calls == 7
    assert ran.results.stopped == "the account is used up"
    assert (ran.results.calls.planned, ran.results.calls.called, len(ran.results.samples)) == (10, 6, 6)


def test_the_budget_ends_the_run_and_what_was_paid_for_is_kept() -> None:
    made = plan(suite(*TEN), models=[target(limits=Limits(concurrency=1))])
    ran = carry_out(made, max_cost=0.03)
    assert len(ran.outcome.samples) == 3
    assert ran.results.cost == pytest.approx(0.03)
    assert ran.outcome.stopped == "the budget of $0.03 is spent; raise --max-cost (or maxCost) to go on"


def test_a_stopped_run_goes_on_from_the_cache_and_ends_as_if_it_had_not_stopped() -> None:
    cache = MemoryReplyCache()
    made = plan(suite(*TEN), version(), BASE)
    carry_out(made, cache=cache, max_cost=0.05)
    ran = carry_out(made, cache=cache)
    whole = carry_out(made)
    assert [s.text for s in ran.outcome.samples] == [s.text for s in whole.outcome.samples]
    assert ran.provider.calls < whole.provider.calls == 20
    assert ran.dispatcher.tally.called + ran.dispatcher.tally.cached == 20


def test_an_error_of_ours_in_a_check_is_not_swallowed() -> None:
    def script(request: Request) -> Answer:
        return ZeroDivisionError("our bug") if "w4" in content(request) else echo(request)

    with pytest.raises(ZeroDivisionError, match="our bug"):
        carry_out(plan(suite(*TEN)), script)


def test_an_error_of_ours_shows_itself_even_where_another_unit_waits_for_the_same_reply() -> None:
    def script(request: Request) -> Answer:
        return ZeroDivisionError("our bug") if content(request) == "Say a" else echo(request)

    # Six workers: the first is done with `x` at once, takes `twin` and waits for the reply to `a`.
    cases = [*map(case, "xabcde"), Case("twin", {"word": "a"})]
    with pytest.raises(ZeroDivisionError, match="our bug"):
        carry_out(plan(suite(*cases), models=[target(limits=Limits(concurrency=1))]), script)


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_no_more_calls_of_a_model_fly_than_its_limit_allows(concurrency: int) -> None:
    ran = carry_out(plan(suite(*TEN), version(), BASE, models=[target(limits=Limits(concurrency=concurrency))]))
    assert ran.provider.calls == 20
    assert ran.provider.most_in_flight == concurrency


def test_a_busy_server_is_asked_again_and_the_retries_are_counted() -> None:
    seen: list[str] = []

    def script(request: Request) -> Answer:
        seen.append(content(request))
        return ProviderBusyError("reset mid-body") if seen.count(content(request)) < 3 else echo(request)

    ran = carry_out(plan(suite(case("a"), case("b"))), script)
    assert [sample.attempts for sample in ran.outcome.samples] == [3, 3]
    assert (ran.results.calls.retried, ran.results.calls.called, ran.results.calls.failed) == (4, 2, 0)


def test_cached_replies_are_marked_and_a_latency_criterion_uses_the_seconds_they_took() -> None:
    quick = Criterion("is quick", KINDS["latency"], {"maxSeconds": 1})
    cache = MemoryReplyCache()
    made = plan(suite(*TEN, criteria=[quick]))
    first, second = carry_out(made, cache=cache), carry_out(made, cache=cache)
    assert second.provider.calls == 0
    assert [s.cached for s in first.outcome.samples] == [False] * 10
    assert [s.cached for s in second.outcome.samples] == [True] * 10
    assert [s.scores["is quick"] for s in second.outcome.samples] == [
        Score(1.0, "took 0.5 s; at most 1 s are allowed", True)
    ] * 10
    assert [s.scores for s in second.outcome.samples] == [s.scores for s in first.outcome.samples]
    assert [s.latency for s in second.outcome.samples] == [0.5] * 10
    # What happened to be slow or quick then says nothing about one version against another.
    latency = {m.name: m for m in second.results.comparisons[0].measures}["latency"]
    assert (latency.head, latency.verdict) == (None, "not measured")
    assert second.results.cost == 0.0
    assert [s.cost for s in second.outcome.samples] == [0.01] * 10


def test_progress_counts_to_the_end_and_never_back() -> None:
    def script(request: Request) -> Answer:
        return ProviderError("no") if "w3" in content(request) else echo(request)

    seen: list[RunProgress] = []
    ran = carry_out(plan(suite(*TEN), version(), version("base")), script, watch=seen.append)
    assert [progress.done for progress in seen if not progress.failure] == list(range(1, 21))
    assert [progress.failure for progress in seen if progress.failure] == ["no"]
    assert {progress.total for progress in seen} == {20}
    assert all(a.cost <= b.cost and a.errors <= b.errors for a, b in pairwise(seen))
    assert (seen[-1].errors, seen[-1].cached) == (2, 9)
    assert seen[-1].cost == pytest.approx(0.09)
    assert ran.dispatcher.tally.cost == seen[-1].cost


def test_an_unknown_price_is_unknown_in_every_sum_and_never_0() -> None:
    ran = carry_out(plan(suite(*TEN)), price=lambda spec, usage: None)
    assert [sample.cost for sample in ran.outcome.samples] == [None] * 10
    assert (ran.results.cost, ran.results.unknown_cost_calls) == (None, 10)


def test_a_reply_that_says_nothing_of_its_tokens_has_none() -> None:
    ran = carry_out(plan(), lambda request: Reply("a", usage=Usage(None, None)))
    sample = ran.outcome.samples[0]
    assert (sample.input_tokens, sample.output_tokens, sample.latency) == (None, None, None)
