"""The second form of Python checks: a first parameter that is annotated `Reply` gets the whole reply."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import promptops
from promptops.evals.python_worker import main
from promptops.model.chat.message import ToolCall
from promptops.model.model_call import Reply, Usage
from promptops.model.score import Score

from .fakes import FakeServices, score

WHOLE = Reply(
    "29 people",
    (ToolCall("find", '{"city": "Lyon"}'), ToolCall("broken", "{")),
    Usage(3, 7, 5, 2),
    latency=0.5,
    finish_reason="stop",
    model="m-1",
    reasoning="Hm.",
)
BODY = "\n".join(
    f"    {line}"
    for line in (
        "assert reply.text == str(reply) == '29 people'",
        "assert [call.name for call in reply.tool_calls] == ['find', 'broken']",
        'assert reply.tool_calls[0].arguments == \'{"city": "Lyon"}\'',
        "assert (reply.tool_calls[0].parsed, reply.tool_calls[1].parsed) == ({'city': 'Lyon'}, None)",
        "assert (reply.usage.input_tokens, reply.usage.output_tokens) == (3, 7)",
        "assert (reply.usage.reasoning_tokens, reply.usage.cached_input_tokens, reply.reasoning) == (5, 2, 'Hm.')",
        "assert (reply.cost, reply.latency, reply.finish_reason, reply.model) == (0.25, 0.5, 'stop', 'm-1')",
        "return case['n'] == 1",
    )
)
TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from promptops import Reply\n"
FUTURE = "from __future__ import annotations\n"


def check(code: str, reply: Reply = WHOLE) -> Score:
    options = {"file": "checks.py", "function": "f"}
    services = FakeServices(files={"checks.py": code})
    return score("python", options, reply, services, fields={"n": 1}, cost=0.25)


@pytest.mark.parametrize(
    "head",
    [
        "from promptops import Reply\ndef f(reply: Reply, case: dict) -> bool:",
        "import promptops\ndef f(reply: promptops.Reply, case: dict) -> bool:",
        f"{FUTURE}from promptops import Reply\ndef f(reply: Reply, case: dict) -> bool:",
        f"{FUTURE}{TYPES}def f(reply: Reply, case: dict) -> bool:",
        f"{TYPES}def f(reply: 'Reply', case: dict) -> bool:",
        f"{TYPES}def f(reply: Reply, case: dict) -> bool:",
        "def f(reply: Reply, case):",
        f"{FUTURE}def f(reply: 'promptops.Reply', case: Unknown) -> bool:",
        "from functools import wraps\ndef same(g):\n    @wraps(g)\n    def h(*a): return g(*a)\n    return h\n"
        "@same\ndef f(reply: Reply, case):",
        "def f(reply: 'Reply | None', case):",
        f"{FUTURE}from typing import Optional\ndef f(reply: Optional[Reply], case):",
        "from typing import Annotated, Optional\ndef f(reply: Annotated[Optional[Reply], 'x'], case):",
        "class Check:\n    def __call__(self, reply: Reply, case): return g(reply, case)\n"
        "f = Check()\ndef g(reply, case):",
        "class Check:\n    def m(self, reply: Reply, case): return g(reply, case)\nf = Check().m\ndef g(reply, case):",
        "from functools import partial\ndef h(n, reply: Reply, case): return g(reply, case)\nf = partial(h, 1)\n"
        "def g(reply, case):",
        "def f(*both: Reply): return g(*both)\ndef g(reply, case):",
    ],
)
def test_a_parameter_that_is_annotated_gets_the_whole_reply(head: str) -> None:
    result = check(f"{head}\n{BODY}\n")
    assert (result.status, result.passed, result.reason) == ("scored", True, "")


@pytest.mark.parametrize(
    "head",
    ["def f(reply, case):", "def f(reply: str, case: dict):", f"{FUTURE}def f(reply: str, case):",
     "def f(case, reply: Reply = None):", "f = lambda reply, case:"],
)  # fmt: skip
def test_any_other_gets_the_text(head: str) -> None:
    body = " (reply if isinstance(reply, str) else case) == '29 people'"
    if "case, reply" in head:
        body = " return case == '29 people'"
    elif head.startswith("def") or "def f" in head:
        body = f" return{body}"
    assert check(f"{head}{body}\n").passed


def test_what_is_not_known_is_none() -> None:
    code = (
        "def f(reply: Reply, case):\n    return (reply.tool_calls, reply.finish_reason, reply.usage.output_tokens, "
        "reply.latency, reply.model) == ((), '', None, None, '')\n"
    )
    assert check(code, Reply("x")).passed


def test_arguments_that_are_no_json_are_none() -> None:
    called = Reply("", tuple(ToolCall("f", text) for text in ("{", '{"a": NaN}', "[" * 9000)))
    code = "def f(reply: Reply, case):\n    return [call.parsed for call in reply.tool_calls] == [None] * 3\n"
    assert check(code, called).passed


def test_the_class_is_the_packages_own() -> None:
    code = "from promptops import Reply\ndef f(reply: Reply, case):\n    return type(reply) is Reply\n"
    assert check(code).passed


@pytest.mark.parametrize(
    "body", ["'sorry' not in reply", "len(reply) < 10", "reply == 'x'", "reply != 'x'", "not reply", "bool(reply)"]
)
def test_a_reply_that_is_taken_for_its_text_is_an_error_and_no_answer(body: str) -> None:
    result = check(f"def f(reply: Reply, case):\n    return {body}\n")
    assert result.status == "error"
    assert "a Reply is not a text; its text is reply.text" in result.reason


def test_replies_are_compared_and_kept_as_values() -> None:
    code = (
        "def f(reply: Reply, case):\n    return reply == reply and {reply: 1}[reply] == 1 and 'Reply(' in repr(reply)\n"
    )
    assert check(code).passed


@pytest.mark.parametrize("value", ["numpy.bool_(True)", "numpy.float32(1)", "Decimal(1)", "Fraction(1, 1)"])
def test_numbers_of_other_libraries_are_numbers(value: str) -> None:
    head = "import numpy\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
    code = f"{head}def f(reply, case):\n    return {value}\n"
    assert check(code).passed


def test_a_mistake_in_the_check_is_an_error_at_its_line() -> None:
    result = check("def f(reply: Reply, case):\n    return reply.finish == 'stop'\n")
    assert (result.status, "checks.py line 2: AttributeError" in result.reason) == ("error", True)


def test_importing_it_loads_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); from promptops import Reply\n"
        "print(*sorted(name for name in set(sys.modules) - before if name.startswith('promptops')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    worker = "promptops.evals.python_worker"
    assert done.stdout.split() == ["promptops", "promptops.evals", worker, f"{worker}.reply"]
    assert promptops.Reply.__module__ == f"{worker}.reply"
    assert Path(str(main.__file__)).with_name("reply.py").exists()
