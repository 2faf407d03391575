"""Patterns that may run for ever, in a process that is killed after a second.

Patterns of schemas come here when no engine bounds them; an evaluator's `matches` always does (see
promptops.evals.evaluators.text_pattern).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from threading import Lock

from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError
from promptops.templating.json_schema.pattern_search import PatternStoppedError

SECONDS = 1.0
START_SECONDS = 30.0
_COMMAND = (sys.executable, "-I", "-X", "utf8", str(Path(__file__).with_name("pattern_worker.py")))


def pattern_sandbox(seconds: float) -> Sandbox:
    """The process, not started yet: it is asked `{}` first, and has `seconds` for each search."""
    return Sandbox(_COMMAND, SandboxLimits(seconds=seconds))


class PatternProcess:
    """`re.search` with limits. Started at the first use, and again by the next one after it was killed."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._lock = Lock()
        self._sandbox = pattern_sandbox(SECONDS)
        self._started_by = os.getpid()

    def search(self, pattern: str, text: str) -> bool:
        """Whether the pattern is found in the text. Raises PatternStoppedError."""
        if self._started_by != os.getpid():  # a fork of us has its own, and its copy of the lock may be held for ever
            self._begin()
        with self._lock:
            try:
                if not self._sandbox.is_running:
                    self._sandbox.start()
                    self._sandbox.ask({}, start_seconds=START_SECONDS)
                return self._sandbox.ask({"pattern": pattern, "text": text}).get("found") is not None
            except SandboxError as exc:
                raise PatternStoppedError(str(exc)) from exc


PATTERN_PROCESS = PatternProcess()
