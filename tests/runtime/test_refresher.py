"""What is served follows its source: swaps, callbacks, the thread, and errors of our own."""

from __future__ import annotations

import gc
import logging
import threading
import time
import weakref

import pytest

from promptops.errors import PinError, SourceError
from promptops.runtime.loaded_prompts import LoadedPrompts
from promptops.runtime.prompts import Prompts
from promptops.runtime.refresher import Refresher
from promptops.runtime.status import Change
from tests.runtime.versions import commit_of, loaded, prompts_of, version, words_in

LONG = 20.0
"""Seconds after which a test that waits has failed; none comes near it."""


def said(prompts: Prompts, name: str = "greet") -> str:
    (word,) = words_in(prompts.get(name).render(name="Ada"))
    return word


def test_a_look_serves_what_is_there_now_and_says_what_changed() -> None:
    changes: list[Change] = []
    prompts, source = prompts_of(loaded({"a": "one", "b": "one", "c": "one"}), on_change=changes.append)
    source.next = loaded({"b": "two", "c": "one", "d": "new"}, commit=2)
    status = prompts.refresh()
    assert changes == [Change(("d",), ("b",), ("a",), commit_of(2))]
    assert (prompts.names(), said(prompts, "b"), said(prompts, "c")) == (["b", "c", "d"], "two", "one")
    assert (status.commit, status.prompts, status.checks, status.changes) == (commit_of(2), 3, 2, 1)
    assert (status.fresh, status.reason, status.failures) == (True, "", 0)


def test_what_is_in_hand_stays_its_version() -> None:
    prompts, source = prompts_of(loaded({"greet": "old"}))
    in_hand = prompts.get("greet")
    source.next = loaded({"greet": "new"}, commit=2)
    prompts.refresh()
    assert words_in(in_hand.render(name="Ada")) == {"old"}
    assert (in_hand.version.commit, in_hand.version.digest) == (commit_of(1), version("old").digest)
    assert said(prompts) == "new"
    source.next = loaded({}, commit=3)
    prompts.refresh()
    assert words_in(in_hand.render(name="Ada")) == {"old"}
    with pytest.raises(PinError, match="no prompt called 'greet' is served"):
        prompts.get("greet")


def test_equal_digests_at_another_commit_are_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    changes: list[Change] = []
    prompts, source = prompts_of(loaded({"greet": "the same words"}), on_change=changes.append)
    prompts.get("greet").render(name="Ada")
    monkeypatch.setattr("promptops.runtime.served_prompt.Renderer", None)  # nothing is compiled again
    source.next = loaded({"greet": "the same words"}, commit=2)
    status = prompts.refresh()
    assert (changes, status.changes, status.commit) == ([], 0, commit_of(2))
    assert prompts.get("greet").render(name="Ada").version.commit == commit_of(2)


def test_nothing_new_is_a_look_and_no_change() -> None:
    changes: list[Change] = []
    prompts, _ = prompts_of(loaded({"greet": "one"}), on_change=changes.append)
    assert [prompts.refresh().checks for _ in range(3)] == [2, 3, 4]
    assert changes == []


def test_a_callback_that_raises_is_counted_and_logged_and_the_others_still_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    changes: list[Change] = []

    def fails(change: Change) -> None:
        raise RuntimeError("not today")

    prompts, source = prompts_of(loaded({"greet": "one"}), on_change=fails)
    prompts.on_change(changes.append)
    source.next = loaded({"greet": "two"}, commit=2)
    status = prompts.refresh()
    assert (status.changes, status.callback_errors, status.fresh) == (1, 1, True)
    assert [change.changed for change in changes] == [("greet",)]
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("promptops", logging.ERROR)
    assert "not today" in caplog.text


