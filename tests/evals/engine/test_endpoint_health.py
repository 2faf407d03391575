"""An endpoint that answers none of its first ten calls is asked no more; the others go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promptops.errors import ProviderBusyError, ProviderError
from promptops.evals.engine.endpoint_health import ALIKE, EndpointHealth
from promptops.evals.engine.runner import RunProgress
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.providers.scripted import Answer
from tests.evals.factory import CONTAINS, JUDGED, carry_out, case, content, echo, plan, suite, target

HERE = ModelSpec("small", "openai", "m", base_url="http://127.0.0.1:9/v1")
OTHER_MODEL = ModelSpec("big", "openai", "m-big", base_url="http://127.0.0.1:9/v1")
ELSEWHERE = ModelSpec("far", "openai", "m", base_url="http://127.0.0.1:8/v1")
MANY = tuple(case(f"w{number}") for number in range(60))


def missing(number: int = 0) -> ProviderError:
    text = f"the server answered 404: no such model (request req_{number}f{number * 7:04x})"
    return ProviderError(text, where="small", hint="check the model's name", status=404)


def refused(_: int = 0) -> ProviderError:
    return ProviderError("nothing listens at http://127.0.0.1:9/v1 (5 attempts)", where="small")


def health_after(*errors: ProviderError | None, spec: ModelSpec = HERE) -> EndpointHealth:
    health = EndpointHealth()
    for error in errors:
        if error is None:
            health.answered(spec)
        else:
            health.failed(spec, error)
    return health


@pytest.mark.parametrize("error", [missing, refused])
def test_ten_calls_that_fail_alike_are_enough(error: Callable[[int], ProviderError]) -> None:
    assert health_after(*map(error, range(ALIKE - 1))).why_dead(HERE) == ""
    why = health_after(*map(error, range(ALIKE))).why_dead(HERE)
    assert why.startswith("small: ")
    assert "; the first 10 calls all failed alike, so no more are made" in why


def test_what_to_do_about_it_is_told() -> None:
    assert health_after(*map(missing, range(10))).why_dead(HERE).endswith(". check the model's name")


@pytest.mark.parametrize("place", [0, 5, 9])
def test_one_answer_among_the_first_ten_and_it_is_asked_for_ever(place: int) -> None:
    ended: list[ProviderError | None] = [missing(number) for number in range(100)]
    ended[place] = None
    assert health_after(*ended).why_dead(HERE) == ""


def test_failures_of_two_kinds_are_not_alike() -> None:
    errors = [missing(number) if number % 2 else refused() for number in range(100)]
    assert health_after(*errors).why_dead(HERE) == ""


@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_a_server_that_is_busy_or_broken_may_be_well_again(status: int) -> None:
    busy = [ProviderError(f"the server answered {status} (5 attempts)", status=status)] * 100
    assert health_after(*busy).why_dead(HERE) == ""


def test_nobody_at_the_address_holds_for_every_model_there_and_for_no_other_address() -> None:
    health = health_after(*map(refused, range(10)))
    assert health.why_dead(OTHER_MODEL) == health.why_dead(HERE) != ""
    assert health.why_dead(ELSEWHERE) == ""


def test_what_a_server_says_of_one_model_says_nothing_of_another() -> None:
    health = health_after(*map(missing, range(10)))
    assert health.why_dead(OTHER_MODEL) == ""


def test_an_alias_is_no_endpoint() -> None:
    twin = ModelSpec("twin", "openai", "m", base_url=HERE.base_url)
    assert health_after(*map(missing, range(10))).why_dead(twin) != ""


def _limited(alias: str = "small") -> object:
    return target(alias, Limits(concurrency=2, max_retries=1))


def test_a_run_at_a_dead_endpoint_ends_with_the_tenth_failure() -> None:
    ran = carry_out(plan(suite(*MANY), models=[_limited()]), lambda request: missing())  # type: ignore[list-item]
    assert "; the first 10 calls all failed alike, so no more are made" in ran.outcome.stopped
    assert 10 <= ran.provider.calls <= 11  # and one that was in flight
    assert {bool(sample.error) for sample in ran.outcome.samples} == {True}


def test_a_judge_at_a_dead_endpoint_ends_the_run_too() -> None:
    def script(request: Request) -> Answer:
        return missing() if request.model.alias == "judge" else echo(request)

    made = suite(*MANY, criteria=(CONTAINS, JUDGED))
    ran = carry_out(plan(made, models=[_limited()]), script)  # type: ignore[list-item]
    assert "the first 10 calls all failed alike" in ran.outcome.stopped
    assert sum(request.model.alias == "judge" for request in ran.provider.requests) < 15


def test_what_is_in_the_cache_needs_no_endpoint() -> None:
    from tests.store.memory import MemoryReplyCache

    cache = MemoryReplyCache()
    carry_out(plan(suite(*MANY)), cache=cache)
    again = carry_out(plan(suite(*MANY)), lambda request: missing(), cache=cache)
    assert (again.outcome.stopped, len(again.outcome.samples), again.provider.calls) == ("", 60, 0)


def filtered(_: int = 0) -> ProviderError:
    return ProviderError("the answer has no text (finish reason: content_filter)", where="small")


def unwanted(number: int = 0) -> ProviderError:
    return ProviderError(f"the server answered 400: the prompt was filtered ({number})", where="small", status=400)


@pytest.mark.parametrize("error", [filtered, unwanted])
def test_what_a_known_model_never_answers_ends_no_second_run(error: Callable[[int], ProviderError]) -> None:
    from tests.store.memory import MemoryReplyCache

    def script(request: Request) -> Answer:
        return error(0) if content(request).endswith(refuses) else echo(request)

    cache, refuses = MemoryReplyCache(), tuple(f"w{number}" for number in range(5, 60, 5))
    first = carry_out(plan(suite(*MANY), models=[_limited()]), script, cache=cache)  # type: ignore[list-item]
    again = carry_out(plan(suite(*MANY), models=[_limited()]), script, cache=cache)  # type: ignore[list-item]
    assert again.outcome.stopped == first.outcome.stopped == ""
    assert again.provider.calls > ALIKE
    assert [bool(one.error) for one in again.outcome.samples] == [bool(one.error) for one in first.outcome.samples]


@pytest.mark.parametrize("error", [missing, refused])
def test_an_endpoint_that_answered_once_can_be_dead_today(error: Callable[[int], ProviderError]) -> None:
    health = EndpointHealth()
    health.answered_before(HERE)
    for number in range(ALIKE):
        health.failed(HERE, error(number))
    assert health.why_dead(HERE) != ""


def test_the_first_failed_attempt_is_told_at_once_and_once_a_model() -> None:
    def script(request: Request) -> Answer:
        if request.model.alias == "judge":
            return ProviderBusyError("nothing listens there", where="judge", hint="is it running?")
        return Reply(content(request))

    seen: list[RunProgress] = []
    made = suite(*MANY, criteria=(CONTAINS, JUDGED))
    carry_out(plan(made, models=[_limited()]), script, watch=seen.append)  # type: ignore[list-item]
    told = [number for number, progress in enumerate(seen) if progress.failure]
    assert [seen[number].failure for number in told] == ["judge: nothing listens there. is it running?"]
    assert seen[told[0]].done == 0  # before the second attempt, and before any sample is finished


def test_a_busy_server_is_no_news_until_it_is_given_up() -> None:
    tries: list[str] = []

    def script(request: Request) -> Answer:
        tries.append(content(request))
        busy = ProviderBusyError("the server answered 429", status=429)
        return busy if tries.count(content(request)) == 1 else echo(request)

    seen: list[RunProgress] = []
    carry_out(plan(suite(*MANY)), script, watch=seen.append)
    assert [progress.failure for progress in seen if progress.failure] == []
