"""Counting, written into a template's syntax tree before it is compiled."""

from __future__ import annotations

from typing import Any, cast

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer

from promptops.templating.limits.filters import MADE, ROUNDS, SEARCHED, SPEND, WEIGHED

_COSTS: dict[type[nodes.Node], int] = {
    nodes.Filter: 20,
    nodes.Test: 10,
    nodes.Add: 10,
    nodes.Mul: 10,
    nodes.Mod: 10,
    nodes.Pow: 10,
    nodes.Call: 50,
    nodes.For: 30,
    nodes.Block: 50,
    nodes.Macro: 50,
    nodes.CallBlock: 100,
    nodes.Include: 200,
    nodes.Import: 200,
    nodes.FromImport: 200,
}
"""In steps; any other node is one."""
_RECURSION, _OUTPUT = 100, 8


def instrument(tree: nodes.Template, *, is_counted: bool) -> nodes.Template:
    """The tree with its counting; `is_counted`: the whole template can be filled several times in one rendering."""
    writer = _Counting()
    tree = writer.visit(tree)
    if is_counted:
        tree.body.insert(0, _spend(writer.cost, 1))
    return tree


class _Counting(NodeTransformer):
    """What a body costs is known when all in it was visited."""

    def __init__(self) -> None:
        self.cost = 1

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        """Count the node and all in it."""
        self.cost += _COSTS.get(type(node), 1)
        return super().generic_visit(node, *args, **kwargs)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        """Each value becomes a text."""
        self.cost += _OUTPUT * sum(not isinstance(part, nodes.TemplateData) for part in node.nodes)
        return self.generic_visit(node)

    def visit_For(self, node: nodes.For) -> nodes.Node:
        """Its rounds; those of a recursive loop are counted as they come, for its items are given by calls, too."""
        before = self.cost
        self.generic_visit(node)
        cost = self.cost - before
        if node.recursive:
            node.body.insert(0, _spend(_RECURSION + cost, node.lineno))
        else:
            node.iter = _filter(node.iter, ROUNDS, [nodes.Const(cost)])
        return node

    def _body(self, node: Any) -> nodes.Node:
        before = self.cost
        self.generic_visit(node)
        node.body.insert(0, _spend(self.cost - before, node.lineno))
        return node  # type: ignore[no-any-return]

    visit_Macro = visit_CallBlock = visit_Block = _body

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        """A part of a text is a text, too; a key is hashed."""
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            return _filter(node, MADE)
        if not isinstance(node.arg, nodes.Const):
            node.arg = _filter(node.arg, WEIGHED)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:
        """A key is hashed."""
        self.generic_visit(node)
        if not isinstance(node.key, nodes.Const):
            node.key = _filter(node.key, WEIGHED)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        """Values are compared part by part; with a constant that takes no longer than the constant is."""
        self.generic_visit(node)
        operands: list[Any] = [node, *node.ops]
        values = [one.expr for one in operands]
        if any(isinstance(one, nodes.Const) for one in values) and all(one.op in ("eq", "ne") for one in node.ops):
            return node
        for one in operands:
            if not isinstance(one.expr, nodes.Const):
                is_searched = isinstance(one, nodes.Operand) and one.op in ("in", "notin")
                one.expr = _filter(one.expr, SEARCHED if is_searched else WEIGHED)
        return node


def _filter(node: nodes.Node, name: str, arguments: list[nodes.Expr] | None = None) -> nodes.Filter:
    return nodes.Filter(cast(nodes.Expr, node), name, arguments or [], [], None, None, lineno=node.lineno)


def _spend(cost: int, line: int) -> nodes.ExprStmt:
    return nodes.ExprStmt(_filter(nodes.Const(cost, lineno=line), SPEND), lineno=line)


class CountingGenerator(CodeGenerator):
    """Jinja's compiler, which works nothing out by itself, and joins texts through the environment."""

    def write_commons(self) -> None:
        """What each function of a template begins with."""
        super().write_commons()
        self.writeline("finalize = environment.finalize")

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if not isinstance(node, (nodes.Const, nodes.TemplateData)):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        # The environment's `finalize` gives a text: without autoescape nothing is left to do.
        if frame.eval_ctx.volatile or frame.eval_ctx.autoescape:
            self.write("(environment.escaped if context.eval_ctx.autoescape else str)(")
        self.write("finalize(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("))" if frame.eval_ctx.volatile or frame.eval_ctx.autoescape else ")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        """`~`, with Jinja's own function for the joining."""
        self.write("environment.join_texts(")
        if frame.eval_ctx.volatile:
            self.write("(markup_join if context.eval_ctx.volatile else str_join)")
        else:
            self.write("markup_join" if frame.eval_ctx.autoescape else "str_join")
        for part in node.nodes:
            self.write(", ")
            self.visit(part, frame)
        self.write(")")
