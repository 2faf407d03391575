"""Many threads, many tasks and forked processes share the prompts of one application."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from promptops.pins.unsealing import Unsealed, unseal
from promptops.runtime import served_prompt
from promptops.runtime.call import Call
from promptops.runtime.prompts import Prompts
from tests.runtime.scene import said, scene_at
from tests.runtime.versions import loaded, prompts_of, version, words_in

ROOT = Path(__file__).parents[2]
WORDS = {version(f"w{number}").digest: f"w{number}" for number in range(8)}


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns fifty times as often, so that what can come between two steps does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


def is_whole(call: Call) -> bool:
    """Whether all its messages are of the version it names."""
    return words_in(call) == {WORDS[call.version.digest]}


@pytest.mark.usefixtures("hasty")
def test_fifty_threads_get_whole_versions_while_they_are_swapped() -> None:
    prompts, source = prompts_of(loaded({"greet": "w0"}))
    steps = [loaded({"greet": f"w{number % 8}"}, commit=number) for number in range(1, 201)]

    def work(_: int) -> list[Call]:
        calls = []
        for _ in range(40):
            calls.append(prompts.get("greet").render(name="Ada"))
            time.sleep(0)  # the others' turn
        return calls

    with ThreadPoolExecutor(50) as pool:
        found = pool.map(work, range(50))
        for source.next in steps:
            prompts.refresh()
            time.sleep(0)
        calls = [call for each in found for call in each]
    assert prompts.status().changes == 200
    assert len(calls) == 2000
    assert all(map(is_whole, calls))
    assert len({call.version.commit for call in calls}) > 10


@pytest.mark.usefixtures("hasty")
def test_a_hundred_threads_that_ask_first_compile_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def counting(*arguments: object) -> Unsealed:
        opened.append("again")
        return unseal(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(served_prompt, "unseal", counting)
    monkeypatch.setattr(served_prompt, "_compiled", {})
    prompts, _ = prompts_of(loaded({"greet": "w1"}))
    start = threading.Barrier(100)

    def work(_: int) -> Call:
        start.wait()
        return prompts.get("greet").render(name="Ada")

    with ThreadPoolExecutor(100) as pool:
        assert all(map(is_whole, pool.map(work, range(100))))
    assert len(opened) == 1


@pytest.mark.usefixtures("hasty")
def test_threads_that_all_look_are_told_each_change_once() -> None:
    told: list[str | None] = []
    prompts, source = prompts_of(loaded({"greet": "w0"}), on_change=lambda change: told.append(change.commit))
    with ThreadPoolExecutor(20) as pool:
        for number in range(1, 21):
            source.next = loaded({"greet": f"w{number % 8}"}, commit=number)
            list(pool.map(lambda _: prompts.refresh(), range(20)))
    assert len(told) == len(set(told)) == prompts.status().changes == 20
    assert prompts.status().checks == 401


def test_only_so_many_versions_are_kept_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_prompt, "MAX_COMPILED", 3)
    monkeypatch.setattr(served_prompt, "_compiled", {})
    prompts, source = prompts_of(loaded({"greet": "w0"}))
    for number in range(8):
        source.next = loaded({"greet": f"w{number}"}, commit=number)
        prompts.refresh()
        assert is_whole(prompts.get("greet").render(name="Ada"))
    assert [WORDS[digest] for _, digest in served_prompt._compiled] == ["w5", "w6", "w7"]


def test_tasks_of_one_loop_share_them(tmp_path: Path) -> None:
    scene = scene_at(tmp_path / "repository")
    scene.environment({"greet": scene.first})

    async def task(prompts: Prompts, number: int) -> str:
        await asyncio.sleep(0)
        call = prompts.get("greet").render(name=f"{number}")
        await asyncio.sleep(0)
        return str(call.messages()[-1]["content"])

    async def application() -> tuple[list[str], list[str]]:
        prompts = await asyncio.to_thread(lambda: Prompts.from_git(scene.root, env="prod", refresh=None))
        with prompts:
            before = await asyncio.gather(*(task(prompts, number) for number in range(200)))
            scene.environment({"greet": scene.edit("Hi")})
            looking = asyncio.create_task(asyncio.to_thread(prompts.refresh))
            between = await asyncio.gather(*(task(prompts, number) for number in range(200)))
            assert (await looking).fresh
            assert said(prompts) == "Hi, Ada (warm)"
            return before, between

    before, between = asyncio.run(application())
    assert before == [f"Hello, {number} (warm)" for number in range(200)]
    assert all(text.split(",")[0] in ("Hello", "Hi") for text in between)
    assert [text.split(", ")[1] for text in between] == [f"{number} (warm)" for number in range(200)]


# Forks, each in a process of its own: a test run has threads that a fork would cut off.

BEGIN = """\
import os, signal, sys, threading, time
from pathlib import Path
from promptops import Prompts
from promptops.runtime import served_prompt
from tests.runtime.scene import said, scene_at

