"""What a template sets in a loop and reads where it is forgotten. Imported only for loops: it brings Jinja."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from jinja2 import nodes

from promptops.templating.syntax import free_names, parse_template

_SCOPES = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.With, nodes.Block)


class LostValue(NamedTuple):
    """A name that is set in a loop and read after the round has ended; the line (from 1) of the `set`."""

    name: str
    line: int


def lost_values(text: str) -> list[LostValue]:
    """Each `set` in a loop of a name that was set before the loop, or is read before the `set` or after the loop.

    In the loop it makes a value of the round's own; the one outside stays as it was. Raises TemplateSyntaxProblem and
    RecursionError.
    """
    return list(dict.fromkeys(_in_scope(parse_template(text).body, frozenset())))


def _in_scope(body: list[nodes.Node], known: frozenset[str]) -> Iterator[LostValue]:
    """`known` are names that are set outside."""
    outside = set(known)
    for position, node in enumerate(body):
        for inner in _here(node):
            if isinstance(inner, nodes.For):
                after = free_names(body[position + 1 :])
                yield from _in_loop(inner, outside, after)
            elif isinstance(inner, (nodes.Assign, nodes.AssignBlock)):
                outside.update(_targets(inner))
            elif isinstance(inner, _SCOPES):
                yield from _in_scope(list(inner.iter_child_nodes()), frozenset(outside))


def _in_loop(loop: nodes.For, outside: set[str], after: frozenset[str]) -> Iterator[LostValue]:
    own = {name.name for name in [loop.target, *loop.target.find_all(nodes.Name)] if isinstance(name, nodes.Name)}
    read: set[str] = set()
    for node in loop.body:
        for inner in _here(node):
            if isinstance(inner, (nodes.Assign, nodes.AssignBlock)):
                value = [inner.node] if isinstance(inner, nodes.Assign) else inner.body
                read.update(free_names(value))
                for name in _targets(inner) - own:
                    if name in after or (name in outside and name in read):
                        yield LostValue(name, inner.lineno)
                own.update(name for name in _targets(inner) if name not in outside)
            else:
                read.update(free_names([inner]))
    yield from _in_scope(loop.body, frozenset(outside))


def _here(node: nodes.Node) -> Iterator[nodes.Node]:
    """The statements of a node that stand in the same scope: branches have none of their own."""
    if isinstance(node, nodes.If):
        for child in (*node.body, *node.elif_, *node.else_):
            yield from _here(child)
    else:
        yield node


def _targets(node: nodes.Assign | nodes.AssignBlock) -> set[str]:
    found: list[Any] = [node.target, *node.target.find_all(nodes.Name)]
    return {name.name for name in found if isinstance(name, nodes.Name)}
