"""Which templates cannot make more than their values hold: a question for the syntax tree alone."""

from __future__ import annotations

from jinja2 import nodes

from promptops.templating.limits.filter_checks import LISTS, SHALLOW, TEXTS
from promptops.templating.syntax import parse_template
from promptops.templating.usage import TemplateSyntaxProblem

_FILTERS = frozenset((*TEXTS, *LISTS, *SHALLOW, "fence", "join", "tojson")) - {
    "map",
    "select",
    "reject",
    "wordcount",
    "title",
}
_TESTS = frozenset({
    "boolean", "defined", "eq", "equalto", "false", "integer", "mapping", "none", "number", "sequence", "string",
    "true", "undefined",
})  # fmt: skip
_NODES = (
    nodes.And, nodes.Compare, nodes.CondExpr, nodes.Const, nodes.For, nodes.Getattr, nodes.Getitem, nodes.If,
    nodes.Include, nodes.Name, nodes.Not, nodes.Operand, nodes.Or, nodes.Output, nodes.Template, nodes.TemplateData,
)  # fmt: skip
"""What reads values, chooses among them or goes through them."""


def cannot_grow(text: str) -> bool:
    """Whether the template consists of such nodes alone. A loop in a loop may, and so may a filter with an argument."""
    try:
        return _all_known(parse_template(text), loops=0)
    except (TemplateSyntaxProblem, RecursionError):
        return False


def _all_known(node: nodes.Node, loops: int) -> bool:
    if isinstance(node, nodes.For):
        loops += 1
        if node.recursive or loops > 2:
            return False
    elif isinstance(node, nodes.Filter):
        if node.name not in _FILTERS or not all(isinstance(one, nodes.Const) for one in node.args) or node.kwargs:
            return False
        return node.node is None or _all_known(node.node, loops)
    elif isinstance(node, nodes.Test):
        if node.name not in _TESTS:
            return False
    elif isinstance(node, nodes.Tuple):
        if node.ctx != "store":
            return False
    elif not isinstance(node, _NODES):
        return False
    return all(_all_known(child, loops) for child in node.iter_child_nodes())
