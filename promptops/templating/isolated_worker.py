"""The process that renders untrusted templates; see promptops.templating.isolated_renderer.

Started as `python -m promptops.templating.isolated_worker MOST_CHARACTERS`. One JSON line in, one out:
`{}`, as soon as it is ready, → `{}`; `{renderer, closure | case | values | text + fields}` → `{filled}` (for each
message its texts, null where it is left out), `{}` or `{error, where, hint, stopped}`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import RenderError
from promptops.model.chat.template_data import item_from_data, item_to_data
from promptops.model.prompt import Input, Prompt
from promptops.model.suite import Case
from promptops.templating.assembly import Filled
from promptops.templating.closure import Closure
from promptops.templating.render import Renderer
from promptops.templating.renderer_protocol import RenderStoppedError


def main() -> None:
    """Serve until the other side closes the pipe."""
    most, requests, answers = int(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer
    _forbid_processes()
    renderers: dict[int, Renderer] = {}
    for line in iter(requests.readline, b""):
        answers.write(json.dumps(_answer(renderers, json.loads(line), most)).encode() + b"\n")
        answers.flush()


def closure_data(closure: Closure) -> dict[str, Any]:
    """What a renderer needs of a closure, as JSON data."""
    prompt = closure.prompt
    return {
        "id": prompt.id,
        "path": str(prompt.path),
        "plain": prompt.plain,
        "messages": [item_to_data(item) for item in prompt.messages],
        "inputs": [[each.name, each.schema, each.required, each.default] for each in prompt.inputs],
        "templates": dict(closure.templates),
        "references": {name: dict(paths) for name, paths in closure.references.items()},
        "format": closure.sealed_format,
    }


def _closure(data: Mapping[str, Any]) -> Closure:
    prompt = Prompt(
        id=data["id"],
        path=PurePosixPath(data["path"]),
        plain=data["plain"],
        messages=tuple(map(item_from_data, data["messages"])),
        inputs=tuple(Input(*each) for each in data["inputs"]),
    )
    return Closure(prompt, data["templates"], data["references"], data["format"])


def _answer(renderers: dict[int, Renderer], asked: Mapping[str, Any], most: int) -> dict[str, Any]:
    if not asked:
        return {}
    try:
        if "closure" in asked:
            renderers[asked["renderer"]] = Renderer(_closure(asked["closure"]), may_be_killed=True)
            return {}
        filled = _fill(renderers[asked["renderer"]], asked)
    except RenderError as exc:
        stopped = isinstance(exc, RenderStoppedError)
        return {"error": str(exc.args[0]), "where": exc.where, "hint": exc.hint, "stopped": stopped}
    if sum(len(text) for texts in filled for text in texts or ()) > most:
        return {"error": f"it makes a text of more than {most:,} characters", "hint": "is a loop too long?"}
    return {"filled": filled}


def _fill(renderer: Renderer, asked: Mapping[str, Any]) -> Filled:
    if "text" in asked:
        return [[renderer.text(asked["text"], asked["fields"])]]
    if "case" in asked:
        return renderer.fill_case(Case("", asked["case"]))
    return renderer.fill(asked["values"])


def _forbid_processes() -> None:
    """No fork and no thread: the kernel says no at once, where the sandbox would see a process only when it looks."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


if __name__ == "__main__":
    main()
    os._exit(0)  # there is nothing to tidy up