def test_a_callback_sees_the_new_version_and_may_look_again() -> None:
    seen: list[str] = []

    def callback(change: Change) -> None:
        prompts.refresh()
        prompts.on_change(lambda change: seen.append("of a later change"))
        seen.append(said(prompts))

    prompts, source = prompts_of(loaded({"greet": "one"}))
    prompts.on_change(callback)
    source.next = loaded({"greet": "two"}, commit=2)
    prompts.refresh()
    assert seen == ["two"]


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (ValueError("a bug of ours"), "ValueError: a bug of ours"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (MemoryError(), "MemoryError: "),
        (SourceError("it is gone", where="the repository"), "the repository: it is gone"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_goes_wrong_the_last_known_good_stays(
    problem: Exception, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "promptops")
    prompts, source = prompts_of(loaded({"greet": "one"}))
    source.next = problem
    for number in (1, 2, 3):
        status = prompts.refresh()
        assert (status.fresh, status.reason, status.failures) == (False, reason, number)
        assert said(prompts) == "one"
    assert [record.levelname for record in caplog.records] == ["WARNING"], "the same reason is told once"
    source.next = loaded({"greet": "two"}, commit=2)
    status = prompts.refresh()
    assert (status.fresh, status.reason, status.failures, said(prompts)) == (True, "", 3, "two")
    assert caplog.records[-1].message == "the prompts that are served are up to date again"


def test_the_age_grows_from_the_last_good_look_and_no_clock_that_jumps_has_a_part_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    prompts, source = prompts_of(loaded({"greet": "one"}))
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(time, "time", lambda: -1e9)
    assert prompts.refresh().age == 0
    now += 30
    assert prompts.status().age == 30
    source.next = SourceError("it is gone")
    now += 30
    assert prompts.refresh().age == 60
    source.next = loaded({"greet": "one"})
    assert prompts.refresh().age == 0


def test_what_is_served_with_reservations_says_so() -> None:
    prompts, source = prompts_of(loaded({"greet": "one"}, reason="b: not a prompt"))
    assert (prompts.status().fresh, prompts.status().reason, prompts.status().failures) == (False, "b: not a prompt", 1)
    source.next = loaded({"greet": "two"}, commit=2, reason="b: not a prompt")
    status = prompts.refresh()
    assert (status.fresh, status.changes, said(prompts)) == (False, 1, "two")


@pytest.mark.parametrize(("interval", "limit"), [(0.01, 120), (500, 500)])
def test_a_look_that_does_not_end_counts_as_trouble(
    monkeypatch: pytest.MonkeyPatch, interval: float, limit: float
) -> None:
    prompts, source = prompts_of(loaded({"greet": "one"}))
    looking, go_on, now = threading.Event(), threading.Event(), 1000.0
    load = source.load

    def slow(held: LoadedPrompts | None) -> LoadedPrompts:
        looking.set()
        assert go_on.wait(LONG)
        return load(held)

    monkeypatch.setattr(source, "load", slow)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(Refresher, "_start_thread", lambda *_: None)  # the thread is the test's own
    prompts._refresher.follow(interval)
    thread = threading.Thread(target=prompts.refresh)
    thread.start()
    try:
        assert looking.wait(LONG)
        now += limit
        assert prompts.status().fresh
        now += 1
        status = prompts.status()
    finally:
        go_on.set()
        thread.join(LONG)
    assert (status.fresh, status.reason) == (False, f"a look at the source has not ended for {limit + 1:g} seconds")
    assert status.hint
    assert said(prompts) == "one"
    assert prompts.status().fresh


# The thread.


def test_the_thread_follows_until_it_is_closed() -> None:
    came = threading.Event()
    prompts, source = prompts_of(loaded({"greet": "one"}), on_change=lambda change: came.set())
    refresher = prompts._refresher
    with prompts:
        refresher.follow(0.01)
        thread = refresher._thread
        assert thread is not None
        assert thread.daemon
        source.next = loaded({"greet": "two"}, commit=2)
        assert came.wait(LONG)
        assert said(prompts) == "two"
    assert not thread.is_alive()
    looks = source.looks
    prompts.close()
    assert said(prompts) == "two", "what was loaded is still served"
    assert source.looks == looks
    assert prompts.refresh().checks == looks + 2, "by hand one may still look"


def test_a_callback_may_close_what_it_is_called_by() -> None:
    prompts, source = prompts_of(loaded({"greet": "one"}))
    prompts.on_change(lambda change: prompts.close())
    prompts._refresher.follow(0.01)
    thread = prompts._refresher._thread
    assert thread is not None
    source.next = loaded({"greet": "two"}, commit=2)
    thread.join(LONG)
    assert not thread.is_alive()
    assert prompts.status().callback_errors == 0


def test_a_bug_does_not_end_the_thread() -> None:
    came = threading.Event()
    prompts, source = prompts_of(loaded({"greet": "one"}), on_change=lambda change: came.set())
    source.next = ZeroDivisionError("a bug of ours")
    with prompts:
        prompts._refresher.follow(0.005)
        end = time.monotonic() + LONG
        while prompts.status().failures < 3:
            assert time.monotonic() < end
            came.wait(0.005)
        source.next = loaded({"greet": "two"}, commit=2)
        assert came.wait(LONG)


def test_the_thread_ends_when_the_application_drops_its_prompts() -> None:
    prompts, _ = prompts_of(loaded({"greet": "one"}))
    prompts._refresher.follow(0.01)
    thread, gone = prompts._refresher._thread, weakref.ref(prompts._refresher)
    assert thread is not None
    in_hand = prompts.get("greet")
    del prompts
    gc.collect()
    thread.join(LONG)
    assert not thread.is_alive()
    assert gone() is None
    assert words_in(in_hand.render(name="Ada")) == {"one"}
