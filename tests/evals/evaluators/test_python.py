from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import PromptError
from promptops.evals import reply_scoring
from promptops.evals.evaluators.base import Subject
from promptops.evals.python_worker import client
from promptops.model.model_call import Reply
from promptops.model.score import Score
from promptops.model.suite import Case

from .fakes import FakeServices, criterion, prompt, score, score_all

HOLD = """
import fcntl
file = open({file!r}, 'w')
fcntl.flock(file, fcntl.LOCK_EX)
"""
"""What a process locks, which has a number of its own in its namespace, stays locked as long as it lives."""

posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")


def check(code: str, reply: str = "the reply", *, timeout: float = 5, fields: dict[str, Any] | None = None) -> Score:
    options = {"file": "checks.py", "function": "f", "timeout": timeout}
    return score("python", options, reply, FakeServices(files={"checks.py": code}), fields=fields)


def body(*lines: str) -> str:
    return "def f(reply, case):\n" + "".join(f"    {line}\n" for line in lines)


def subjects(*replies: str) -> list[Subject]:
    return [Subject(Reply(reply), Case("c", {}), prompt()) for reply in replies]


@pytest.mark.parametrize(
    ("expression", "value"), [("True", 1), ("False", 0), ("0.25", 0.25), ("1", 1), ("0", 0), ("len(reply) / 18", 0.5)]
)
def test_what_the_function_returns_is_the_score(expression: str, value: float) -> None:
    result = check(body(f"return {expression}"))
    assert (result.value, result.passed) == (value, value >= 1)


def test_reply_and_fields_arrive_as_they_are() -> None:
    reply = 'quotes " \n newline \u2028 é 🏴 \ud800 {{ x }}'
    fields = {"n": 2.5, "list": [1, None, True], "nested": {"é": "x"}}
    code = body(f"return reply == {reply!r} and case == {fields!r}")
    assert check(code, reply, fields=fields).passed


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (body("x = 1", "return 1 / 0"), "checks.py line 3: ZeroDivisionError: division by zero"),
        ("import json\n" + body("return json.loads(reply)"), "checks.py line 3: JSONDecodeError"),
        (body("return None"), "f returned NoneType"),
        (body("return 'yes'"), "f returned str"),
        (body("return (1, 'why')"), "f returned tuple"),
        (body("return 2"), "the score is 2.0, not between 0 and 1"),
        (body("return -0.1"), "not between 0 and 1"),
        (body("return float('nan')"), "the score is nan"),
        (body("return float('inf')"), "the score is inf"),
        (body("return 10 ** 400"), "OverflowError"),
        (body("raise SystemExit(0)"), "SystemExit"),
        (body("raise KeyboardInterrupt"), "KeyboardInterrupt"),
        (body("return f(reply, case)"), "RecursionError"),
        (body("import os; os._exit(0)"), "ended without an answer"),
        ("def f(reply, case)\n    return 1\n", "checks.py line 1: SyntaxError"),
        ("import nothing_of_that_name\n", "checks.py line 1: ModuleNotFoundError"),
        ("def g(reply, case): return 1\n", "checks.py has no function 'f'"),
        ("f = 3\n", "checks.py has no function 'f'"),
        ("import os; os._exit(3)\n", "ended while it was loaded"),
        ("def f(reply): return True\n", "TypeError"),
    ],
)
def test_whatever_goes_wrong_is_an_error_that_says_where(code: str, reason: str) -> None:
    result = check(code)
    assert (result.status, result.value, result.passed) == ("error", None, None)
    assert reason in result.reason


def test_a_missing_file_is_an_error() -> None:
    result = score("python", {"file": "gone.py", "function": "f"}, "x")
    assert result.status == "error"
    assert "gone.py" in result.reason


@pytest.mark.parametrize("options", [{"function": "no dates"}, {"function": "f", "timeout": 0.0}])
def test_options_that_make_no_sense_are_refused_before_the_run(options: dict[str, Any]) -> None:
    with pytest.raises(PromptError):
        score("python", {"file": "checks.py", **options}, "x")


def test_prints_and_reads_do_not_disturb() -> None:
    code = "import os, sys\nprint('{\"value\": 1}')\n" + body(
        'print(\'{"value": 0.0, "reason": ""}\', flush=True)',
        "os.write(1, b'noise\\n'); os.write(2, b'noise\\n'); os.system('echo noise')",
        "sys.stderr.write('x' * 200_000)",
        "return sys.stdin.read() == '' and reply == 'b'",
    )
    options = {"file": "checks.py", "function": "f"}
    scores = asyncio.run(score_all("python", options, subjects("a", "b", "a"), FakeServices(files={"checks.py": code})))
    assert [each.passed for each in scores] == [False, True, False]


def test_many_at_once_each_get_their_own_answer_from_one_process() -> None:
    code = "import os\npids = set()\n" + body(
        "pids.add(os.getpid())", "return float(reply) if len(pids) == 1 else None"
    )
    replies = [str(n / 100) for n in range(100)]
    options = {"file": "checks.py", "function": "f"}
    scores = asyncio.run(score_all("python", options, subjects(*replies), FakeServices(files={"checks.py": code})))
    assert [each.value for each in scores] == [n / 100 for n in range(100)]


