"""Sandboxes that end with their test, and commands for them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from promptops.sandbox.isolation import ProcessIsolation
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox

SERVE = """
import json, mmap, os, signal, subprocess, sys, time
me = os.urandom(8).hex()
{code}
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
"""
MB = 2**20

Make = Callable[..., Sandbox]


def serving(*lines: str) -> list[str]:
    """A command that answers with what a function of these lines returns; its argument is `asked`."""
    code = "def answer(asked):\n" + textwrap.indent("\n".join(lines), "    ")
    return [sys.executable, "-c", SERVE.format(code=code)]


@pytest.fixture(params=[None, ProcessIsolation(network=True)], ids=["open", "isolated"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Limits hold alike whether the command is isolated, where that can be, or not."""
    made: list[Sandbox] = []

    def make(command: list[str], **limits: Any) -> Sandbox:
        limited = SandboxLimits(**{"seconds": 30, "processes": 8, **limits})
        made.append(Sandbox(command, limited, isolation=request.param))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.close()
