"""What is wrong with a JSON Schema, found by looking at its structure: no library says it in plain words, or where."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.json_schema.embedded_schemas import Schema
from promptops.lint.json_schema.keyword_checks import (
    SchemaProblem,
    wrong_expression,
    wrong_limits,
    wrong_pattern,
    wrong_value_types,
    wrong_values,
)
from promptops.lint.json_schema.value_types import OTHER_TYPES, OWN_TYPES, OWN_WORDS, TYPES, types_of
from promptops.model.chat.message_template import MESSAGES
from promptops.model.finding import Fix, Severity, Span
from promptops.source.yaml.reader import Node
from promptops.templating.json_schema.keywords import (
    COUNT_LIMITS,
    NUMBER_LIMITS,
    SINCE,
    SUBSCHEMA,
    SUBSCHEMA_GROUP,
    SUBSCHEMA_LIST,
)
from promptops.templating.json_schema.schema_cleaning import MAX_LOOKS, draft_of, looks

_PARENTS = frozenset((*SUBSCHEMA, *SUBSCHEMA_LIST, *SUBSCHEMA_GROUP))
_KEYWORDS = frozenset({
    *_PARENTS, *NUMBER_LIMITS, *COUNT_LIMITS, "type", "required", "enum", "const", "$ref", "$schema", "$id", "id",
    "$comment", "$anchor", "$dynamicRef", "$dynamicAnchor", "title", "description", "default", "examples", "example",
    "deprecated", "readOnly", "writeOnly", "exclusiveMinimum", "exclusiveMaximum", "pattern", "format", "uniqueItems",
    "dependencies", "dependentRequired", "contentEncoding", "contentMediaType", "contentSchema", "nullable",
})  # fmt: skip
_OTHER_KEYWORDS = {
    "options": "enum", "choices": "enum", "values": "enum", "one_of": "oneOf", "any_of": "anyOf", "all_of": "allOf",
    "min": "minimum", "max": "maximum", "regex": "pattern", "ref": "$ref", "defs": "$defs", "desc": "description",
}  # fmt: skip
"""What people write for a keyword; told only where a schema has a type and so cannot be a list of fields."""
MOST_LOOKED_UP = 40
_MOST_IN_PATTERNS = 20_000
"""Characters of all expressions together."""


class SchemaWalk:
    """Goes over the schemas of a file. Looking for near words and reading expressions is slow, so both are limited."""

    def __init__(self) -> None:
        self._looked_up = 0
        self._patterns = 0

    def over(self, schema: Schema) -> Iterator[SchemaProblem]:
        """Everything that is wrong with one schema."""
        self.schema = schema
        self.own = ("untrusted",) if schema.purpose == "input" else ()
        self._references: list[Span] = []
        named = schema.root.get("$schema")
        self._draft = draft_of({"$schema": named.text} if named is not None else {})
        yield from self.check(schema.root)
        if self._references and looks(schema.root.as_data()) > MAX_LOOKS:
            message, hint = "the references double at every step", "let each name lead to the next one once"
            yield SchemaProblem(self._references[0], message, hint, detail="a check would not end, so none is made")

    def check(self, node: Node, part: bool = False) -> Iterator[SchemaProblem]:
        """Everything below `node`. `part`: it only adds to another schema, so fields may be described elsewhere."""
        if node.kind != "mapping":
            return
        types = types_of(node)
        yield from self._type(node)
        if types == ("array",) and "items" not in node.value and "prefixItems" not in node.value:
            yield from self._open_list(node)
        yield from self._keywords(node, types)
        yield from self._required(node, part)
        yield from wrong_values(node, types)
        yield from wrong_limits(node)
        yield from wrong_value_types(node, ("description", *self.own) if node is self.schema.root else ())
        yield from self._expressions(node)
        yield from self._reference(node)
        if not _PARENTS.isdisjoint(node.value):
            yield from self._children(node, part)

    def _type(self, node: Node) -> Iterator[SchemaProblem]:
        kind = node.get("type")
        if kind is None:
            return
        for name in kind.value if kind.kind == "sequence" else [kind]:
            if name.kind != "scalar":
                yield SchemaProblem(name.span, "a type is one word", f"use one of: {', '.join(TYPES)}")
            elif name.value is None:
                span = name.span if name.text else node.key_spans["type"]
                fix = Fix(span, '"null"') if name.text else None
                hint = 'write "null" between quotes' if name.text else f"use one of: {', '.join(TYPES)}"
                yield SchemaProblem(span, "without quotes this is nothing, and no type", hint, fix=fix)
            elif name.text in OWN_TYPES and self.schema.purpose == "input":
                if kind is name and self._is_input(node):
                    continue
                wanted = f"NAME: {{type: {name.text}{', default: null' if name.text != MESSAGES else ''}}}"
                message = f"'{name.text}' stands in another value, but it is an input of its own"
                hint = f"write it alone, at the top of an input:\n  inputs:\n    {wanted}"
                yield SchemaProblem(name.span, message, hint)
            elif self._is_input(node) and name.text.lower() in OWN_WORDS:
                meant = OWN_WORDS[name.text.lower()]
                message = f"'{name.text[:40]}' is not a type of an input"
                yield SchemaProblem(name.span, message, f"write {meant}", fix=Fix(name.span, meant))
            elif name.text not in TYPES:
                word = OTHER_TYPES.get(name.text.lower()) or self._nearest(name.text.lower(), TYPES, 0.8)
                hint = f"write {word}" if word else f"use one of: {', '.join(TYPES)}"
                message = f"'{name.text[:40]}' is not a type of JSON Schema"
                quote = name.style if name.style in ("'", '"') else ""
                fix = Fix(name.span, f"{quote}{word}{quote}") if word else None
                yield SchemaProblem(name.span, message, hint, fix=fix)

    def _is_input(self, node: Node) -> bool:
        """Whether this is all of an input, where the types of ours may stand."""
        return self.schema.purpose == "input" and node is self.schema.root

    def _open_list(self, node: Node) -> Iterator[SchemaProblem]:
        if self.schema.purpose == "tool" or self.schema.strict:
            message, detail = "nothing says what is in this list", "OpenAI refuses such a schema"
            severity: Severity = "error" if self.schema.strict else "warning"
            yield SchemaProblem(node.key_spans["type"], message, "add `items: {type: …}`", severity, detail=detail)

    def _keywords(self, node: Node, types: tuple[str, ...]) -> Iterator[SchemaProblem]:
        for key in node.value:
            if key in _KEYWORDS or key in self.own or key.startswith(("$$", "x-", "_")):
                if SINCE.get(key, 0) > self._draft:
                    hint = "delete `$schema`, or let it name draft 2020-12"
                    message, detail = f"the draft that `$schema` names has no word '{key}'", "it is passed over"
                    yield SchemaProblem(node.key_spans[key], message, hint, "warning", detail=detail)
                continue
            near = _OTHER_KEYWORDS.get(key, "") if types else ""
            near = near or self._nearest(key, (*_KEYWORDS, *self.own), 0.8)
            if near and near not in node.value:
                span = node.key_spans[key]
                message, detail = f"JSON Schema has no word '{key[:40]}'", "it is passed over, as if it were not there"
                fix = Fix(span, near) if key not in _OTHER_KEYWORDS and self.schema.json is None else None
                yield SchemaProblem(span, message, f"did you mean '{near}'?", "warning", fix, detail)

    def _required(self, node: Node, part: bool) -> Iterator[SchemaProblem]:
        required, properties = node.get("required"), node.get("properties")
        if required is None:
            return
        if required.kind != "sequence":
            yes = required.kind == "scalar" and required.value is True
            hint = "write a list of the fields that must be there, in the group that has `properties`"
            if self.schema.purpose == "input" and node is self.schema.root:
                hint = "delete it: every input is required" if yes else "delete it, and give the input a `default`"
            yield SchemaProblem(node.key_spans["required"], "`required` is a list of names", hint)
            return
        seen: set[str] = set()
        for name in required.value:
            if name.kind == "scalar" and name.text in seen:
                yield SchemaProblem(name.span, f"'{name.text[:60]}' is required twice", "keep one of the two")
            seen.add(name.text)
        if properties is None or properties.kind != "mapping":
            return
        others = node.get("additionalProperties")
        closed = others is not None and others.value is False
        elsewhere = part or any(key in node.value for key in ("allOf", "anyOf", "oneOf", "$ref", "patternProperties"))
        for name in required.value:
            if name.kind == "scalar" and name.text not in properties.value and not elsewhere:
                message = f"'{name.text[:60]}' is required, but there is no such field under properties"
                near = self._nearest(name.text, properties.value, 0.7)
                hint = f"did you mean '{near}'?" if near else "add it there, or take it from this list"
                yield SchemaProblem(name.span, message, hint, "error" if closed else "warning")

    def _expressions(self, node: Node) -> Iterator[SchemaProblem]:
        pattern, named = node.get("pattern"), node.get("patternProperties")
        if pattern is not None and self._patterns < _MOST_IN_PATTERNS:
            self._patterns += len(pattern.text)
            yield from wrong_pattern(node)
        for name in named.value if named is not None and named.kind == "mapping" else ():
            if self._patterns < _MOST_IN_PATTERNS:
                self._patterns += len(name)
                yield from wrong_expression(name, named.key_spans[name] if named is not None else node.span)

    def _reference(self, node: Node) -> Iterator[SchemaProblem]:
        reference = node.get("$ref")
        if reference is None:
            return
        if reference.kind != "scalar" or not isinstance(reference.value, str):
            yield SchemaProblem(node.key_spans["$ref"], "`$ref` must be a text", 'write it like "#/$defs/name"')
            return
        self._references.append(reference.span)
        target, root = reference.text, self.schema.root
        if "$id" in root.value or "id" in root.value:
            return  # names may count from another place then
        if not target.startswith("#"):
            message, detail = f"'{target[:60]}' leads out of this schema", "no model and no check follows it there"
            hint = "put what it names under $defs, and write #/$defs/NAME"
            yield SchemaProblem(reference.span, message, hint, detail=detail)
        elif target.startswith("#/") and not _leads_to(root, target):
            names = [f"#/{group}/{name}" for group in ("$defs", "definitions") for name, _ in root.group(group).items()]
            near = self._nearest(target, names, 0.6)
            hint = f"did you mean '{near}'?" if near else "add what it names under $defs"
            yield SchemaProblem(reference.span, f"'{target[:60]}' leads nowhere in this schema", hint)

    def _children(self, node: Node, part: bool) -> Iterator[SchemaProblem]:
        for key in SUBSCHEMA_GROUP:
            group = node.get(key)
            if group is None:
                continue
            if group.kind != "mapping":
                hint = "write one `name: {type: …}` on each line, without dashes"
                yield SchemaProblem(node.key_spans[key], f"`{key}` is a group of names, each with its schema", hint)
                continue
            for name, child in group.items():
                yield from self._child(child, group.key_spans[name], part and key == "properties")
        for key in SUBSCHEMA_LIST:
            group = node.get(key)
            if group is None:
                continue
            if group.kind != "sequence" or not group.value:
                hint = "begin each with a dash and a space"
                yield SchemaProblem(node.key_spans[key], f"`{key}` is a list of schemas", hint)
                continue
            for child in group.value:
                yield from self._child(child, child.span, key != "prefixItems")
        for key in SUBSCHEMA:
            one = node.get(key)
            if one is not None and key == "items" and one.kind == "sequence":
                for item in one.value:
                    yield from self._child(item, item.span, False)
            elif one is not None:
                yield from self._child(one, node.key_spans[key], key in ("not", "if", "then", "else"))

    def _child(self, child: Node, key: Span, part: bool) -> Iterator[SchemaProblem]:
        if child.kind == "mapping":
            yield from self.check(child, part)
        elif child.kind != "scalar" or not isinstance(child.value, bool):
            typed = child.kind == "scalar" and child.text in TYPES
            hint = f"write {{type: {child.text}}}" if typed else "write what it is: {type: …}"
            fix = Fix(child.span, f"{{type: {child.text}}}") if typed and self.schema.json is None else None
            place = child.span if child.kind == "scalar" and child.text else key
            yield SchemaProblem(place, "this is not a schema", hint, fix=fix)

    def _nearest(self, word: str, known: object, cutoff: float) -> str:
        if len(word) > 60 or self._looked_up >= MOST_LOOKED_UP:
            return ""
        import difflib  # only where something is misspelt
        from itertools import islice

        self._looked_up += 1
        names = list(islice(known, 200))  # type: ignore[call-overload]
        close = difflib.get_close_matches(word, names, 1, cutoff)
        return close[0] if close else ""


def _leads_to(root: Node, reference: str) -> bool:
    from urllib.parse import unquote

    node: Node | None = root
    for step in unquote(reference[2:]).split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if node is not None and node.kind == "sequence":
            node = node.value[int(name)] if len(name) < 9 and name.isdecimal() and int(name) < len(node.value) else None
        elif node is not None:
            node = node.get(name)
    return node is not None
