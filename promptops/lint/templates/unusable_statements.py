"""What a template says that reads well and that Jinja refuses once it is to be filled. It brings Jinja."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from math import isinf
from typing import Any, NamedTuple

from jinja2 import nodes

from promptops.templating.syntax import parse_template


class UnusableStatement(NamedTuple):
    """The word as written, the line (from 1), what is wrong, and what to do."""

    word: str
    line: int
    message: str
    hint: str


def unusable_statements(text: str) -> list[UnusableStatement]:
    """Each such place. Raises TemplateSyntaxProblem and RecursionError."""
    tree = parse_template(text)
    found = [
        *_blocks(tree),
        *_extends(tree),
        *_sets(tree),
        *_loops(tree),
        *_macros(tree),
        *_given_twice(tree),
        *_numbers(tree),
    ]
    return sorted(dict.fromkeys(found), key=lambda each: each.line)


def _blocks(tree: nodes.Template) -> Iterator[UnusableStatement]:
    names = set[str]()
    for block in tree.find_all(nodes.Block):
        if block.name in names:
            message = f"there is a block '{block.name[:80]}' already"
            yield UnusableStatement(block.name, block.lineno, message, "give one of the two another name")
        names.add(block.name)


def _extends(tree: nodes.Template) -> Iterator[UnusableStatement]:
    for scope in tree.find_all((nodes.For, nodes.Macro, nodes.CallBlock, nodes.Block, nodes.FilterBlock, nodes.With)):
        for node in scope.find_all(nodes.Extends):
            message = "{% extends … %} cannot stand inside of a loop, a block or a macro"
            yield UnusableStatement("extends", node.lineno, message, "put it at the top of the text")


def _sets(tree: nodes.Template) -> Iterator[UnusableStatement]:
    for node in tree.find_all(nodes.AssignBlock):
        chain: Any = node.filter
        while isinstance(chain, nodes.Filter):
            arguments = [*chain.args, *chain.kwargs, *filter(None, (chain.dyn_args, chain.dyn_kwargs))]
            read = [name for each in arguments for name in (each, *each.find_all(nodes.Name))]
            if name := next((each for each in read if isinstance(each, nodes.Name)), None):
                message = f"the filter of a {{% set %}} that has an {{% endset %}} cannot read '{name.name[:80]}'"
                hint = "put the filter inside: {% set x %}{% filter … %} … {% endfilter %}{% endset %}"
                yield UnusableStatement(name.name, node.lineno, message, hint)
                break
            chain = chain.node


def _loops(tree: nodes.Template) -> Iterator[UnusableStatement]:
    for loop in tree.find_all(nodes.For):
        for name in loop.find_all(nodes.Name):
            if name.name == "loop" and name.ctx == "store":
                message = "'loop' cannot be set in a loop: it says which round it is"
                yield UnusableStatement("loop", name.lineno, message, "choose another name")


def _macros(tree: nodes.Template) -> Iterator[UnusableStatement]:
    macro: Any
    for macro in tree.find_all((nodes.Macro, nodes.CallBlock)):
        names = [each.name for each in macro.args]
        if "caller" in names[: len(names) - len(macro.defaults)]:
            hint = "leave it out of the brackets; {{ caller() }} is there all the same"
            yield UnusableStatement("caller", macro.lineno, "'caller' is what {% call … %} gives a macro", hint)
        yield from _twice(names, macro.lineno)


def _given_twice(tree: nodes.Template) -> Iterator[UnusableStatement]:
    node: Any
    for node in tree.find_all((nodes.Call, nodes.Filter, nodes.Test)):
        yield from _twice([each.key for each in node.kwargs], node.lineno)


def _twice(names: Iterable[str], line: int) -> Iterator[UnusableStatement]:
    for name, count in Counter(names).items():
        if count > 1:
            yield UnusableStatement(name, line, f"'{name[:80]}' stands twice in these brackets", "take one out")


def _numbers(tree: nodes.Template) -> Iterator[UnusableStatement]:
    for node in tree.find_all(nodes.Const):
        if isinstance(node.value, float) and isinf(node.value):
            yield UnusableStatement("", node.lineno, "a number here is too large", "write one below 1e308")
