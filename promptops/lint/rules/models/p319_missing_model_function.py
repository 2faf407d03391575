"""A model in Python names a file or a function that is not there.

Every call of the model fails then. The file is looked for from the folder of promptops.yml; nothing of it is run.

Bad:   {provider: python, file: model.py}       while the file lies in app/
Good:  {provider: python, file: app/model.py, function: complete}
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.errors import PromptopsError
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.source.yaml.reader import Node

CODE = "P319"
PREFILTER = Prefilter(("project",), ("file:",))


def check(target: Target) -> Iterator[Finding]:
    """Each such model."""
    for _, model in target.node.group("models").items() if target.node is not None else ():
        file = model.get("file")
        if model.string("provider") == "python" and file is not None and file.kind == "scalar" and file.text:
            yield from _problems(target, model, file)


def _problems(target: Target, model: Node, file: Node) -> Iterator[Finding]:
    from promptops.source.python_functions import missing_function  # it parses Python
    from promptops.source.source import normalize_path, read_text

    source = target.project.source
    try:
        path = normalize_path(PurePosixPath(file.text))
        if not source.exists(path):
            message, hint = f"there is no file '{file.text[:80]}'", "write its path from the folder of promptops.yml"
            yield Finding(target.path, file.span, CODE, message, hint)
            return
        code = read_text(source, path)
    except PromptopsError as exc:
        yield Finding(target.path, file.span, CODE, str(exc.args[0]), exc.hint)
        return
    function = model.get("function")
    if problem := missing_function(code, model.string("function") or "complete", str(path)):
        hint = "write a function that takes the request, or name one that does: function: NAME"
        yield Finding(target.path, (function or file).span, CODE, problem, hint)
