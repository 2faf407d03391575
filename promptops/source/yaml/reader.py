"""YAML as people mean it: every value keeps its place, nothing is guessed, nothing can explode.

Built over PyYAML's C event parser. Aliases, merge keys, tags and several documents are refused while the events pass,
so nothing large or deep is ever built. Scalars follow YAML 1.2: `on`, `no` and `12:30` are text. A number whose
spelling carries more than its value (`010`, `1.10`) keeps that spelling as free data (`as_written`), not as a setting
(`as_data`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import yaml

from promptops.errors import PromptError
from promptops.model.finding import START, Span

MAX_DEPTH = 50
MAX_VALUES = 60_000
"""Keys and values in a file that people write by hand: more is no prompt, and would take longer than lint may."""
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
_QUOTE_HINT = "put the whole text in quotes; if ! is no part of it, delete the word that begins with it"
_REPEAT_HINT = "put the whole text in quotes; if it was to repeat lines from elsewhere, write those lines here"
_INTEGER = re.compile(r"[-+]?[0-9]+")
# Control characters, and line breaks that only some programs count: YAML 1.1 and 1.2 disagree about them.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_new = tuple.__new__
_MAY_BE_NO_TEXT = frozenset(["", *"+-.0123456789~ntfNTF"])
"""How a number, true, false or nothing begins."""
_CONSTANTS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

Kind = Literal["mapping", "sequence", "scalar"]


class YamlProblem(PromptError):
    """A file that is not YAML as we read it; `span` says where, `code` which lint rule speaks of it."""

    def __init__(self, message: str, span: Span, *, where: str = "", hint: str = "", code: str = "P001") -> None:
        super().__init__(message, where=span.place(where).lstrip(":"), hint=hint, code=code)
        self.message = message
        self.span = span


_NO_KEYS: dict[str, Span] = {}
_NO_DUPLICATES: list[tuple[str, Span, Span]] = []


class Node:
    """A value with its place. `value` is a dict of Nodes, a list of Nodes, or the scalar.

    `text` is a scalar as written, `style` its quoting (`|`, `>`, `'`, `"` or None), `key_spans` the places of a
    mapping's keys, `duplicates` the keys that stand twice, with both places, and `bare_keys` those between braces that
    have no colon.
    """

    __slots__ = ("kind", "span", "style", "text", "value")

    key_spans: dict[str, Span] = _NO_KEYS
    duplicates: list[tuple[str, Span, Span]] = _NO_DUPLICATES
    bare_keys: tuple[str, ...] = ()

    def __init__(self, kind: Kind, value: Any, span: Span, text: str = "", style: str | None = None) -> None:
        self.kind: Kind = kind
        self.value = value
        self.span = span
        self.text = text
        self.style = style

    def get(self, key: str) -> Node | None:
        """The value under `key` of a mapping."""
        found = self.value.get(key) if self.kind == "mapping" else None
        return found if isinstance(found, Node) else None

    def group(self, key: str) -> Node:
        """The mapping under `key`; an empty one where there is none."""
        return self.get(key) or _NO_GROUP

    def list(self, key: str) -> Sequence[Node]:
        """The items of the list under `key`; none where there is none."""
        found = self.get(key)
        return found.value if found else ()

    def string(self, key: str) -> str:
        """The scalar under `key` as written; empty where there is none."""
        found = self.get(key)
        return found.text if found and found.kind == "scalar" else ""

    def strings(self, key: str) -> tuple[str, ...]:
        """The texts of the list under `key`."""
        return tuple(item.text for item in self.list(key))

    def number(self, key: str) -> float | None:
        """The number under `key`."""
        found = self.get(key)
        return float(found.value) if found else None

    def is_true(self, key: str) -> bool:
        """Whether `true` stands under `key`."""
        found = self.get(key)
        return found is not None and found.value is True

    def items(self) -> Iterator[tuple[str, Node]]:
        """A mapping's keys and values."""
        yield from self.value.items() if self.kind == "mapping" else ()

    def as_written(self) -> Any:
        """Python data as people wrote it: a number whose spelling would be lost (`010`, `1.10`, `1e3`) stays text."""
        if self.kind == "mapping":
            return {key: node.as_written() for key, node in self.value.items()}
        if self.kind == "sequence":
            return [node.as_written() for node in self.value]
        return self.text if type(self.value) in (int, float) and repr(self.value) != self.text else self.value

    def as_data(self) -> Any:
        """Python data for settings and schemas: a number is a number, however it is spelled."""
        if self.kind == "mapping":
            return {key: node.as_data() for key, node in self.value.items()}
        if self.kind == "sequence":
            return [node.as_data() for node in self.value]
        return self.value


class _Mapping(Node):
    """Only a mapping has keys: most nodes are scalars, and two containers for each would be felt."""

    __slots__ = ("bare_keys", "duplicates", "key_spans")

    def __init__(self, span: Span) -> None:
        super().__init__("mapping", {}, span)
        self.key_spans = {}
        self.duplicates = []
        self.bare_keys = ()

    def add(self, name: str, span: Span, value: Node) -> None:
        """A key with its value; one that is there already is kept, and the second noted."""
        if name in self.key_spans:
            self.duplicates.append((name, self.key_spans[name], span))
        else:
            self.key_spans[name] = span
            self.value[name] = value


_NO_GROUP = Node("mapping", {}, START)


