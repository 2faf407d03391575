"""What a template uses, found without running it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes

from promptops.errors import PromptError
from promptops.templating.environment import parser

_SCOPED = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.With, nodes.FilterBlock, nodes.Block, nodes.Scope)


class TemplateSyntaxProblem(PromptError):
    """The text is not a template; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Reference:
    """An include, import or extends. `name` is None when it is computed."""

    name: str | None
    line: int
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A variable that must come from outside, with the line where it is read."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """All a template reads: free variables in order of appearance (each once a line) and other templates."""

    uses: tuple[Use, ...]
    references: tuple[Reference, ...]


@lru_cache(maxsize=4096)
def analyse(text: str) -> Analysis:
    """Free variables and references of a template. Raises TemplateSyntaxProblem, also for nesting beyond reason."""
    if "{" not in text:
        return Analysis((), ())
    tree = parse(text)
    try:
        uses = tuple(dict.fromkeys(_free(tree, _global_names())))
        references = tuple(_references(tree))
    except RecursionError as exc:
        raise TemplateSyntaxProblem("the template is nested too deeply to be read", 1) from exc
    return Analysis(uses, references)


def parse(text: str) -> nodes.Template:
    """The syntax tree; nothing is compiled or run."""
    try:
        return parser().parse(text)
    except jinja2.TemplateSyntaxError as exc:
        raise TemplateSyntaxProblem(_plain_words(exc.message or "not a template"), exc.lineno) from exc
    except (RecursionError, MemoryError) as exc:
        raise TemplateSyntaxProblem("the template is nested too deeply to be read", 1) from exc
    except (ValueError, OverflowError) as exc:
        # Jinja turns number literals into Python numbers while reading; Python refuses enormous ones.
        raise TemplateSyntaxProblem("the template holds a number that is too large", 1) from exc


def _plain_words(message: str) -> str:
    if "end of template" in message or "unexpected end" in message.lower():
        return f"something that was opened is never closed ({message.rstrip('.')})"
    return message.rstrip(".")


def _global_names() -> frozenset[str]:
    return frozenset(parser().globals)


def _references(tree: nodes.Template) -> Iterator[Reference]:
    node: Any
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        target = node.template
        optional = isinstance(node, nodes.Include) and node.ignore_missing
        if isinstance(target, nodes.Const) and isinstance(target.value, str):
            yield Reference(target.value, node.lineno, optional)
        else:  # a list of names counts as computed too: which one exists depends on the version
            yield Reference(None, node.lineno)


def _free(node: nodes.Node, bound: frozenset[str] | set[str]) -> Iterator[Use]:
    """Names read before anything in the template has surely set them, in order of appearance."""
    names = set(bound)
    yield from _walk(node, names)


def _walk(node: nodes.Node, bound: set[str]) -> Iterator[Use]:
    if isinstance(node, nodes.Name):
        if node.ctx == "load":
            if node.name not in bound:
                yield Use(node.name, node.lineno)
        else:
            bound.add(node.name)
        return
    if isinstance(node, nodes.Assign):
        yield from _walk(node.node, bound)
        yield from _walk(node.target, bound)
        return
    if isinstance(node, nodes.AssignBlock):
        yield from _each(node.body, set(bound))
        yield from _walk(node.target, bound)
        return
    if isinstance(node, nodes.If):
        yield from _walk_if(node, bound)
        return
    if isinstance(node, nodes.For):
        yield from _walk(node.iter, bound)
        inner = bound | {"loop"}
        yield from _walk(node.target, inner)
        if node.test is not None:
            yield from _walk(node.test, inner)
        yield from _each(node.body, inner)
        yield from _each(node.else_, set(bound))
        return
    if isinstance(node, (nodes.Macro, nodes.CallBlock)):
        if isinstance(node, nodes.Macro):
            bound.add(node.name)
        else:
            yield from _walk(node.call, bound)
        yield from _each(node.defaults, bound)
        inner = bound | {"varargs", "kwargs", "caller"} | {argument.name for argument in node.args}
        yield from _each(node.body, inner)
        return
    if isinstance(node, nodes.Import):
        bound.add(node.target)
        return
    if isinstance(node, nodes.FromImport):
        bound.update(name if isinstance(name, str) else name[1] for name in node.names)
        return
    inner = set(bound) if isinstance(node, _SCOPED) else bound
    yield from _each(node.iter_child_nodes(), inner)


def _each(children: object, bound: set[str]) -> Iterator[Use]:
    for child in children:  # type: ignore[attr-defined]  # lists and generators of nodes alike
        yield from _walk(child, bound)


def _walk_if(node: nodes.If, bound: set[str]) -> Iterator[Use]:
    """A name counts as set after an `if` only when every branch, `else` included, sets it."""
    yield from _walk(node.test, bound)
    after: list[set[str]] = []
    first = set(bound)
    yield from _each(node.body, first)
    after.append(first)
    for branch in node.elif_:
        inner = set(bound)
        yield from _walk(branch.test, inner)
        yield from _each(branch.body, inner)
        after.append(inner)
    last = set(bound)
    yield from _each(node.else_, last)
    after.append(last)
    bound.update(set.intersection(*after))
