from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from promptops.templating.json_schema.pattern_process import PatternProcess
from promptops.templating.json_schema.pattern_search import PatternStoppedError

ENDLESS = ("(a|aa)+$", "a" * 200 + "!")


def test_a_search_without_an_end_is_stopped_and_the_next_one_is_answered() -> None:
    process = PatternProcess()
    assert process.search(r"(?>a+)b", "aab")
    with pytest.raises(PatternStoppedError, match="took longer than 1 s"):
        process.search(*ENDLESS)
    assert not process.search(r"(?>a+)b", "aa")


def test_threads_get_their_own_answers() -> None:
    process = PatternProcess()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: process.search("^[02468]+$", str(number)), range(60)))
    assert found == [set(str(number)) <= set("02468") for number in range(60)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_asks_a_process_of_its_own() -> None:
    process = PatternProcess()
    assert process.search("a", "a")
    with process._lock:  # held by a thread that the fork does not have
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if process.search("b", "b") else 1)
            finally:
                os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert process.search("c", "c")