def resolve_scalar(text: str) -> Any:
    """A plain scalar by YAML 1.2's core rules."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        # Python refuses integers of more than 4,300 digits; nobody means one.
        return int(text) if len(text) < 20 else text
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def read_yaml(text: str, where: str = "", most: int | None = None) -> Node:
    """The one document in `text`. Raises YamlProblem with the place; duplicate keys are kept on the nodes.

    `most`: how many keys and values there may be.
    """
    if match := _INVISIBLE.search(text):
        start = match.start()
        if match[0] == "\r" and "\n" not in text:
            message = "the lines end as in old programs on a Mac, so all of the file is one line"
            hint = "save it again with the line ends of Unix (LF) or Windows (CRLF)"
            raise YamlProblem(message, START, where=where, hint=hint)
        span = Span.at(text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
        message = f"an invisible character (U+{ord(match[0]):04X}) stands here"
        raise YamlProblem(message, span, where=where, hint="delete it; for a new line press Enter")
    try:
        return _build(text, where, most)
    except yaml.MarkedYAMLError as exc:
        from promptops.source.yaml.errors import explain_yaml_error  # only where a file is broken

        mark, began = exc.problem_mark or exc.context_mark, exc.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if "nesting depth" in (exc.problem or ""):  # libyaml's own limit of 1,000: it reads brackets ahead of us
            raise YamlProblem(_TOO_DEEP, Span.at(*place), where=where) from exc
        since = (began.line + 1, began.column + 1) if began else place
        message, span, hint, code = explain_yaml_error(text, exc.problem or "cannot be read", place, since)
        raise YamlProblem(message, span, where=where, hint=hint, code=code) from exc


def _build(text: str, where: str, most: int | None) -> Node:
    root: Node | None = None
    # The list or mapping that is open, the mapping if it is one, and its key whose value comes next.
    inside: Node | None = None
    mapping: _Mapping | None = None
    key: str | None = None
    key_span = START
    above: list[Node | None] = []

    event: Any
    scalar_event, mapping_event, sequence_event = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
    for count, event in enumerate(iter(yaml.CSafeLoader(text).get_event, None)):
        if most is not None and count > most:
            raise YamlProblem(
                f"the file holds more than {most:,} keys and values",
                _span(event),
                where=where,
                hint="move long data into a .jsonl file beside it",
            )
        kind = type(event)
        if kind is scalar_event:
            written = event.value
            start, end = event.start_mark, event.end_mark
            # As Span(…), in half the time: every value has one.
            span = _new(Span, (start.line + 1, start.column + 1, end.line + 1, end.column + 1))
            if event.tag is not None or event.anchor:
                raise _refused(event, where)
            style = event.style or None
            if mapping is not None and key is None:
                if written == "<<" and style is None:
                    raise YamlProblem("merge keys (<<) are not allowed", span, where=where, hint="repeat the lines")
                key, key_span = written, span
                continue
            plain = style is None and event.implicit[0] and written[:1] in _MAY_BE_NO_TEXT
            node = Node("scalar", resolve_scalar(written) if plain else written, span, written, style)
            if not written and key is not None and (span.line, span.column) == (key_span.end_line, key_span.end_column):
                assert mapping is not None
                if mapping.value:  # the first key has no comma before it: `{name}` is another slip
                    mapping.bare_keys += (key,)
        elif kind is mapping_event or kind is sequence_event:
            if len(above) >= MAX_DEPTH:
                raise YamlProblem(_TOO_DEEP, _span(event), where=where)
            if event.tag is not None or event.anchor:
                raise _refused(event, where)
            node = _Mapping(_span(event)) if kind is mapping_event else Node("sequence", [], _span(event))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            assert inside is not None
            end, begin = event.end_mark, inside.span
            inside.span = _new(Span, (begin.line, begin.column, end.line + 1, end.column + 1))
            inside = above.pop()
            mapping = inside if type(inside) is _Mapping else None
            continue
        elif kind is yaml.DocumentStartEvent and root is not None:
            hint = "put it into a file of its own"
            raise YamlProblem("a second document (---) begins here", _span(event), where=where, hint=hint)
        elif kind is yaml.AliasEvent:
            raise _refused(event, where)
        else:
            continue
        if mapping is not None:
            if key is None:
                raise _bad_key(text, node.span.line, where)
            mapping.add(key, key_span, node)
            key = None
        elif inside is not None:
            inside.value.append(node)
        else:
            root = node
        if kind is not scalar_event:
            above.append(inside)
            inside = node
            mapping = node if type(node) is _Mapping else None
    if root is None:
        raise YamlProblem("the file is empty", Span.at(1, 1), where=where)
    return root


def _bad_key(text: str, line: int, where: str) -> YamlProblem:
    from promptops.source.yaml.errors import explain_complex_key

    message, span, hint, _ = explain_complex_key(text.split("\n")[line - 1])
    return YamlProblem(message, Span.at(line, span.column, span.end_column - span.column), where=where, hint=hint)


def _refused(event: Any, where: str) -> YamlProblem:
    """What a tag, an anchor or an alias is answered with."""
    sign = "*" if type(event) is yaml.AliasEvent else "!" if event.tag is not None else "&"
    hint = _QUOTE_HINT if sign == "!" else _REPEAT_HINT
    message = f"a text cannot begin with {sign} without quotes: {sign} means something else there"
    return YamlProblem(message, _span(event), where=where, hint=hint)


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return _new(Span, (start.line + 1, start.column + 1, end.line + 1, end.column + 1))


def all_duplicates(node: Node) -> Iterator[tuple[str, Span, Span]]:
    """Every key that stands twice in its mapping, anywhere below `node`: (key, first place, second place)."""
    yield from node.duplicates
    children = node.value.values() if node.kind == "mapping" else node.value if node.kind == "sequence" else ()
    for child in children:
        if child.kind != "scalar":
            yield from all_duplicates(child)
