"""The process in which templates of people we do not know are filled; see promptops.templating.isolated.

Started as `python -m promptops.templating.worker SECONDS MEMORY MOST`. It says that it is ready, then one JSON line in,
one out: `{renderer, closure | case | values | text + fields}` → `{texts}`, `{}` or `{error, where, hint}`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import RenderError
from promptops.model.prompt import Input, Message, Prompt
from promptops.model.suite import Case
from promptops.templating.closure import Closure
from promptops.templating.render import Renderer

READY = b"ready\n"


def main() -> None:
    """Serve until the other side closes the pipe."""
    seconds, memory, most = (int(word) for word in sys.argv[1:4])
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _limit(memory)
    answers.write(READY)
    answers.flush()
    renderers: dict[int, Renderer] = {}
    for line in iter(requests.readline, b""):
        _limit_time(seconds)
        answers.write(json.dumps(_answer(renderers, json.loads(line), most)).encode() + b"\n")
        answers.flush()


def closure_data(closure: Closure) -> dict[str, Any]:
    """What a renderer needs of a closure, as JSON data."""
    prompt = closure.prompt
    return {
        "id": prompt.id,
        "path": str(prompt.path),
        "plain": prompt.plain,
        "messages": [[message.role, message.content] for message in prompt.messages],
        "inputs": [[each.name, each.schema, each.required, each.default] for each in prompt.inputs],
        "templates": dict(closure.templates),
        "references": {name: dict(paths) for name, paths in closure.references.items()},
    }


def _closure(data: Mapping[str, Any]) -> Closure:
    prompt = Prompt(
        id=data["id"],
        path=PurePosixPath(data["path"]),
        plain=data["plain"],
        messages=tuple(Message(role, content) for role, content in data["messages"]),
        inputs=tuple(Input(*each) for each in data["inputs"]),
    )
    return Closure(prompt, data["templates"], data["references"])


def _answer(renderers: dict[int, Renderer], asked: Mapping[str, Any], most: int) -> dict[str, Any]:
    try:
        if "closure" in asked:
            renderers[asked["renderer"]] = Renderer(_closure(asked["closure"]))
            return {}
        texts = _texts(renderers[asked["renderer"]], asked)
    except RenderError as exc:
        return {"error": str(exc.args[0]), "where": exc.where, "hint": exc.hint, "memory": _lacked_memory(exc)}
    except MemoryError:
        return {"error": "", "memory": True}
    if sum(map(len, texts)) > most:
        return {"error": f"it makes a text of more than {most:,} characters", "hint": "is a loop too long?"}
    return {"texts": texts}


def _texts(renderer: Renderer, asked: Mapping[str, Any]) -> list[str]:
    if "text" in asked:
        return [renderer.text(asked["text"], asked["fields"])]
    if "case" in asked:
        return [message.content for message in renderer.render_case(Case("", asked["case"]))]
    return [message.content for message in renderer.render(asked["values"])]


def _lacked_memory(exc: RenderError) -> bool:
    return isinstance(exc.__cause__, MemoryError)


def _limit(memory: int) -> None:
    """Memory in bytes; no files are written and no process is started. Windows has no such limits."""
    try:
        import resource
    except ImportError:
        return
    wanted = {"RLIMIT_AS": memory, "RLIMIT_NPROC": 0, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, size in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (size, size))
        except (ValueError, OSError, AttributeError):
            continue  # macOS refuses the one for memory


def _limit_time(seconds: int) -> None:
    """End this process by itself should nobody be left to kill it: so many seconds of work from now on."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 2, hard))


if __name__ == "__main__":
    main()
    os._exit(0)  # there is nothing to tidy up
