"""The process in which a model written in Python runs; see promptops.providers.python_model.provider.

It knows the standard library and installed packages. One JSON line in, one out: the first brings the code, every
further one a request.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import traceback
import types
from typing import Any

_MOST_TEXT = 4_000
"""Characters of an error: more than are shown, for what may be a key is taken out before it is shortened."""


def main() -> None:
    """Serve until the other side closes the pipe."""
    # The function may print and read as it likes: the lines have copies of both ends of their own.
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for end in (0, 1):
        os.dup2(nothing, end)
    program = json.loads(questions.readline())
    function: Any = None
    try:
        function = _load(**program)
        answer: dict[str, Any] = {}
    except BaseException as exc:
        answer = _failure(exc, program["file"])
    while True:
        answers.write(_as_line(answer, program["file"]))
        answers.flush()
        if not (line := questions.readline()):
            os._exit(0)  # threads that it left behind do not keep us
        answer = _call(function, json.loads(line), program["file"])


def _load(code: str, file: str, function: str) -> Any:
    module = types.ModuleType("promptops_model")
    module.__file__ = file
    sys.modules[module.__name__] = module
    exec(compile(code, file, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  it is what this process is for
    return getattr(module, function)


def _call(function: Any, request: dict[str, Any], file: str) -> dict[str, Any]:
    try:
        reply = function(request)
        if inspect.isawaitable(reply):
            reply = asyncio.run(_awaited(reply))
        return {"reply": reply}
    except BaseException as exc:
        return _failure(exc, file)


async def _awaited(reply: Any) -> Any:
    return await reply


def _as_line(answer: dict[str, Any], file: str) -> bytes:
    try:
        text = json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        text = json.dumps({"error": f"{file}: the reply is no plain data: {exc}"[:_MOST_TEXT]})
    return text.encode() + b"\n"


def _failure(exc: BaseException, file: str) -> dict[str, Any]:
    """The last line of the traceback, with the line of the file: `app/model.py line 3: ValueError: …`."""
    steps = [step.lineno for step in traceback.extract_tb(exc.__traceback__) if step.filename == file]
    number = exc.lineno if isinstance(exc, SyntaxError) else steps[-1] if steps else None
    try:
        last = traceback.format_exception_only(exc)[-1].strip()
    except BaseException:
        last = type(exc).__name__
    where = file + (f" line {number}" if number else "")
    return {"error": f"{where}: {last}"[:_MOST_TEXT], "may_pass": isinstance(exc, TimeoutError | ConnectionError)}


if __name__ == "__main__":
    main()
