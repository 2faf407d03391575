"""What a template asks of a value that templates here may not do. It brings Jinja."""

from __future__ import annotations

from typing import Any, NamedTuple

from jinja2 import nodes

from promptops.templating.syntax import parse_template

_KEEP = "keep it in a namespace: {% set ns = namespace(all=[]) %}, and then {% set ns.all = ns.all + [x] %}"
_MERGE = "make a new group instead: {% set both = dict(first, **second) %}"
CHANGES = {
    **dict.fromkeys(("append", "extend", "insert"), _KEEP),
    **dict.fromkeys(("update", "setdefault", "popitem"), _MERGE),
    **dict.fromkeys(("remove", "discard", "clear", "pop"), "leave it out instead: {% for x in all if x != … %}"),
    **dict.fromkeys(("add", "difference_update", "symmetric_difference_update"), _KEEP),
    "sort": "write {{ all | sort }}, which gives a new list in order",
    "reverse": "write {{ all | reverse | list }}, which gives a new list",
}
"""Methods that would change the list or the group itself, and the way that works."""
_OF_EVERY_GROUP = (
    "items",
    "keys",
    "values",
    "get",
    "copy",
    "pop",
    "update",
    "clear",
    "fromkeys",
    "setdefault",
    "popitem",
)


class RefusedCall(NamedTuple):
    """The word as written (`append`), the line (from 1), what is wrong, and what to do."""

    word: str
    line: int
    message: str
    hint: str


def refused_calls(text: str) -> list[RefusedCall]:
    """Each such place, once a line. Raises TemplateSyntaxProblem and RecursionError."""
    tree = parse_template(text)
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    named = _named_here(tree)
    node: Any
    found: list[RefusedCall] = []
    for node in tree.find_all(nodes.Getattr):
        name = node.attr
        if name.startswith("_"):
            message = f"'.{name[:80]}' reaches into the program, which templates may not"
            found.append(RefusedCall(name, node.lineno, message, f"for a key of that name write ['{name[:80]}']"))
        elif isinstance(node.node, nodes.Name) and node.node.name in named:
            continue
        elif id(node) in called and name in CHANGES:
            message = f"'.{name}(…)' would change a value, which templates may not"
            found.append(RefusedCall(name, node.lineno, message, CHANGES[name]))
        elif id(node) not in called and name in _OF_EVERY_GROUP:
            message = f"'.{name}' is what every group of keys can do, so a key of that name is not found"
            found.append(RefusedCall(name, node.lineno, message, f"for the key write ['{name}']"))
    return sorted(dict.fromkeys(found), key=lambda each: each.line)


def _named_here(tree: nodes.Template) -> set[str]:
    """Names of namespaces and of imported files: what stands after their dot is of the prompt's own naming."""
    found = {node.target for node in tree.find_all(nodes.Import)}
    for node in tree.find_all(nodes.Assign):
        made = node.node.node if isinstance(node.node, nodes.Call) else None
        if isinstance(node.target, nodes.Name) and isinstance(made, nodes.Name) and made.name == "namespace":
            found.add(node.target.name)
    return found
