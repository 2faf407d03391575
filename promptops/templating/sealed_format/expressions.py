"""What the expressions of a template may be, and where in them the two rules can differ."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jinja2 import nodes

from promptops.model.prompt import Input
from promptops.templating.sealed_format.filter_shapes import KEEP_NUMBERS, TEXT_TESTS, UNBOUNDED, Argument, apply_filter
from promptops.templating.sealed_format.macros import Callee, find_macros, name_of_callee
from promptops.templating.sealed_format.shapes import (
    ANY,
    BOOLEAN,
    INTEGER,
    TEXT,
    Shape,
    either,
    is_deep,
    list_of,
    shape_of_schema,
    shape_of_value,
)

_LOOP_NUMBERS = ("index", "index0", "revindex", "revindex0", "length", "depth", "depth0")
_TEXT_METHODS = (
    "capitalize", "casefold", "center", "expandtabs", "join", "ljust", "lower", "lstrip", "removeprefix",
    "removesuffix", "replace", "rjust", "rstrip", "strip", "swapcase", "title", "upper", "zfill",
)  # fmt: skip
_NUMBERS = frozenset({"number", "integer", "infinity"})
_PYTHONS_FORM = re.compile(r"%(\([^)]*\))?[^a-zA-Z%]*[ra]|![ra]")
"""`%r` and `!r`: how Python writes a value."""


class Expressions:
    """`names`: what each name may hold, as far as it was seen; `found`: places as (line, operator)."""

    def __init__(self, inputs: Iterable[Input], trees: Iterable[nodes.Template]) -> None:
        self.names: dict[str, Shape] = {}
        for item in inputs:
            shape = shape_of_schema(item.schema)
            self.names[item.name] = shape if item.required else either([shape, shape_of_value(item.default)])
        self._macros, self.callees = find_macros(list(trees), self.names)
        self.found: list[tuple[int, str]] = []

    def give_up(self) -> None:
        """Names that are set may hold anything."""
        self.names = {name: either([ANY, UNBOUNDED]) for name in self.names}

    def bind(self, target: nodes.Node, shape: Shape) -> None:
        """Put a value into a name, or into several."""
        if isinstance(target, nodes.Name):
            known = self.names.get(target.name)
            joined = shape if known is None else either([known, shape])
            self.names[target.name] = ANY if is_deep(joined) else joined
            self._macros.discard(target.name)
        elif isinstance(target, nodes.Tuple):
            for each in target.items:
                self.bind(each, shape.item())

    def _note(self, node: nodes.Node, operator: str) -> None:
        self.found.append((node.lineno, operator))

    def shape(self, node: nodes.Node | None) -> Shape:
        """What an expression may be; the places in it are noted."""
        match node:
            case None:
                return TEXT  # what a filter block or a `set` block holds
            case nodes.TemplateData():
                return TEXT
            case nodes.Const():
                return shape_of_value(node.value)
            case nodes.Name():
                return self.names.get(node.name, ANY)
            case nodes.List() | nodes.Tuple():
                return list_of(either([self.finite(each) for each in node.items]))
            case nodes.Dict():
                for pair in node.items:
                    self.finite(pair.key)
                    self.finite(pair.value)
                return shape_of_value({})
            case nodes.Filter():
                return self._filter(node)
            case nodes.Concat():
                for each in node.nodes:
                    self._require_text(each, self.shape(each), "~")
                return TEXT
            case nodes.BinExpr() if not isinstance(node, (nodes.And, nodes.Or)):
                return self._operator(node, self.shape(node.left), self.shape(node.right))
            case nodes.And() | nodes.Or():
                return either([self.shape(node.left), self.shape(node.right)])
            case nodes.CondExpr():
                self.shape(node.test)
                return either([self.shape(each) for each in (node.expr1, node.expr2) if each is not None])
            case nodes.Neg() | nodes.Pos():
                return self.shape(node.node)
            case nodes.Test():
                return self._test(node)
            case nodes.Getattr():
                return self._attribute(node)
            case nodes.Getitem():
                return self._item(node)
            case nodes.Call():
                return self._call(node)
            case nodes.Not() | nodes.Compare():
                self._each(node)
                return BOOLEAN
            case _:
                self._each(node)
                return ANY

    def _each(self, node: nodes.Node) -> None:
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.Expr):
                self.shape(child)
            else:
                self._each(child)

    def finite(self, node: nodes.Node) -> Shape:
        """The shape of what is written or kept somewhere; noted where it may have left JSON's numbers."""
        shape = self.shape(node)
        if shape.may_be("infinity"):
            self._note(node, "{{ }}")
        return shape

    def _require_text(self, node: nodes.Node, shape: Shape, operator: str) -> None:
        if not shape.is_same_text:
            self._note(node, operator)

    def _require_fill(self, node: nodes.Node, text: nodes.Node, shape: Shape, operator: str) -> None:
        """Whether it is the same in a text with `%s` or `{}`: a Decimal is not where Python's form is asked for."""
        is_known = isinstance(text, nodes.Const) and not _PYTHONS_FORM.search(str(text.value))
        if not (shape.is_same_text if is_known else shape.kinds <= {"text", "integer"}):
            self._note(node, operator)

    def _filter(self, node: nodes.Filter) -> Shape:
        value = self.shape(node.node)
        arguments = [Argument(self.finite(each), each) for each in node.args]
        named = [(str(each.key), Argument(self.finite(each.value), each.value)) for each in node.kwargs]
        found = apply_filter(node.name, value, arguments, named)
        if value.may_be("infinity") and node.name not in KEEP_NUMBERS:
            self._note(node, f"|{node.name}")
        if found.can_differ or node.dyn_args is not None or node.dyn_kwargs is not None:
            self._note(node, f"|{node.name}")
        return found.shape

    def _operator(self, node: nodes.BinExpr, left: Shape, right: Shape) -> Shape:
        if isinstance(node, nodes.Mod) and left.may_be("text"):
            for each in node.right.items if isinstance(node.right, nodes.Tuple) else [node.right]:
                self._require_fill(node, node.left, self.shape(each), "%")
            return TEXT if left.kinds <= {"text"} else either([TEXT, UNBOUNDED, ANY])
        if isinstance(node, nodes.Add):
            if left.kinds | right.kinds <= {"text"}:
                return TEXT
            if left.kinds | right.kinds <= {"list"}:
                return either([left, right])
            if any(one.may_be("text") and other.kinds - {"text"} for one, other in ((left, right), (right, left))):
                self._note(node, "+")
        if left.kinds | right.kinds <= {"integer"} and not isinstance(node, (nodes.Div, nodes.Pow)):
            return INTEGER
        if left.kinds | right.kinds <= _NUMBERS:
            return UNBOUNDED
        if isinstance(node, nodes.Mul) and left.kinds | right.kinds <= {"text", "integer"}:
            return either([TEXT, INTEGER])
        return either([ANY, UNBOUNDED])

    def _test(self, node: nodes.Test) -> Shape:
        shape = self.shape(node.node)
        for each in (*node.args, *(one.value for one in node.kwargs)):
            self.shape(each)
        if node.name in TEXT_TESTS:
            self._require_text(node, shape, f"is {node.name}")
        return BOOLEAN

    def _attribute(self, node: nodes.Getattr) -> Shape:
        if isinstance(node.node, nodes.Name) and node.node.name == "loop" and "loop" not in self.names:
            return INTEGER if node.attr in _LOOP_NUMBERS else BOOLEAN if node.attr in ("first", "last") else ANY
        return self.shape(node.node).field(node.attr)

    def _item(self, node: nodes.Getitem) -> Shape:
        shape, key = self.shape(node.node), node.arg
        if isinstance(key, nodes.Slice):
            self._each(key)
            return shape if shape.kinds <= {"text", "list"} else ANY
        index = self.shape(key)
        if isinstance(key, nodes.Const) and isinstance(key.value, str):
            return shape.field(key.value)
        return shape.item() if shape.kinds <= {"text", "list"} and index.kinds <= {"integer", "number"} else ANY

    def _call(self, node: nodes.Call) -> Shape:
        given = [self.finite(each) for each in (*node.args, *(one.value for one in node.kwargs))]
        for more in (node.dyn_args, node.dyn_kwargs):
            given += [ANY] if more is not None else []
        if isinstance(node.node, nodes.Name):
            for macro in self.callees:
                if name_of_callee(macro) == node.node.name:
                    self._arguments(macro, node)
            if node.node.name in self._macros:
                return TEXT
            if node.node.name == "range" and "range" not in self.names:
                return list_of(INTEGER)
        if isinstance(node.node, nodes.Getattr):
            return self._method(node, node.node, given)
        self.shape(node.node)
        return ANY

    def _arguments(self, macro: Callee, call: nodes.Call) -> None:
        """Bind a macro's names to what it is called with."""
        if call.dyn_args is not None or call.dyn_kwargs is not None:
            for each in macro.args:
                self.bind(each, ANY)
        for target, value in zip(macro.args, call.args, strict=False):
            self.bind(target, self.shape(value))
        named = {each.key: each.value for each in call.kwargs}
        for target in macro.args:
            if target.name in named:
                self.bind(target, self.shape(named[target.name]))

    def _method(self, node: nodes.Call, method: nodes.Getattr, given: list[Shape]) -> Shape:
        owner, name = self.shape(method.node), method.attr
        if name in ("format", "format_map") and owner.may_be("text"):
            for shape in given:
                self._require_fill(node, method.node, shape, f".{name}()")
            return TEXT if owner.kinds <= {"text"} else ANY
        if owner.kinds <= {"text"}:
            return TEXT if name in _TEXT_METHODS else list_of(TEXT) if name in ("split", "splitlines") else ANY
        return ANY
