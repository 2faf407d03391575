"""Constant work in a template that would run for minutes or fill the memory, found from its syntax tree."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from jinja2 import nodes

from promptops.lint.templates.expanding_filters import COUNTERS, DIGIT_FILTERS, FORMATTERS, WIDTH_FILTERS, WIDTH_METHODS
from promptops.templating.limits.meter import MAX_MESSAGE_CHARACTERS
from promptops.templating.syntax import parse_template

MAX_ROUNDS = 1_000_000
"""Rounds of loops within loops; a prompt of a thousand lines has a thousand."""
_MAX_RANGE = 100_000
_MAX_DIGITS = 4_300
_MAX_DOUBLINGS = 20


class Explosion(NamedTuple):
    """What goes too far, on which line of the text, and a word of the place to look for."""

    message: str
    line: int
    word: str


class _Magnitude(NamedTuple):
    """What is known of a constant: its `number`, or how many characters or items it has; each None when unknown."""

    number: float | None = None
    length: float | None = None


_UNKNOWN = _Magnitude()


def explosions(text: str) -> list[Explosion]:
    """Every place; nothing for what depends on values. Raises TemplateSyntaxProblem."""
    estimate = _WorkEstimate()
    estimate.statement(parse_template(text), 1)
    return estimate.found


class _WorkEstimate:
    def __init__(self) -> None:
        self.found: list[Explosion] = []
        self.known: dict[str, _Magnitude] = {}

    def statement(self, node: Any, rounds: float) -> None:
        """Look at a node that is done `rounds` times."""
        if isinstance(node, nodes.For):
            count = self.size(node.iter).length
            total = rounds * (1 if count is None else count)
            if total > MAX_ROUNDS and count is not None and rounds <= MAX_ROUNDS:
                self.tell(f"loops within loops come to {_about(total)} rounds", node, "for")
                return
            for name in node.target.find_all(nodes.Name):
                self.known.pop(name.name, None)
            for child in (*node.body, *node.else_):
                self.statement(child, total)
            return
        if isinstance(node, nodes.Assign):
            size = self.size(node.node)
            if rounds > _MAX_DOUBLINGS and _doubles(node):
                self.tell("each round of the loop makes this text twice as long", node, "set")
            if isinstance(node.target, nodes.Name):
                self.known[node.target.name] = size if rounds == 1 else _UNKNOWN
            return
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                length = len(part.data) if isinstance(part, nodes.TemplateData) else self.size(part).length or 0
                if rounds > 1 and length * rounds > MAX_MESSAGE_CHARACTERS:
                    self.tell(f"the loops write {_about(length * rounds)} characters", part, "for")
            return
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.Expr):
                self.size(child)
            else:
                self.statement(child, rounds)

    def size(self, node: Any) -> _Magnitude:
        """What is known of an expression, once all within it was looked at."""
        parts = [self.size(child) for child in node.iter_child_nodes()]
        if isinstance(node, nodes.Keyword):
            return parts[0]
        if isinstance(node, nodes.Const):
            return _of_constant(node.value)
        if isinstance(node, nodes.Name):
            return self.known.get(node.name, _UNKNOWN) if node.ctx == "load" else _UNKNOWN
        if isinstance(node, (nodes.List, nodes.Tuple)):
            return _Magnitude(length=len(node.items))
        if isinstance(node, nodes.Concat):
            return self.long(node, sum(part.length or 0 for part in parts), "~")
        if isinstance(node, nodes.BinExpr):
            return self.binary(node, *parts)
        if isinstance(node, nodes.UnaryExpr) and node.operator == "-" and parts[0].number is not None:
            return _Magnitude(-parts[0].number)
        if isinstance(node, nodes.Filter):
            return self.filter(node, parts)
        if isinstance(node, nodes.Call):
            return self.call(node, parts)
        return _UNKNOWN

    def binary(self, node: nodes.BinExpr, left: _Magnitude, right: _Magnitude) -> _Magnitude:
        if isinstance(node, nodes.Pow):
            return self.power(node, left.number, right.number)
        if isinstance(node, nodes.Mul):
            if left.number is not None and right.number is not None:
                product = left.number * right.number
                return _Magnitude(product) if math.isfinite(product) else _UNKNOWN
            for one, times in ((left.length, right.number), (right.length, left.number)):
                if one is not None and times is not None:
                    return self.long(node, one * max(0, times), "*")
        if isinstance(node, nodes.Mod) and isinstance(node.left, nodes.Const) and isinstance(node.left.value, str):
            self.format(node, node.left.value)
        if isinstance(node, (nodes.Add, nodes.Sub)) and left.number is not None and right.number is not None:
            return _Magnitude(left.number + (right.number if isinstance(node, nodes.Add) else -right.number))
        if isinstance(node, nodes.Add) and left.length is not None and right.length is not None:
            return self.long(node, left.length + right.length, "+")
        return _UNKNOWN

    def power(self, node: nodes.Pow, base: float | None, exponent: float | None) -> _Magnitude:
        if base is None or exponent is None:
            return _UNKNOWN
        if abs(base) > 1 and exponent > 0 and exponent * math.log10(abs(base)) > _MAX_DIGITS:
            self.tell("this number has thousands of digits", node, "**")
            return _UNKNOWN
        try:
            return _Magnitude(float(base**exponent) if base or exponent >= 0 else 0.0)
        except (OverflowError, TypeError):
            return _UNKNOWN

    def filter(self, node: nodes.Filter, parts: list[_Magnitude]) -> _Magnitude:
        numbers = [size.number for child, size in zip(node.iter_child_nodes(), parts, strict=True)
                   if child is not node.node and size.number is not None]  # fmt: skip
        if node.name in WIDTH_FILTERS and numbers:
            return self.long(node, max(0, *numbers), node.name)
        if node.name in DIGIT_FILTERS and any(number > _MAX_DIGITS for number in numbers):
            self.tell("this number has thousands of digits", node, node.name)
        if node.name in FORMATTERS and isinstance(node.node, nodes.Const) and isinstance(node.node.value, str):
            self.format(node, node.node.value)
        if node.name == "join" and node.node is not None and len(parts) > 1:
            items, separator = parts[0].length, parts[1].length
            if items is not None and separator is not None:
                return self.long(node, items * separator, node.name)
        return parts[0] if node.name in ("list", "upper", "lower", "sort", "reverse") and parts else _UNKNOWN

    def call(self, node: nodes.Call, parts: list[_Magnitude]) -> _Magnitude:
        called = node.node
        numbers = [size.number for size in parts[1:] if size.number is not None]
        if isinstance(called, nodes.Name) and called.name in COUNTERS and numbers and len(numbers) == len(node.args):
            start, stop, step = {1: (0, numbers[0], 1), 2: (*numbers, 1)}.get(len(numbers), (*numbers, 1, 1, 1)[:3])
            count = max(0, math.ceil((stop - start) / step)) if step else 0
            if count > _MAX_RANGE:
                self.tell(f"this counts to {_about(count)}", node, called.name)
                return _UNKNOWN
            return _Magnitude(length=count)
        if isinstance(called, nodes.Getattr) and called.attr in WIDTH_METHODS and numbers:
            return self.long(node, max(0, *numbers), called.attr)
        if isinstance(called, nodes.Getattr) and called.attr in FORMATTERS and isinstance(called.node, nodes.Const):
            self.format(node, str(called.node.value))
        return _UNKNOWN

    def long(self, node: nodes.Node, length: float, word: str) -> _Magnitude:
        if length > MAX_MESSAGE_CHARACTERS:
            self.tell(f"this text is {_about(length)} characters long", node, word)
            return _UNKNOWN
        return _Magnitude(length=length)

    def format(self, node: nodes.Node, text: str) -> None:
        import re

        if re.search(r"[0-9]{8,}", text) and re.search(r"[%{:][^a-zA-Z%{}]{0,9}[0-9]{8}", text):
            self.tell("this text is as long as the number in it says", node, "")

    def tell(self, message: str, node: nodes.Node, word: str) -> None:
        self.found.append(Explosion(message, node.lineno, word))


def _doubles(node: nodes.Assign) -> bool:
    """Whether a text or list is put together of itself and itself: `{% set ns.text = ns.text ~ ns.text %}`."""
    if not isinstance(node.target, (nodes.Name, nodes.NSRef)) or not isinstance(node.node, (nodes.Concat, nodes.Add)):
        return False
    name = node.target.name
    if isinstance(node.target, nodes.NSRef):
        field = node.target.attr
        parts = [one for one in node.node.find_all(nodes.Getattr) if one.attr == field and _is_name(one.node, name)]
        return len(parts) > 1
    return sum(_is_name(one, name) for one in node.node.find_all(nodes.Name)) > 1


def _is_name(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name


def _of_constant(value: object) -> _Magnitude:
    if isinstance(value, bool):
        return _UNKNOWN
    if isinstance(value, (int, float)):
        try:
            number = float(value)
        except OverflowError:
            return _UNKNOWN
        return _Magnitude(number) if math.isfinite(number) else _UNKNOWN
    return _Magnitude(length=len(value)) if isinstance(value, str) else _UNKNOWN


def _about(number: float) -> str:
    return f"{number:,.0f}" if number < 1e15 else f"10^{math.floor(math.log10(number))}" if number < math.inf else "∞"
