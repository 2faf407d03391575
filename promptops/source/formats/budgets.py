"""`budget` groups of suites and of the project."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.model.budget import Budget, IgnoreBelow
from promptops.source.formats.shares import read_share
from promptops.source.yaml.reader import Node

_NONE = Budget()


def make_budget(node: Node | None, path: PurePosixPath, default: Budget = _NONE) -> Budget:
    """A `budget` group; where it is silent on what makes a difference too large or too small, `default` speaks.

    Dollars have no default here: what a run may cost is asked of suite and project when it begins.
    """
    if node is None:
        return default._replace(max_cost=None)
    increase, ignored = node.get("maxCostIncrease"), node.group("ignoreBelow")
    return Budget(
        node.number("maxCost"),
        default.max_cost_increase if increase is None else read_share(increase, path, 0),
        IgnoreBelow(
            read_share(ignored.get("cost"), path, default.ignore_below.cost),
            read_share(ignored.get("latency"), path, default.ignore_below.latency),
        ),
    )
