"""Values into messages: what the model receives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import jinja2
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from promptops.errors import RenderError
from promptops.model.chat.message import Message
from promptops.model.chat.message_template import MessageItem, TemplateText
from promptops.model.finding import START
from promptops.model.prompt import Input, Prompt
from promptops.model.suite import Case
from promptops.templating import plain
from promptops.templating.analysis import is_simple
from promptops.templating.assembly import Filled, assemble
from promptops.templating.chat.chat_values import read_chat_values, stand_ins
from promptops.templating.chat.conditions import HOLDS, check_condition, condition_template
from promptops.templating.chat.media_values import ReadMedia, media_of_application, media_of_case
from promptops.templating.closure import ITSELF, OLDEST, Closure
from promptops.templating.environment import TemplateEnvironment
from promptops.templating.input_check import InputCheck
from promptops.templating.limits.meter import FEW, SMALL, Meter, TemplateLimitError, begin_metering
from promptops.templating.renderer_protocol import RenderStoppedError
from promptops.templating.text_environment import TextEnvironment
from promptops.templating.usage import TemplateSyntaxProblem
from promptops.templating.value_text import JSON_HINT, coerce_to_schema

_Fill = Callable[[dict[str, Any], Meter], str]
_UNUSED = Meter()
_FEW_NAMES = 16
_MOST_INLINED = 200_000
"""Characters: a long text that is included a thousand times would be compiled a thousand times."""
_EVALUATOR_TEXT = "an evaluator's text"
_TOO_LARGE = "the template is too deep or too large"
_VALUES_DO_NOT_FIT = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What Python and Jinja's own filters raise."""


