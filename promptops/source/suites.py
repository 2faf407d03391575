"""`.eval.yml` files, and the small suites inside prompt files, into `Suite` values."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.model.prompt import Prompt
from promptops.model.schemas import SUITE
from promptops.model.suite import Budget, Gate, Suite
from promptops.source.base import Source
from promptops.source.cases import load_cases
from promptops.source.criteria import make_criteria
from promptops.source.documents import read_document, require
from promptops.source.yaml_reader import Node

SUFFIXES = (".eval.yml", ".eval.yaml")
INLINE = "prompt:"
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?(%?)")


def load_suite(source: Source, path: PurePosixPath, identifier: str) -> Suite:
    """The suite in the file. A key it cannot have is an error here: a misspelt gate must not be lost."""
    node = require(read_document(source, path, SUITE), strict=True)
    prompt, name, trials, replies = (node.get(key) for key in ("prompt", "name", "trials", "replies"))
    models = node.get("models")
    criteria = make_criteria(node.get("evaluators"), path)
    gates = _gates(node.get("gates"), path, {criterion.name for criterion in criteria})
    return Suite(
        id=identifier,
        path=path,
        prompt=prompt.text if prompt else "",
        cases=load_cases(source, node.get("testData"), path),
        criteria=criteria,
        models=tuple(item.text for item in models.value) if models else (),
        trials=trials.value if trials else 1,
        gates=gates,
        budget=make_budget(node.get("budget"), path),
        replies=replies.text if replies else "",
        name=name.text if name else "",
    )


def inline_suite(prompt: Prompt) -> Suite | None:
    """The suite a prompt file carries in itself, or None."""
    if not prompt.test_data or not prompt.evaluators:
        return None
    return Suite(INLINE + prompt.id, prompt.path, prompt.id, prompt.test_data, prompt.evaluators, name=prompt.title)


def _gates(node: Node | None, path: PurePosixPath, names: set[str]) -> tuple[Gate, ...]:
    gates = []
    for name, item in node.items() if node is not None else ():
        assert node is not None
        span = node.key_spans[name]
        if name not in names:
            raise PromptError(
                f"the gate '{name}' names no criterion", where=f"{path}:{span.line}:{span.column}",
                hint=f"the criteria are: {', '.join(sorted(names))}",
            )  # fmt: skip
        least, drop, undecided = item.get("atLeast"), item.get("noWorseThanBase"), item.get("undecided")
        if least is None and drop is None:
            where = f"{path}:{span.line}:{span.column}"
            raise PromptError(f"the gate '{name}' asks for nothing", where=where, hint="add atLeast or noWorseThanBase")
        gates.append(
            Gate(
                criterion=name,
                at_least=float(least.value) if least else None,
                no_worse_than_base=float(drop.value) if drop else None,
                undecided_fails=undecided is not None and undecided.text == "fail",
                span=span,
            )
        )
    return tuple(gates)


def make_budget(node: Node | None, path: PurePosixPath) -> Budget:
    """A `budget` group; `10%` and `0.1` are the same increase. More than 100% needs the sign: `10` is a slip."""
    if node is None:
        return Budget()
    cost, increase = node.get("maxCost"), node.get("maxCostIncrease")
    share: float | None = None
    if increase is not None:
        match = _SHARE.fullmatch(increase.text.strip())
        share = float(match[1]) / (100 if match[2] else 1) if match else None
        if match is None or (float(match[1]) > 1 and not match[2]):
            where = f"{path}:{increase.span.line}:{increase.span.column}"
            raise PromptError(f"'{increase.text}' is not a share", where=where, hint="write it like 10%")
    return Budget(float(cost.value) if cost else None, share)
