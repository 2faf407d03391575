"""Servers that refuse calls for their number: nobody loses a case, and nobody hammers at the door."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from pathlib import Path
from threading import Lock

import pytest

from promptops.model.results import Results
from tests.conftest import write_files
from tests.providers.loopback import Behaviour, answer
from tests.workflows.scene import answering, evaluate, files_for, many_cases, workspace_at

Headers = Callable[[float], Mapping[str, str]]
"""What a refusal says when so many seconds are left."""


class Throttle:
    """A server that takes so many calls in a window of so many seconds; `refused` counts the others."""

    def __init__(self, calls: int, seconds: float, headers: Headers, status: int = 429) -> None:
        self._calls, self._seconds, self._headers, self._status = calls, seconds, headers, status
        self._lock = Lock()
        self._start, self._taken = time.monotonic(), 0
        self.refused = 0

    def __call__(self, text: str, count: int) -> str | Behaviour:
        with self._lock:
            now = time.monotonic()
            if now >= self._start + self._seconds:
                self._start, self._taken = now, 0
            self._taken += 1
            if self._taken <= self._calls:
                return f"You said: {text}"
            self.refused += 1
            return answer(
                {"error": {"message": "slow down"}}, self._status, self._headers(self._start + self._seconds - now)
            )


def milliseconds(left: float) -> Mapping[str, str]:
    return {"retry-after-ms": str(int(left * 1000) + 1)}


def nothing(left: float) -> Mapping[str, str]:
    return {}


def date(left: float) -> Mapping[str, str]:
    return {"Retry-After": formatdate(time.time() + left + 1, usegmt=True)}


def unanswered(results: Results) -> list[str]:
    return [sample.error for sample in results.samples if sample.error]


@pytest.mark.parametrize("headers", [milliseconds, nothing], ids=["retry-after-ms", "no header"])
@pytest.mark.parametrize(("concurrency", "status"), [(8, 429), (200, 429)])
def test_case_56_no_case_is_lost_to_429(tmp_path: Path, headers: Headers, concurrency: int, status: int) -> None:
    throttle = Throttle(2, 0.1, headers, status)
    with answering(throttle) as endpoint:
        files = files_for(endpoint.url, limits=f"{{concurrency: {concurrency}}}")
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": many_cases(24)})
        results = evaluate(workspace_at(tmp_path / "p"))
    assert unanswered(results) == []
    assert len(results.samples) == 24
    assert results.calls.retried == throttle.refused > 0


@pytest.mark.parametrize("status", [503, 529])
def test_case_56_no_case_is_lost_to_a_server_that_is_busy_and_says_for_how_long(tmp_path: Path, status: int) -> None:
    throttle = Throttle(2, 0.1, milliseconds, status)
    with answering(throttle) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(20)})
        results = evaluate(workspace_at(tmp_path / "p"))
    assert unanswered(results) == []


@pytest.mark.parametrize("headers", [date, lambda left: {"Retry-After": "1"}], ids=["a date", "seconds"])
def test_case_56_seconds_and_dates_are_waited_for(tmp_path: Path, headers: Headers) -> None:
    throttle = Throttle(4, 0.8, headers)
    with answering(throttle) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(8)})
        results = evaluate(workspace_at(tmp_path / "p"))
    assert unanswered(results) == []
    assert throttle.refused > 0


def test_case_56_two_models_at_one_endpoint_lose_no_case(tmp_path: Path) -> None:
    throttle = Throttle(4, 0.2, milliseconds)
    with answering(throttle) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(12)})
        results = evaluate(workspace_at(tmp_path / "p"), models=("small", "big"))
    assert unanswered(results) == []
    (note,) = results.notes
    assert note.startswith("the server of small asked ")
    assert "limits.requestsPerMinute of 'small'" in note


def test_case_16_a_server_that_asks_to_wait_for_ever_is_given_up_and_the_limit_is_named(tmp_path: Path) -> None:
    with answering(lambda text, count: answer({}, 429, {"retry-after-ms": "100"})) as endpoint:
        files = files_for(endpoint.url, limits="{maxWait: 0.5}")
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": many_cases(30)})
        results = evaluate(workspace_at(tmp_path / "p"))
    assert len(unanswered(results)) == 30
    assert len(endpoint.asked) < 40
    assert "set limits.requestsPerMinute of 'small'" in results.samples[0].error
    assert "raise limits.maxWait" in results.samples[0].error