class Renderer:
    """A closure ready to be filled: every template is compiled once.

    `may_be_killed`: this process may, so nothing that can run for ever needs another one.
    """

    may_wait = False

    def __init__(self, closure: Closure, *, may_be_killed: bool = False) -> None:
        self.closure = closure
        prompt, own = closure.prompt, f"/{closure.prompt.path}"  # no template of a project has such a name

        def resolve(name: str, parent: str) -> str:
            return closure.references.get(ITSELF if parent == own else parent, {}).get(name, name)

        kind = TemplateEnvironment if closure.sealed_format == OLDEST else TextEnvironment
        self._environment = kind(closure.templates, resolve)
        self._text_environment = cache(
            lambda: TextEnvironment(closure.templates, resolve) if kind is TemplateEnvironment else self._environment
        )
        self._is_metered = False
        self._is_text_only = prompt.is_text_only and not any(item.kind for item in prompt.inputs)
        self._items = [self._compiled_item(item, prompt) for item in prompt.messages]
        self._texts_by_role = [(one.role, fill) for one, fill in zip(prompt.texts, self._each_fill(), strict=True)]
        self._texts: dict[str, jinja2.Template] = {}
        self._inputs = InputCheck(prompt, may_be_killed=may_be_killed)

    def render(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The messages for these values. RenderError names the input that is missing, unknown or does not fit."""
        if not self._is_text_only:
            return self._assembled(values, media_of_application, self.closure.prompt.id)
        context = self._context(values)
        current = begin_metering() if self._is_metered else _UNUSED
        return tuple([Message(role, fill(context, current)) for role, fill in self._texts_by_role])

    def render_case(self, case: Case) -> tuple[Message, ...]:
        """The messages for a case: those of its fields that are inputs fill the prompt."""
        values = self._values_of(case)
        if self._is_text_only:
            return self.render(values)
        return self._assembled(values, media_of_case(case), case.place or self.closure.prompt.id)

    def fill(self, values: Mapping[str, Any]) -> Filled:
        """Only the texts, for values in which JSON stands for media and histories (`ChatValues.as_json`)."""
        context = stand_ins(self.closure.prompt, self._context(values))
        current = begin_metering() if self._is_metered else _UNUSED
        return [item(context, current) for item in self._items]

    def fill_case(self, case: Case) -> Filled:
        """As `fill`, for a case."""
        return self.fill(self._values_of(case))

    def _assembled(self, values: Mapping[str, Any], read_media: ReadMedia, where: str) -> tuple[Message, ...]:
        chat = read_chat_values(self.closure.prompt, values, read_media, where)
        return assemble(self.closure, self.fill({**values, **chat.as_json()}), chat, where)

    def _context(self, values: Mapping[str, Any]) -> dict[str, Any]:
        if self.closure.prompt.plain:
            return dict(values)
        return {**self._environment.globals, **self._inputs.complete(values)}

    def _values_of(self, case: Case) -> Mapping[str, Any]:
        if self.closure.prompt.plain:
            return case.fields
        inputs = self.closure.prompt.inputs
        return {i.name: self._field_value(case, i) for i in inputs if i.name in case.fields}

    def text(self, template: str, fields: Mapping[str, Any]) -> str:
        """A text of an evaluator, filled from the case's fields in the prompt's own mode.

        It is sealed nowhere, so the rules of the newest format hold for it.
        """
        if "{" not in template:
            return template
        if self.closure.prompt.plain:
            return plain.fill_placeholders(template, fields)
        compiled = self._texts.get(template)
        if compiled is None:
            compiled = self._texts[template] = self._compile(
                template, _EVALUATOR_TEXT, environment=self._text_environment()
            )
        return _run(compiled, {**compiled.environment.globals, **fields}, begin_metering(), _EVALUATOR_TEXT)

    def compile_all(self) -> None:
        """RenderError for a template that reads well and that no values can fill. Included ones are else compiled when
        a text first includes them."""
        for path, text in self.closure.templates.items():
            self._compile(text, path, path)

    def _field_value(self, case: Case, item: Input) -> Any:
        if item.kind:
            return case.fields[item.name]
        try:
            return coerce_to_schema(case.fields[item.name], item.schema)
        except ValueError as exc:
            where = case.place or self.closure.prompt.id
            message = f"the input '{item.name}' does not fit: it must be {exc}"
            raise RenderError(message, where=where, hint=JSON_HINT) from exc

    def _plain_text(self, name: str, includer: str) -> str | None:
        text = self.closure.templates.get(self._environment.join_path(name, includer))
        return text if text is not None and "{" not in text and "\r" not in text else None

    def _each_fill(self) -> Iterator[_Fill]:
        for item in self._items:
            yield from item.fills

    def _compiled_item(self, item: MessageItem, prompt: Prompt) -> _FilledItem:
        condition: _Fill | None = None
        if item.when:
            line = "" if item.span == START else f":{item.span.line}"  # sealed, or in a process of its own: not known
            where = f"{prompt.path}{line} (when)"
            try:
                check_condition(item.when)
            except TemplateSyntaxProblem as exc:
                raise RenderError(f"'{item.when[:80]}' is no condition: {exc.message}", where=where) from exc
            condition = self._compiled_text(TemplateText("", condition_template(item.when)), where, prompt)
        fills = [self._compiled_text(text, f"{prompt.path} ({text.role} message)", prompt) for text in item.texts]
        return _FilledItem(condition, fills)

    def _compiled_text(self, text: TemplateText, where: str, prompt: Prompt) -> _Fill:
        content = text.content
        if prompt.plain:
            return lambda values, _: plain.fill_placeholders(content, values, where)
        if "{" not in content:
            return lambda values, _: content
        template = self._compile(content, where, f"/{prompt.path}")
        if _only_names(content):
            return lambda values, _: _run(template, values, None, where)
        self._is_metered = True
        return lambda values, current: _run(template, values, current, where)

    def _compile(
        self, text: str, where: str, name: str | None = None, environment: TemplateEnvironment | None = None
    ) -> jinja2.Template:
        environment = environment or self._environment
        try:
            tree = _Inlined(self._plain_text, name or "").visit(environment.parse(text, name, name))
            code = environment.compile(tree, name=name, filename=name)
            # Not `make_globals`: its ChainMap costs more in every render than the rest of a short prompt.
            return jinja2.Template.from_code(environment, code, environment.globals)
        except jinja2.TemplateSyntaxError as exc:
            raise RenderError(f"not a template: {exc.message}", where=f"{where}, line {exc.lineno}") from exc
        except (AssertionError, SyntaxError) as exc:  # what only the writing of its code shows
            message = _TOO_LARGE if "nested" in str(exc) else "not a template"
            raise RenderError(message, where=where, hint="promptops lint says what is wrong with it") from exc
        except (RecursionError, ValueError, OverflowError, MemoryError) as exc:
            raise RenderError(_TOO_LARGE, where=where) from exc


class _FilledItem(NamedTuple):
    """What fills the texts of a prompt's item, and tells whether it is there."""

    condition: _Fill | None
    fills: Sequence[_Fill]

    def __call__(self, context: dict[str, Any], current: Meter) -> list[str] | None:
        """The texts; None where the item is left out."""
        if self.condition is not None and self.condition(context, current) != HOLDS:
            return None
        return [fill(context, current) for fill in self.fills]


class _Inlined(NodeTransformer):
    """Puts included files that are mere text where they are included: the same words, without a template's cost."""

    def __init__(self, plain_text: Callable[[str, str], str | None], includer: str) -> None:
        self._plain_text = plain_text
        self._includer = includer
        self._room = _MOST_INLINED

    def visit_Include(self, node: nodes.Include) -> nodes.Node:
        """The text itself, if it is known and holds nothing to be filled."""
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        text = self._plain_text(name, self._includer) if isinstance(name, str) else None
        if text is None or len(text) > self._room:
            return node
        self._room -= len(text)
        return nodes.Output([nodes.TemplateData(text)], lineno=node.lineno)


def _only_names(text: str) -> bool:
    """Whether the template is text with a few names to be filled in: nothing in it needs to be counted."""
    return "{%" not in text and text.count("{{") <= _FEW_NAMES and is_simple(text)


def _run(template: jinja2.Template, context: dict[str, Any], current: Meter | None, where: str) -> str:
    """`template.render`, but `context` is one for all messages: the values over the environment's globals.

    Without a meter only the length of the text counts.
    """
    try:
        try:
            if current is None:
                text = "".join(template.root_render_func(template.new_context(context, shared=True)))
                return text if len(text) < SMALL else _UNUSED.checked(text)
            pieces = [*template.root_render_func(template.new_context(context, shared=True))]
            # A few pieces need no look at each: they are large only where values are.
            text = current.write(pieces) if current.held or len(pieces) > FEW else "".join(pieces)
            return text if len(text) < SMALL else current.finish(text)
        except Exception:
            template.environment.handle_exception()  # so that the traceback shows the template's lines
    except TemplateLimitError as exc:
        raise RenderStoppedError(f"the template cannot be filled: {exc}", where=where, hint=exc.hint) from exc
    except jinja2.TemplateNotFound as exc:
        raise RenderError(f"no template is called '{exc.name}'", where=where) from exc
    except jinja2.TemplateError as exc:
        raise RenderError(str(exc.message or exc), where=where, hint="check the names in double braces") from exc
    except NameError as exc:  # Jinja writes 1e400 as `inf`, which is a name in its code
        raise RenderError("a number in the template is too large", where=where) from exc
    except RecursionError as exc:
        message, hint = (
            "the template cannot be filled: it calls itself, or puts lists into lists, too often",
            "say in it where that ends",
        )
        raise RenderStoppedError(message, where=where, hint=hint) from exc
    except _VALUES_DO_NOT_FIT as exc:
        raise RenderError(f"the template cannot use these values: {exc}".removesuffix(": "), where=where) from exc
