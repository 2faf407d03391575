"""Whether a text may come out empty, as far as its template shows. It brings Jinja."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from jinja2 import nodes

from promptops.templating.syntax import parse_template

_SILENT = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport, nodes.ExprStmt)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: one == other,
    "ne": lambda one, other: one != other,
    "in": lambda one, many: one in many,
    "notin": lambda one, many: one not in many,
}
_MOST = 256
"""Ways to fill a text that are tried."""


def may_be_empty(text: str, blank: frozenset[str], choices: Mapping[str, Sequence[Any]]) -> bool:
    """Whether everything in it stands under conditions that may all fail, or is an input of `blank`.

    `blank` are inputs that are empty where nobody gives them, `choices` all values of those inputs that have few. What
    cannot be told counts as text. Raises TemplateSyntaxProblem and RecursionError.
    """
    body = parse_template(text).body
    return any(not _any_writes(body, _Given(blank, values)) for values in _each_choice(body, choices))


class _Given(NamedTuple):
    """One way to fill the text: the inputs that are empty, and those of which the value is known."""

    blank: frozenset[str]
    values: Mapping[str, Any]


def _each_choice(body: list[nodes.Node], choices: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Each set of values of the inputs that conditions look at; none of them is known where that is too many."""
    tests = [node.test for one in body for node in (one, *one.find_all(nodes.If)) if isinstance(node, nodes.If)]
    asked = sorted(set().union(*map(_names, tests)) & choices.keys())
    if prod(len(choices[name]) for name in asked) > _MOST:
        asked = []
    for values in product(*(choices[name] for name in asked)):
        yield dict(zip(asked, values, strict=True))


def _writes(node: nodes.Node, given: _Given) -> bool:
    if isinstance(node, nodes.Output):
        return any(_shows(part, given.blank) for part in node.nodes)
    if isinstance(node, nodes.If):
        return all(_any_writes(body, left) for body, left in _branches(node, given))
    if isinstance(node, (nodes.Scope, nodes.With, nodes.FilterBlock)):
        return _any_writes(node.body, given)
    return not isinstance(node, _SILENT)


def _branches(node: nodes.If, given: _Given) -> Iterator[tuple[list[nodes.Node], _Given]]:
    """The branches that may be taken. One whose condition looks at an input is for the case that it is not empty."""
    for each in (node, *node.elif_):
        try:
            holds = bool(_value(each.test, given.values))
        except (nodes.Impossible, TypeError):
            yield each.body, given._replace(blank=given.blank - _names(each.test))
        else:
            if holds:
                yield each.body, given
                return
    yield node.else_, given


def _value(node: nodes.Node, values: Mapping[str, Any]) -> Any:
    """What a condition on these values comes to; Impossible where it asks for anything else."""
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, nodes.Name) and node.name in values:
        return values[node.name]
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return [_value(item, values) for item in node.items]
    if isinstance(node, nodes.Not):
        return not _value(node.node, values)
    if isinstance(node, nodes.And):
        return _value(node.left, values) and _value(node.right, values)
    if isinstance(node, nodes.Or):
        return _value(node.left, values) or _value(node.right, values)
    if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0].op in _COMPARED:
        return _COMPARED[node.ops[0].op](_value(node.expr, values), _value(node.ops[0].expr, values))
    raise nodes.Impossible


def _names(test: nodes.Node) -> set[str]:
    return {name.name for name in (test, *test.find_all(nodes.Name)) if isinstance(name, nodes.Name)}


def _any_writes(body: Iterable[nodes.Node], given: _Given) -> bool:
    return any(_writes(node, given) for node in body)


def _shows(part: nodes.Node, blank: frozenset[str]) -> bool:
    if isinstance(part, nodes.TemplateData):
        return bool(part.data.strip())
    while isinstance(part, nodes.Filter) and part.node is not None and part.name in ("trim", "upper", "lower", "title"):
        part = part.node
    return not (isinstance(part, nodes.Name) and part.name in blank)
