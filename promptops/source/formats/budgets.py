"""`budget` groups of suites and of the project."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.model.budget import Budget
from promptops.source.yaml.reader import Node


def make_budget(node: Node | None, path: PurePosixPath) -> Budget:
    """A `budget` group; `10%` and `0.1` are the same increase. More than 100% needs the sign: `10` is a slip."""
    if node is None:
        return Budget()
    increase = node.get("maxCostIncrease")
    share: float | None = None
    if increase is not None:
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?(%?)", increase.text.strip())
        share = float(match[1]) / (100 if match[2] else 1) if match else None
        if match is None or (float(match[1]) > 1 and not match[2]):
            where = increase.span.place(path)
            raise PromptError(f"'{increase.text}' is not a share", where=where, hint="write it like 10%")
    return Budget(node.number("maxCost"), share)
