"""Commands that take more than they may: each ends in a sentence, with all it started, and hurts nobody else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError
from promptops.sandbox.supervisor import SUPERVISOR

from .conftest import MB, Make, serving

posix = pytest.mark.skipif(os.name != "posix", reason="only time is limited there")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only there /proc says what a process uses")


def stopped(sandbox: Sandbox, **question: Any) -> SandboxError:
    with pytest.raises(SandboxError) as caught:
        sandbox.ask(question)
    assert not sandbox.is_running
    return caught.value


def has_ended(pid: int) -> bool:
    """Gone, or dead and waiting for whoever inherited it."""
    for _ in range(500):
        try:
            if Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def outside(sandbox: Sandbox, pid: int) -> int:
    """The number by which we know the process that its sandbox knows by this one."""
    job = sandbox._job
    assert job is not None
    own = SUPERVISOR._processes()[job.process.pid]
    last = {each: Path(f"/proc/{each}/status").read_text("utf-8").split("NSpid:")[1].split("\n")[0] for each in own}
    return next(each for each, numbers in last.items() if int(numbers.split()[-1]) == pid)


# Asking


def test_one_line_in_one_line_out(sandbox: Make) -> None:
    echo = sandbox(serving("return {'me': me, **asked}"), answer=20 * MB)
    first = echo.ask({"text": "ä \ud800\n\u2028 🏴", "more": [1, None, {"a": 0.5}]})
    assert (first["text"], first["more"]) == ("ä \ud800\n\u2028 🏴", [1, None, {"a": 0.5}])
    long = "x" * 5_000_000
    assert echo.ask({"long": long}) == {"me": first["me"], "long": long}


def test_a_question_that_json_cannot_say_leaves_the_process_alone(sandbox: Make) -> None:
    echo = sandbox(serving("return asked"))
    with pytest.raises(TypeError):
        echo.ask({"it": object()})
    assert echo.ask({"it": 1}) == {"it": 1}


def test_it_can_be_started_again_after_whatever_happened(sandbox: Make) -> None:
    one = sandbox(serving("return {'me': me} if asked else os._exit(3)"))
    first = one.ask({"a": 1})["me"]
    assert (str(stopped(one)), stopped(one).limit) == ("ended without an answer", "")
    one.start()
    assert one.ask({"a": 1})["me"] != first


def test_what_was_not_started_or_is_not_there_is_told() -> None:
    one = Sandbox(serving("return asked"), SandboxLimits())
    assert "is not running" in str(stopped(one))
    one.close()
    with pytest.raises(SandboxError, match="cannot be started: there is no program /nowhere/node"):
        Sandbox(["/nowhere/node", "app.js"], SandboxLimits()).start()


@pytest.mark.parametrize("printed", ["[1]", "nothing", "", "{}\\n{}", "[" * 100_000])
def test_whatever_is_no_object_is_no_answer(sandbox: Make, printed: str) -> None:
    one = sandbox([sys.executable, "-c", f"input(); print('{printed}', flush=True); input()"], answer=MB)
    assert str(stopped(one)) == "gave no proper answer"


@linux
def test_a_command_that_ends_is_not_waited_for_though_what_it_started_holds_its_output(sandbox: Make) -> None:
    one = sandbox(serving("subprocess.Popen(['sleep', '60'])", "os._exit(1)"))
    assert str(stopped(one)) == "ended without an answer"


# Limits


def test_time(sandbox: Make) -> None:
    one = sandbox(serving("time.sleep(60)"), seconds=0.3)
    error = stopped(one)
    assert (str(error), error.limit) == ("took longer than 0.3 s", "seconds")


def test_time_of_all_calls_together_without_those_that_get_it_ready(sandbox: Make) -> None:
    one = sandbox(serving("time.sleep(asked['s']); return asked"), total_seconds=0.2)
    assert one.ask({"s": 0.3}, start_seconds=30)
    assert one.ask({"s": 0.3})
    with pytest.raises(SandboxError, match=r"took 0.2 s for the calls before") as caught:
        one.ask({"s": 0})
    assert caught.value.limit == "total_seconds"
    with pytest.raises(SandboxError, match="gets no more"):
        one.start()


@posix
def test_processor_time(sandbox: Make) -> None:
    error = stopped(sandbox(serving("while True: pass"), processor_seconds=1))
    assert (str(error), error.limit) == ("needs more than 1 s of processor time", "processor_seconds")


@linux
def test_memory_in_use(sandbox: Make) -> None:
    one = sandbox(serving("big = b'x' * asked['size']", "time.sleep(60 if big else 0)", "return {}"), memory=200 * MB)
    assert one.ask({"size": 0}) == {}
    error = stopped(one, size=400 * MB)
    assert (str(error), error.limit) == ("needs more than 200 MB of memory", "memory")


@linux
def test_memory_that_is_only_reserved_is_not_counted(sandbox: Make) -> None:
    reserve = "room = mmap.mmap(-1, 10 * 2**30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)"  # MAP_NORESERVE
    one = sandbox(serving(reserve, "time.sleep(0.3)", "return {'reserved': len(room)}"), memory=100 * MB)
    assert one.ask({}) == {"reserved": 10 * 2**30}


@linux
def test_memory_of_all_its_processes_is_added_up_and_what_they_share_counts_once(sandbox: Make) -> None:
    fork = """
big = b'x' * asked['mine']
for _ in range(3):
    if os.fork() == 0:
        own = b'y' * asked['theirs']
        time.sleep(60)
