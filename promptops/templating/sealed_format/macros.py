"""Macros of which every call can be seen: what their names hold is known from there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from jinja2 import nodes

Callee = nodes.Macro | nodes.CallBlock


def find_macros(trees: Sequence[nodes.Template], inputs: Collection[str]) -> tuple[set[str], tuple[Callee, ...]]:
    """The names of macros, each of which gives text, and the macros and `call` blocks of which every call is seen.

    A macro that is imported, or handed on as a value, may be called by whatever name.
    """
    macros = [node for tree in trees for node in tree.find_all(nodes.Macro)]
    blocks = [node for tree in trees for node in tree.find_all(nodes.CallBlock)]
    names = {node.name for node in macros} - {*inputs}
    if any(tree.find(nodes.Import) or tree.find(nodes.FromImport) for tree in trees):
        return names, ()
    handed_on = {name for tree in trees for name in _loaded(tree, {*names, "caller"})}
    found: list[Callee] = [*macros, *blocks]
    seen = [node for node in found if name_of_callee(node) not in handed_on and name_of_callee(node) not in inputs]
    return names, tuple(seen)


def name_of_callee(node: Callee) -> str:
    """By which name it is called."""
    return node.name if isinstance(node, nodes.Macro) else "caller"


def _loaded(tree: nodes.Template, names: Collection[str]) -> set[str]:
    """Those of the names that are read as values."""
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    reads = (one for one in tree.find_all(nodes.Name) if one.ctx == "load" and id(one) not in called)
    return {one.name for one in reads if one.name in names}
