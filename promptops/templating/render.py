"""Values into messages: what the model receives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from promptops.errors import RenderError
from promptops.model.prompt import Input, Message, Prompt
from promptops.model.suite import Case
from promptops.templating import plain
from promptops.templating.closure import ITSELF, Closure
from promptops.templating.environment import MAX_MESSAGE_CHARACTERS, TemplateEnvironment
from promptops.templating.json_schema.json_values import NotJsonError, as_json
from promptops.templating.json_schema.schema_cleaning import demands_nothing
from promptops.templating.value_text import JSON_HINT, coerce_to_schema

if TYPE_CHECKING:
    from promptops.templating.json_schema.validator import SchemaValidator


class Renderer:
    """A closure ready to be filled: every template is compiled once.

    `may_be_killed`: this process may, so nothing that can run for ever needs another one.
    """

    def __init__(self, closure: Closure, *, may_be_killed: bool = False) -> None:
        self.closure = closure
        prompt, own = closure.prompt, f"/{closure.prompt.path}"  # no template of a project has such a name

        def resolve(name: str, parent: str) -> str:
            return closure.references.get(ITSELF if parent == own else parent, {}).get(name, name)

        self._environment = TemplateEnvironment(closure.templates, resolve)
        self._fill = [self._compiled(message, prompt, index) for index, message in enumerate(prompt.messages)]
        self._texts: dict[str, jinja2.Template] = {}
        self._inputs = {i.name: (i, _input_validator(i.schema, may_be_killed)) for i in prompt.inputs}
        self._roles = tuple(message.role for message in prompt.messages)

    def render(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The messages for these values. RenderError names the input that is missing, unknown or does not fit."""
        checked = self._checked(values)
        return tuple([Message(role, fill(checked)) for role, fill in zip(self._roles, self._fill, strict=True)])

    def render_case(self, case: Case) -> tuple[Message, ...]:
        """The messages for a case: those of its fields that are inputs fill the prompt."""
        if self.closure.prompt.plain:
            return self.render(case.fields)
        inputs = self.closure.prompt.inputs
        return self.render({i.name: self._field_value(case, i) for i in inputs if i.name in case.fields})

    def text(self, template: str, fields: Mapping[str, Any]) -> str:
        """A text of an evaluator, filled from the case's fields in the prompt's own mode."""
        if "{" not in template:
            return template
        if self.closure.prompt.plain:
            return plain.fill_placeholders(template, fields)
        compiled = self._texts.get(template)
        if compiled is None:
            compiled = self._texts[template] = self._compile(template, "an evaluator's text")
        return _run(compiled, fields, "an evaluator's text")

    def _field_value(self, case: Case, item: Input) -> Any:
        try:
            return coerce_to_schema(case.fields[item.name], item.schema)
        except ValueError as exc:
            where = f"{case.path}:{case.line}" if case.path is not None else self.closure.prompt.id
            message = f"the input '{item.name}' does not fit: it must be {exc}"
            raise RenderError(message, where=where, hint=JSON_HINT) from exc

    def _plain_text(self, name: str, includer: str) -> str | None:
        text = self.closure.templates.get(self._environment.join_path(name, includer))
        return text if text is not None and "{" not in text and "\r" not in text else None

    def _checked(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        prompt, declared = self.closure.prompt, self._inputs
        if prompt.plain:
            return values
        if not values.keys() <= declared.keys():
            unknown = [name for name in values if name not in declared]
            listed = ", ".join(declared) or "none"
            raise RenderError(f"no input is called '{unknown[0]}'", where=prompt.id, hint=f"the inputs are: {listed}")
        complete: dict[str, Any] = {}
        for name, (item, check) in declared.items():
            if name not in values:
                if item.required:
                    hint = f"give a value for '{name}', or write a default into the prompt"
                    raise RenderError(f"the input '{name}' has no value", where=prompt.id, hint=hint)
                complete[name] = item.default
                continue
            complete[name] = values[name]
            if problem := check(values[name]):
                raise RenderError(f"the input '{name}' does not fit: {problem}", where=prompt.id)
        return complete

    def _compiled(self, message: Message, prompt: Prompt, index: int) -> Callable[[Mapping[str, Any]], str]:
        where = f"{prompt.path} ({message.role} message)"
        if prompt.plain:
            return lambda values: plain.fill_placeholders(message.content, values, where)
        if "{" not in message.content:
            return lambda values: message.content
        template = self._compile(message.content, where, f"/{prompt.path}")
        return lambda values: _run(template, values, where)

    def _compile(self, text: str, where: str, name: str | None = None) -> jinja2.Template:
        environment = self._environment
        try:
            tree = _Inlined(self._plain_text, name or "").visit(environment.parse(text, name, name))
            code = environment.compile(tree, name=name, filename=name)
            # Not `make_globals`: its ChainMap costs more in every render than the rest of a short prompt.
            return jinja2.Template.from_code(environment, code, environment.globals)
        except jinja2.TemplateSyntaxError as exc:
            raise RenderError(f"not a template: {exc.message}", where=f"{where}, line {exc.lineno}") from exc
        except (RecursionError, SyntaxError, ValueError, OverflowError, MemoryError) as exc:
            raise RenderError("the template is too deep or too large", where=where) from exc


class _Inlined(NodeTransformer):
    """Puts included files that are mere text where they are included: the same words, without a template's cost."""

    def __init__(self, plain_text: Callable[[str, str], str | None], includer: str) -> None:
        self._plain_text = plain_text
        self._includer = includer

    def visit_Include(self, node: nodes.Include) -> nodes.Node:
        """The text itself, if it is known and holds nothing to be filled."""
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        text = self._plain_text(name, self._includer) if isinstance(name, str) else None
        return node if text is None else nodes.Output([nodes.TemplateData(text)], lineno=node.lineno)


def _run(template: jinja2.Template, values: Mapping[str, Any], where: str) -> str:
    try:
        text = template.render(values)
    except jinja2.TemplateNotFound as exc:
        raise RenderError(f"no template is called '{exc.name}'", where=where) from exc
    except jinja2.TemplateError as exc:
        raise RenderError(str(exc.message or exc), where=where, hint="check the names in double braces") from exc
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError, MemoryError) as exc:
        raise RenderError(f"the template cannot use these values: {exc}".removesuffix(": "), where=where) from exc
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise RenderError(f"the message is {len(text):,} characters long", where=where, hint="is a loop too long?")
    return text


