"""The process in which a suite's Python runs; see promptops.evals.python_worker.client.

Started as `python -I main.py`, so it knows the standard library and installed packages; of promptops only `reply.py`
beside it. One JSON line in, one out. The first line brings the code, every further one a reply with its case.
"""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import types
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

_MOST_TEXT = 4_000
"""Characters of an error: more than are shown, for what may be a key is taken out before it is shortened."""
_TAKES_ANY_NUMBER = 0x04
"""Of `co_flags`: there is a parameter `*args`."""
_ANNOTATIONS = "annotationlib"
"""New in Python 3.14."""
_REPLY = "promptops.evals.python_worker.reply"
"""What `promptops.Reply` is loaded from: a check that imports it gets the class that it is given, and nothing else."""


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
    # Known without an import, as in a file that imports it for type checkers only.
    module.__dict__["Reply"] = _reply_module().Reply
    sys.modules[module.__name__] = module
    try:
        code = compile(settings["code"], settings["file"], "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102  running the suite's code is what this process is for
    except BaseException as exc:
        return None, {"error": _describe_error(exc, settings["file"])}
    found = module.__dict__.get(settings["function"])
    if callable(found):
        settings["takes_reply"] = _takes_reply(found)
        return found, {}
    return None, {"error": f"{settings['file']} has no function '{settings['function']}'"}


def _reply_module() -> Any:
    spec = spec_from_file_location(_REPLY, os.path.join(os.path.dirname(os.path.abspath(__file__)), "reply.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[_REPLY] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _takes_reply(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated `Reply`: as a class, as its name, or with others (`Reply | None`)."""
    function, given = _unwrapped(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    names = code.co_varnames[given : code.co_argcount]
    if not names and code.co_flags & _TAKES_ANY_NUMBER:
        names = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
    annotation = _annotations(function).get(names[0]) if names else None
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return re.search(rf"(?<!\w)(?:Reply|{_reply().__name__})(?!\w)", text) is not None


def _unwrapped(function: Any) -> tuple[Any, int]:
    """The function that is called in the end, and how many of its first arguments are given already (`self`)."""
    given = 0
    while True:
        if (inner := getattr(function, "__wrapped__", None)) is not None:
            function = inner
        elif isinstance(function, functools.partial):
            function, given = function.func, given + len(function.args)
        elif (inner := getattr(function, "__func__", None)) is not None:
            function, given = inner, given + 1
        elif not hasattr(function, "__code__") and hasattr(type(function).__call__, "__code__"):
            function, given = type(function).__call__, given + 1
        else:
            return function, given


def _annotations(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return function.__annotations__
    except NameError:  # from Python 3.14 on they are worked out now, and some names only type checkers know
        annotationlib = import_module(_ANNOTATIONS)
        found: Mapping[str, Any] = annotationlib.get_annotations(function, format=annotationlib.Format.STRING)
        return found


def _reply() -> Any:
    return sys.modules[_REPLY].Reply


def _call(function: Callable[..., Any], message: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    try:
        reply = message["reply"]
        if settings["takes_reply"]:
            reply = sys.modules[_REPLY].from_data({"text": reply, **message["details"]})
        result, reason = function(reply, message["case"]), ""
        if settings["explains"]:
            result, reason = result
        if isinstance(result, (bool, int, float)) or hasattr(type(result), "__float__"):  # numpy's, decimals
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