def test_too_slow_is_an_error_and_the_next_reply_is_answered() -> None:
    code = body("while reply == 'slow': pass", "return True")
    options = {"file": "checks.py", "function": "f", "timeout": 0.3}
    services = FakeServices(files={"checks.py": code})
    scores = asyncio.run(score_all("python", options, subjects("a", "slow", "b"), services))
    assert [each.status for each in scores] == ["scored", "error", "scored"]
    assert scores[1].reason == "checks.py took longer than 0.3 s"


def test_a_check_that_is_always_too_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MOST_TIMEOUTS", 2)
    options = {"file": "checks.py", "function": "f", "timeout": 0.1}
    services = FakeServices(files={"checks.py": body("while True: pass")})
    scores = asyncio.run(score_all("python", options, subjects(*"abcd"), services))
    assert all(each.status == "error" for each in scores)
    assert "in a row" in scores[3].reason


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory")
def test_too_much_memory_is_an_error_and_the_next_reply_is_answered() -> None:
    code = body(
        "big = b'x' * 700_000_000 if reply == 'big' else b''", "import time", "time.sleep(len(big))", "return not big"
    )
    options = {"file": "checks.py", "function": "f"}
    scores = asyncio.run(score_all("python", options, subjects("big", "b"), FakeServices(files={"checks.py": code})))
    assert scores[0].reason == "checks.py needs more than 512 MB of memory"
    assert scores[1].passed


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory")
def test_memory_eaten_in_small_bites_is_an_error_too() -> None:
    result = check(body("eaten = []", "while True: eaten.append(str(len(eaten)) * 50)"), timeout=60)
    assert result.status == "error"
    assert "memory" in result.reason or "without an answer" in result.reason


@posix
def test_a_huge_file_is_an_error_at_its_line(tmp_path: Path) -> None:
    code = body(f"with open({str(tmp_path / 'big')!r}, 'wb') as file:", "    file.truncate(int(reply))", "return True")
    assert check(code, str(2**20)).passed
    assert "checks.py line 3: OSError: [Errno 27]" in check(code, str(2**30)).reason


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count processes")
def test_more_processes_than_allowed_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LIMITS", replace(client.LIMITS, processes=3))
    code = "import subprocess\n" + body(
        "all(subprocess.Popen(['sleep', '60']).wait for _ in range(5))", "while True: pass"
    )
    assert check(code, timeout=60).reason == "checks.py starts more than 2 other processes"


def test_no_secret_of_the_environment_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    code = "import os\n" + body(
        "return not [k for k, v in os.environ.items() if 'secret' in v or k.startswith('PYTHON')]"
    )
    assert check(code).passed


def test_dataclasses_and_future_imports_work() -> None:
    code = "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n"
    assert check(code + body("return A(1).x == 1")).passed


def test_the_file_is_compiled_by_its_own_rules() -> None:
    code = "def f(reply: str, case: dict) -> bool:\n    return f.__annotations__['reply'] is str\n"
    assert check(code).passed


@posix
def test_nothing_is_left_behind(tmp_path: Path) -> None:
    held = tmp_path / "held"
    code = (
        HOLD.format(file=str(held))
        + "import subprocess, sys\n"
        + body(
            "child = 'import time; time.sleep(60)'",
            "subprocess.Popen([sys.executable, '-c', child], pass_fds=[file.fileno()], start_new_session=True)",
            "return True",
        )
    )
    assert check(code).passed
    assert _let_go(held)


@posix
def test_ending_is_quiet(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who bury one process make asyncio complain; a pause after the kill gives both their chance."""
    kill = os.killpg

    def kill_and_wait(group: int, number: int) -> None:
        kill(group, number)
        time.sleep(0.02)

    monkeypatch.setattr(os, "killpg", kill_and_wait)
    for code in [body("return True"), body("import os; os._exit(0)"), body("1 / 0")] * 5:
        check(code)
    assert not caplog.records


@posix
def test_a_cancelled_call_ends_its_process_and_the_next_answer_is_its_own(tmp_path: Path) -> None:
    held, note = tmp_path / "held", tmp_path / "note"
    code = (
        HOLD.format(file=str(held))
        + "import time\n"
        + body(
            f"open({str(note)!r}, 'w').write(reply)",
            "time.sleep(30 if reply == 'slow' else 0)",
            "return reply == 'b'",
        )
    )
    asked = criterion("python", {"file": "checks.py", "function": "f"})

    async def run() -> Score:
        evaluators = reply_scoring.build_all([asked], FakeServices(files={"checks.py": code}))
        slow, fast = subjects("slow", "b")
        task = asyncio.create_task(reply_scoring.evaluate(evaluators[asked.name], asked, slow))
        while not note.exists() or not note.read_text():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert _let_go(held)
        result = await reply_scoring.evaluate(evaluators[asked.name], asked, fast)
        await reply_scoring.close_all(evaluators.values())
        await reply_scoring.close_all(evaluators.values())
        return result

    assert asyncio.run(run()).passed


def _let_go(held: Path) -> bool:
    """Whether the process that locked the file is gone, and all that inherited its lock."""
    import fcntl

    with held.open() as file:
        for _ in range(500):
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(0.02)
    return False