def _json_type(value: Any) -> str:
    """What a value is in JSON's words. The value itself is not shown: it may be somebody's data."""
    if value is None:
        return "null"
    kinds = {bool: "boolean", str: "string", int: "integer", float: "number", dict: "object", list: "array"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), type(value).__name__)


def _input_validator(schema: Mapping[str, Any], may_be_killed: bool) -> Callable[[Any], str]:
    """A function that says what does not fit, or nothing. The schema is compiled on first use."""
    if demands_nothing(schema):
        return _unsendable
    compiled: list[SchemaValidator] = []

    def check(value: Any) -> str:
        if not compiled:
            # Imported where it is used: 20 ms that lint and a prompt without inputs do not pay.
            from promptops.templating.json_schema.validator import BadSchemaError, compile_schema

            try:
                compiled.append(compile_schema(schema, may_be_killed=may_be_killed))
            except (BadSchemaError, MemoryError) as exc:
                return f"its JSON Schema is not valid ({exc})"
        return _misfit(compiled[0], value)

    return check


def _misfit(validator: SchemaValidator, value: Any) -> str:
    try:
        found = validator.mismatch(value)
    except ValueError as exc:
        return f"whether it fits cannot be told: {exc}"
    if found is None:
        return ""
    given = f", not {_json_type(found.found)}" if found.keyword == "type" else ""
    return f"the value{found.place} {found.message}{given}"


def _unsendable(value: Any) -> str:
    """What no model can be sent, in a value that may be anything else."""
    if type(value) is str and value.isascii():
        return ""
    try:
        as_json(value, opaque=True)
    except NotJsonError as exc:
        return f"the value {exc}"
    return ""
