"""How long a run still takes is told once it can be known, and not at the first reply."""

from __future__ import annotations

import pytest

from promptops.cli.progress import _Lines
from promptops.cli.time_left import TimeLeft
from promptops.evals.engine.runner import RunProgress


class Clock:
    """A clock that stands at what it was set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def told(*points: tuple[float, int, int], total: int = 40) -> list[str]:
    """What is said after so many seconds, with so many replies of which so many were known before."""
    clock = Clock()
    left = TimeLeft(clock)
    found = []
    for seconds, done, cached in points:
        clock.now = 100.0 + seconds
        found.append(left.words(RunProgress(done, total, 0.0, 0, cached)))
    return found


def test_the_first_replies_tell_nothing() -> None:
    assert told((9.0, 1, 0), (10.0, 4, 0), (11.0, 8, 0)) == ["", "", ""]


def test_after_twice_the_time_of_the_first_reply_it_is_told() -> None:
    # 8 at a time, 9 seconds each: 40 take 45 seconds, of which 18 are over.
    assert told((9.0, 1, 0), (18.0, 16, 0)) == ["", "about 30 s left"]


def test_replies_that_were_known_are_no_measure() -> None:
    assert told((0.01, 30, 30), (9.0, 31, 30), (60.0, 35, 30)) == ["", "", "about 60 s left"]


def test_few_replies_are_never_told() -> None:
    assert told((9.0, 1, 0), (18.0, 2, 0), (27.0, 3, 0), (36.0, 4, 0), total=4) == [""] * 4


def test_it_is_never_about_0_s_and_nothing_at_the_end() -> None:
    assert told((0.1, 1, 0), (0.3, 39, 0), (0.31, 40, 0)) == ["", "about 5 s left", ""]


def test_long_runs_are_told_in_minutes() -> None:
    assert told((10.0, 1, 0), (100.0, 10, 0), total=100) == ["", "about 15 min left"]


def test_the_Lines_of_a_log_have_no_estimate_until_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    watch = _Lines(clock)
    for seconds, done in ((20.0, 1), (41.0, 16)):
        clock.now = 100.0 + seconds
        watch(RunProgress(done, 40, 0.5, 0, 0))
    assert capsys.readouterr().err.splitlines() == ["  1/40  $0.500", "  16/40  $0.500  about 65 s left"]
