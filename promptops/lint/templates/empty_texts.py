"""Whether a text may come out empty, as far as its template shows. It brings Jinja."""

from __future__ import annotations

from collections.abc import Iterable

from jinja2 import nodes

from promptops.templating.syntax import parse_template

_SILENT = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport, nodes.ExprStmt)


def may_be_empty(text: str, blank: frozenset[str]) -> bool:
    """Whether everything in it stands under conditions without an `else`, or is an input of `blank`.

    `blank` are inputs that are empty where nobody gives them. What cannot be told counts as text. Raises
    TemplateSyntaxProblem and RecursionError.
    """
    return not any(_writes(node, blank) for node in parse_template(text).body)


def _writes(node: nodes.Node, blank: frozenset[str]) -> bool:
    if isinstance(node, nodes.Output):
        return any(_shows(part, blank) for part in node.nodes)
    if isinstance(node, nodes.If):
        # Where a condition looks at an input, its branch is for the case that it is given.
        branches = [(each.body, blank - _names(each.test)) for each in (node, *node.elif_)]
        return all(_any_writes(body, left) for body, left in [*branches, (node.else_, blank)])
    if isinstance(node, (nodes.Scope, nodes.With, nodes.FilterBlock)):
        return _any_writes(node.body, blank)
    return not isinstance(node, _SILENT)


def _names(test: nodes.Node) -> set[str]:
    return {name.name for name in (test, *test.find_all(nodes.Name)) if isinstance(name, nodes.Name)}


def _any_writes(body: Iterable[nodes.Node], blank: frozenset[str]) -> bool:
    return any(_writes(node, blank) for node in body)


def _shows(part: nodes.Node, blank: frozenset[str]) -> bool:
    if isinstance(part, nodes.TemplateData):
        return bool(part.data.strip())
    while isinstance(part, nodes.Filter) and part.node is not None and part.name in ("trim", "upper", "lower", "title"):
        part = part.node
    return not (isinstance(part, nodes.Name) and part.name in blank)