signal.alarm(60)
folder = Path(sys.argv[1])
scene = scene_at(folder / "repository")
scene.environment({"greet": scene.first, "part": scene.first})
prompts = Prompts.from_git(scene.root, env="prod", refresh=0.05, cache=folder / "cache")

def in_child(work):
    '''Fork; the child does the work and its exit code says how it went. It is given half a minute.'''
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.alarm(30)
        work()
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)

def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def until(true):
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, prompts.status()
        time.sleep(0.005)
"""

WITH_THREADS = (
    BEGIN
    + """
stop = threading.Event()

def busy():
    while not stop.is_set():
        said(prompts)
        served_prompt._compiled.clear()  # so that something is always being compiled
        prompts.get("greet").render(name="Bob")

def work():
    for name, words in (("greet", "Hello"), ("part", "Goodbye")):
        assert said(prompts, name) == f"{words}, Ada (warm)"
    assert prompts.refresh().fresh, prompts.status()

threads = [threading.Thread(target=busy, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
codes = [ended(in_child(work)) for _ in range(20)]
stop.set()
for thread in threads:
    thread.join()
prompts.close()
print(codes == [0] * 20, codes)
"""
)

WITH_LOCKS_HELD = (
    BEGIN
    + """
import jinja2.lexer

held, free = threading.Event(), threading.Event()

def hold():
    with served_prompt._compile_lock, prompts._refresher._check_lock, jinja2.lexer._lexer_cache._wlock:
        held.set()
        free.wait(60)

thread = threading.Thread(target=hold, daemon=True)
thread.start()
held.wait()

def work():
    assert said(prompts) == "Hello, Ada (warm)"
    assert prompts.refresh().fresh, prompts.status()

code = ended(in_child(work))
free.set()
thread.join()
prompts.close()
print(code == 0, code)
"""
)

FOLLOWS = (
    BEGIN
    + """
come, go = os.pipe()

def work():
    os.close(come)
    changed = threading.Event()
    prompts.on_change(lambda change: changed.set())
    own = prompts._refresher._thread
    assert own is not None and own.is_alive()
    os.write(go, b"x")
    assert changed.wait(25), prompts.status()
    assert said(prompts) == "Hi, Ada (warm)"
    with_grandchild = ended(in_child(lambda: prompts.refresh().fresh or 1 / 0))
    assert with_grandchild == 0
    prompts.close()
    assert not own.is_alive()

child = in_child(work)
os.close(go)
os.read(come, 1)
scene.environment({"greet": scene.edit("Hi"), "part": scene.first})
code = ended(child)
until(lambda: said(prompts) == "Hi, Ada (warm)")
prompts.close()
closed = in_child(lambda: prompts._refresher._thread is None or 1 / 0)
print(code == 0 and ended(closed) == 0, code)
"""
)

WITH_A_POOL = (
    BEGIN
    + """
import multiprocessing

def fill(number):
    return prompts.get("greet").render(name=str(number)).messages()[-1]["content"], os.getpid()

with multiprocessing.get_context("fork").Pool(2) as pool:
    found = pool.map(fill, range(200), chunksize=10)
    pool.close()
    pool.join()
prompts.close()
texts, processes = [text for text, _ in found], {process for _, process in found}
print(texts == [f"Hello, {number} (warm)" for number in range(200)] and os.getpid() not in processes)
"""
)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize(
    "script",
    [WITH_THREADS, WITH_LOCKS_HELD, FOLLOWS, WITH_A_POOL],
    ids=["busy threads", "locks held", "the child follows", "a pool"],
)
def test_a_forked_process_goes_on_by_itself(tmp_path: Path, script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()[:1]) == (0, ["True"]), done.stdout + done.stderr
