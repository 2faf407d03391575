"""The places in a prompt where a value that is no text becomes text, and the two rules can differ.

Names are taken for all that is ever put into them, in whatever order; what cannot be followed may be anything. So a
prompt without such a place renders the same by both rules, whatever fits its inputs; one with such a place may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jinja2 import nodes

from promptops.model.prompt import Prompt
from promptops.templating.sealed_format.expressions import Expressions
from promptops.templating.sealed_format.shapes import ANY, TEXT
from promptops.templating.syntax import parse_template

_ROUNDS = 5


class TextConversion(NamedTuple):
    """A place where the rules can differ.

    `text` is the number of a message, from 0, or a template's path; `operator` what turns the value into text.
    """

    text: int | str
    line: int
    operator: str


def find_conversions(prompt: Prompt, templates: Mapping[str, str]) -> list[TextConversion]:
    """Every such place in a prompt and the templates it reaches, by text and line. Raises TemplateSyntaxProblem.

    A plain prompt has none: only names are replaced in it.
    """
    if prompt.plain:
        return []
    texts: dict[int | str, str] = dict(enumerate(one.content for one in prompt.texts)) | dict(templates)
    trees = {key: parse_template(text) for key, text in texts.items() if "{" in text}
    walk = _Statements(prompt.inputs, trees.values())
    for _ in range(_ROUNDS):
        before = dict(walk.names)
        found = [place for key, tree in trees.items() for place in walk.places(key, tree)]
        if walk.names == before:
            return sorted(dict.fromkeys(found), key=lambda place: (str(place.text), place.line))
    walk.give_up()
    return [place for key, tree in trees.items() for place in walk.places(key, tree)]


class _Statements(Expressions):
    """Walks statement by statement."""

    def places(self, key: int | str, tree: nodes.Template) -> Iterator[TextConversion]:
        """The places of one text; what its names hold is learned on the way."""
        self.found = []
        self._statement(tree)
        for line, operator in self.found:
            yield TextConversion(key, line, operator)

    def _statement(self, node: nodes.Node) -> None:
        match node:
            case nodes.Output():
                for each in node.nodes:
                    self.finite(each)
                return
            case nodes.Assign():
                self.bind(node.target, self.shape(node.node))
                if isinstance(node.target, nodes.NSRef):
                    self.finite(node.node)
                return
            case nodes.AssignBlock():
                self.bind(node.target, TEXT if node.filter is None else self.shape(node.filter))
            case nodes.For():
                self.bind(node.target, self.shape(node.iter).item())
                if node.recursive:
                    self.bind(node.target, ANY)
                if node.test is not None:
                    self.shape(node.test)
            case nodes.With():
                for target, value in zip(node.targets, node.values, strict=True):
                    self.bind(target, self.shape(value))
            case nodes.FilterBlock():
                self.shape(node.filter)
            case nodes.Macro() | nodes.CallBlock():
                if isinstance(node, nodes.CallBlock):
                    self.shape(node.call)
                self._defaults(node)
            case nodes.Import():
                self.bind(nodes.Name(node.target, "store"), ANY)
            case nodes.FromImport():
                for name in node.names:
                    self.bind(nodes.Name(name if isinstance(name, str) else name[1], "store"), ANY)
            case nodes.Expr():
                self.shape(node)
                return
            case _:
                pass
        for child in node.iter_child_nodes(exclude=("target", "targets", "args", "defaults", "call", "filter", "iter")):
            self._statement(child)

    def _defaults(self, node: nodes.Macro | nodes.CallBlock) -> None:
        """What a macro's names hold before any call; where not every call can be seen, anything."""
        shapes = [self.shape(each) for each in node.defaults]
        if node not in self.callees:
            shapes = [ANY] * len(node.args)
        for name, shape in zip(node.args[len(node.args) - len(shapes) :], shapes, strict=True):
            self.bind(name, shape)
