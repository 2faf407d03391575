"""Shares as people write them: `10%` and `0.1` are the same."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.source.yaml.reader import Node


def read_share(node: Node | None, path: PurePosixPath, default: float, most: float | None = None) -> float:
    """The share in [0, `most`] under a key; `default` where the key is missing.

    PromptError for anything else. More than 100% needs the sign: `10` is a slip.
    """
    if node is None:
        return default
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?(%?)", node.text.strip())
    if match is None or (float(match[1]) > 1 and not match[2]):
        raise PromptError(f"'{node.text}' is not a share", where=node.span.place(path), hint="write it like 10%")
    share = float(match[1]) / (100 if match[2] else 1)
    if most is not None and share > most:
        hint = f"write at most {most * 100:g}%"
        raise PromptError(f"'{node.text}' is too large a share", where=node.span.place(path), hint=hint)
    return share
