"""A template's syntax tree and what can be read from it. Imported only for texts that need Jinja: it takes 20 ms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes

from promptops.templating.environment import parsing_environment
from promptops.templating.usage import TemplateAnalysis, TemplateReference, TemplateSyntaxProblem, VariableUse


def analyse_tree(text: str) -> TemplateAnalysis:
    """Free variables and references, from the syntax tree."""
    tree = parse_template(text)
    try:
        uses = tuple(dict.fromkeys(_walk(tree, {*parsing_environment().globals, "self"})))
        references = tuple(_references(tree))
    except RecursionError as exc:
        raise TemplateSyntaxProblem("the template is nested too deeply to be read", 1) from exc
    return TemplateAnalysis(uses, references)


def assigned_names(text: str) -> frozenset[str]:
    """Every name the template sets somewhere: an included file may see it. Raises TemplateSyntaxProblem."""
    return frozenset(node.name for node in parse_template(text).find_all(nodes.Name) if node.ctx != "load")


def free_names(statements: Iterable[nodes.Node]) -> frozenset[str]:
    """Every name that these statements, one after the other, read before they have set it for certain."""
    return frozenset(use.name for use in _each(statements, set()))


def unknown_filters(text: str) -> Iterator[VariableUse]:
    """Filters and tests that do not exist, which only running would show. Raises TemplateSyntaxProblem."""
    environment = parsing_environment()
    node: Any
    for node in parse_template(text).find_all((nodes.Filter, nodes.Test)):
        if node.name not in (environment.filters if isinstance(node, nodes.Filter) else environment.tests):
            yield VariableUse(node.name, node.lineno)


def filter_names() -> frozenset[str]:
    """Every filter there is."""
    return frozenset(parsing_environment().filters)


@lru_cache(maxsize=64)
def parse_template(text: str) -> nodes.Template:
    """The syntax tree, to be read only: several rules look at one text. Nothing is compiled or run."""
    try:
        return parsing_environment().parse(text)
    except jinja2.TemplateSyntaxError as exc:
        raise TemplateSyntaxProblem(_describe_error(exc.message or "not a template"), exc.lineno) from exc
    except (RecursionError, MemoryError) as exc:
        raise TemplateSyntaxProblem("the template is nested too deeply to be read", 1) from exc
    except (ValueError, OverflowError) as exc:
        # Jinja turns number literals into Python numbers while reading; Python refuses enormous ones.
        raise TemplateSyntaxProblem("the template holds a number that is too large", 1) from exc


def _describe_error(message: str) -> str:
    if "end of template" in message or "unexpected end" in message.lower():
        return f"something that was opened is never closed ({message.rstrip('.')})"
    return message.rstrip(".")


def _references(tree: nodes.Template) -> Iterator[TemplateReference]:
    node: Any
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        target = node.template
        optional = isinstance(node, nodes.Include) and node.ignore_missing
        if isinstance(target, nodes.Const) and isinstance(target.value, str):
            yield TemplateReference(target.value, node.lineno, optional)
        else:  # a list of names counts as computed too: which one exists depends on the version
            yield TemplateReference(None, node.lineno)


def _walk(node: nodes.Node, bound: set[str]) -> Iterator[VariableUse]:
    """Names read before anything in the template has set them for certain, in order of appearance.

    `bound` are the names set so far; what `node` sets for those that follow is added.
    """
    match node:
        case nodes.Name(ctx="load") | nodes.NSRef():
            if node.name not in bound:
                yield VariableUse(node.name, node.lineno)
        case nodes.Name():
            bound.add(node.name)
        case nodes.Assign():
            yield from _each([node.node, node.target], bound)
        case nodes.AssignBlock():
            yield from _each(node.body, set(bound))
            yield from _each(filter(None, [node.filter, node.target]), bound)
        case nodes.With():
            yield from _each(node.values, bound)
            yield from _each([*node.targets, *node.body], set(bound))
        case nodes.If():
            yield from _walk_if(node, bound)
        case nodes.For():
            yield from _walk(node.iter, bound)
            yield from _each(filter(None, [node.target, node.test, *node.body]), bound | {"loop"})
            yield from _each(node.else_, set(bound))
        case nodes.Macro() | nodes.CallBlock():
            if isinstance(node, nodes.Macro):
                bound.add(node.name)
            else:
                yield from _walk(node.call, bound)
            inner = bound | {"varargs", "kwargs", "caller"} | {argument.name for argument in node.args}
            yield from _each([*node.defaults, *node.body], inner)
        case nodes.Import():
            bound.add(node.target)
        case nodes.FromImport():
            bound.update(name if isinstance(name, str) else name[1] for name in node.names)
        case nodes.Block():
            yield from _each(node.iter_child_nodes(), bound | {"super"})
        case nodes.FilterBlock() | nodes.Scope():
            yield from _each(node.iter_child_nodes(), set(bound))
        case _:
            yield from _each(node.iter_child_nodes(), bound)


def _each(children: Iterable[nodes.Node], bound: set[str]) -> Iterator[VariableUse]:
    for child in children:
        yield from _walk(child, bound)


def _walk_if(node: nodes.If, bound: set[str]) -> Iterator[VariableUse]:
    """A name counts as set after an `if` only when every branch, `else` included, sets it."""
    yield from _walk(node.test, bound)
    after: list[set[str]] = []
    for branch in (node.body, *([other.test, *other.body] for other in node.elif_), node.else_):
        after.append(set(bound))
        yield from _each(branch, after[-1])
    bound.update(set.intersection(*after))
