"""The process in which a suite's Python runs; see promptops.evals.python_worker.client.

Started as `python -I main.py`, so it knows the standard library and installed packages, nothing of promptops. One JSON
line in, one out. The first line brings the code, every further one a reply with its case.
"""

from __future__ import annotations

import json
import os
import sys
import types
from collections.abc import Callable
from typing import Any

_MOST_TEXT = 400


def main() -> None:
    """Serve until the other side closes the pipe."""
    # User code may print and read as it likes: the protocol has its own copies of both ends.
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    function: Callable[..., Any] | None = None
    settings: dict[str, Any] = {}
    for line in iter(requests.readline, b""):
        message = json.loads(line)
        if function is None:
            settings = message
            function, answer = _load(settings)
        else:
            answer = _call(function, message, settings)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()
    os._exit(0)  # threads that user code left behind do not keep us


def _load(settings: dict[str, Any]) -> tuple[Callable[..., Any] | None, dict[str, Any]]:
    module = types.ModuleType("promptops_check")
    module.__file__ = settings["file"]
    sys.modules[module.__name__] = module
    try:
        code = compile(settings["code"], settings["file"], "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102  running the suite's code is what this process is for
    except BaseException as exc:
        return None, {"error": _describe_error(exc, settings["file"])}
    found = module.__dict__.get(settings["function"])
    if callable(found):
        return found, {}
    return None, {"error": f"{settings['file']} has no function '{settings['function']}'"}


def _call(function: Callable[..., Any], message: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    try:
        result, reason = function(message["reply"], message["case"]), ""
        if settings["explains"]:
            result, reason = result
        if isinstance(result, (bool, int, float)):
            return {"value": float(result), "reason": reason}
        return {"error": f"{settings['function']} returned {type(result).__name__}, not True, False or a number"}
    except BaseException as exc:
        return {"error": _describe_error(exc, settings["file"])}


def _describe_error(exc: BaseException, file: str) -> str:
    """`checks.py line 3: ValueError: …`."""
    line = exc.lineno if isinstance(exc, SyntaxError) else None
    step = exc.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = step.tb_lineno
        step = step.tb_next
    try:
        text = str(exc)[:_MOST_TEXT]
    except BaseException:
        text = ""
    where = file + (f" line {line}" if line else "")
    return f"{where}: {type(exc).__name__}: {text}".removesuffix(": ")


if __name__ == "__main__":
    main()