time.sleep(60 if asked['theirs'] else 1)
return {}
"""
    assert sandbox(serving(fork), memory=300 * MB).ask({"mine": 150 * MB, "theirs": 0}) == {}
    assert stopped(sandbox(serving(fork), memory=300 * MB), mine=0, theirs=120 * MB).limit == "memory"


@linux
def test_processes(sandbox: Make, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    start = f"""
with open({str(note)!r}, 'a') as file:
    for _ in range(asked['many']):
        print(subprocess.Popen(['sleep', '60']).pid, file=file, flush=True)
time.sleep(asked['wait'])
return {{}}
"""
    one = sandbox(serving(start), processes=4, file_size=MB)
    assert one.ask({"many": 3, "wait": 0.2}) == {}
    pids = [outside(one, int(pid)) for pid in note.read_text("utf-8").split()]
    error = stopped(one, many=2, wait=60)
    assert (str(error), error.limit) == ("starts more than 3 other processes", "processes")
    assert all(has_ended(pid) for pid in pids)


@posix
def test_file_size(sandbox: Make, tmp_path: Path) -> None:
    file = tmp_path / "big"
    write = f"open({str(file)!r}, 'wb').write(b'x' * asked['size'])"
    careless = "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)"  # as most programs, unlike Python, have it
    assert sandbox(serving(write, "return {}"), file_size=MB).ask({"size": MB // 2}) == {}
    error = stopped(sandbox(serving(careless, write), file_size=MB), size=4 * MB)
    assert (str(error), error.limit) == ("writes a file of more than 1 MB", "file_size")
    assert file.stat().st_size <= 2 * MB


def test_a_flood_of_output(sandbox: Make) -> None:
    noise = "sys.stderr.write('x' * 1_000_000)"
    one = sandbox(serving(noise, "return {'long': 'x' * asked['size']}"), answer=100_000)
    assert one.ask({"size": 90_000})
    error = stopped(one, size=5_000_000)
    assert (str(error), error.limit) == ("answers with more than 100,000 bytes", "answer")
    unasked = sandbox([sys.executable, "-c", "while True: print('{}')"])
    assert str(stopped(unasked)) in ("gave no proper answer", "answers with more than 65,536 bytes")


# Nothing is left behind, nothing is told


def test_it_ends_with_close_and_with_whoever_held_it(sandbox: Make) -> None:
    one = sandbox(serving("return asked"))
    job = one._job
    assert job is not None
    one.close()
    one.close()
    assert job.process.returncode is not None
    other = Sandbox(serving("return asked"), SandboxLimits())
    other.start()
    job = other._job
    assert job is not None
    del other
    assert job.process.returncode is not None


@linux
@pytest.mark.parametrize("more", ["", "process_group=0", "start_new_session=True"])
def test_what_it_started_ends_with_it(sandbox: Make, more: str) -> None:
    one = sandbox(serving(f"return {{'child': subprocess.Popen(['sleep', '60'], {more}).pid}}"))
    child = outside(one, one.ask({})["child"])
    one.close()
    assert has_ended(child)


@linux
def test_no_look_is_taken_where_nothing_runs() -> None:
    for job in list(SUPERVISOR._jobs):  # those that live as long as the program: they start again when they are needed
        SUPERVISOR.remove(job)
    one = Sandbox(serving("return asked"), SandboxLimits())
    one.start()
    thread = SUPERVISOR._thread
    assert thread is not None
    one.close()
    thread.join(30)
    assert SUPERVISOR._thread is None
    one.start()
    assert one.ask({"a": 1}) == {"a": 1}
    one.close()


def test_no_key_is_passed_on(sandbox: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "HOME", "PYTHONPATH", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, "a secret")
    found = sandbox(serving("return dict(os.environ)")).ask({})
    assert "PATH" in found
    assert "a secret" not in found.values()


PARENT = """
import json, sys, time
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox
one = Sandbox(json.loads(sys.argv[1]), SandboxLimits(processes=8))
one.start()
print(json.dumps(one.ask({"first": True})), flush=True)
one.ask({})
"""
BUSY = """
import re
if asked:
    return {'pids': [os.getpid(), subprocess.Popen(['sleep', '60']).pid]}
re.match('(a+)+$', 'a' * 60 + '!')
"""


@linux
def test_a_busy_command_ends_when_we_are_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, json.dumps(serving(BUSY))], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = json.loads(parent.stdout.readline())["pids"]
        time.sleep(0.2)  # it is at work
        parent.send_signal(signal.SIGKILL)
    assert all(has_ended(pid) for pid in pids)


FORKED = """
import json, os, sys
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox
command = json.loads(sys.argv[1])
one = Sandbox(command, SandboxLimits())
one.start()
ours = one.ask({"who": "we"})
child = os.fork()
if not child:
    assert not one.is_running
    one.start()
    assert one.ask({"who": "fork"}) != ours
    del one
    other = Sandbox(command, SandboxLimits(seconds=0.2))
    other.start()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert one.ask({"who": "we"}) == ours
"""


@posix
def test_a_fork_of_us_neither_uses_nor_ends_what_we_started() -> None:
    script = [sys.executable, "-W", "ignore", "-c", FORKED, json.dumps(serving("return {'pid': os.getpid()}"))]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


# Any command

NODE = """
require('readline').createInterface({input: process.stdin}).on('line', async line => {
  const reply = await fetch(JSON.parse(line).url);
  console.log(JSON.stringify({status: reply.status, text: await reply.text()}));
});
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_node_script_that_fetches(sandbox: Make, httpserver: HTTPServer, tmp_path: Path) -> None:
    """Its WebAssembly reserves gigabytes of addresses: with a limit on those it would not even start."""
    httpserver.expect_request("/hello").respond_with_data("Hello")
    script = tmp_path / "app.js"
    script.write_text(NODE, "utf-8")
    one = sandbox(["node", str(script)])
    assert one.ask({"url": httpserver.url_for("/hello")}) == {"status": 200, "text": "Hello"}
