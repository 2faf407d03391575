"""The module that gives prompts their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from promptops.model.prompt import Input, Prompt
from promptops.templating.plain import find_placeholders
from promptops.workflows.types.python_source import ClassNames, docstring, is_parameter, literal
from promptops.workflows.types.schema_types import ANY, SchemaTypes

MARK = "# Made by `promptops types`: what is changed here is lost at its next run."
HEAD = f'''{MARK}
# ruff: noqa
"""The prompts of this project with the types of their inputs: `prompts = typed(Prompts.from_git(…))`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Never, NotRequired, Protocol, TypedDict, Unpack, overload

from promptops import Call, Change, Prompts, ServedPrompt, Status, Version


class ClientMessage(Protocol):
    """A message as the clients of vendors give it, which a history may hold."""

    def model_dump(self, *, exclude_none: bool = ...) -> dict[str, Any]: ...


class PromptVersion(Protocol):
    """One version of a prompt, as `get` gives it."""

    @property
    def version(self) -> Version: ...

    @property
    def inputs(self) -> Mapping[str, Any]: ...
'''
_VIEW = '''
    def names(self) -> list[str]: ...

    def status(self) -> Status: ...

    def refresh(self) -> Status: ...

    def on_change(self, callback: Callable[[Change], object]) -> None: ...

    def close(self) -> None: ...

    def __contains__(self, name: object) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...

    def __len__(self) -> int: ...

    def __enter__(self) -> TypedPrompts: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def typed(prompts: Prompts) -> TypedPrompts:
    """The same prompts: only a type checker sees a difference."""
    return prompts
'''
TAKEN = (
    "Any", "Call", "Callable", "Change", "ClientMessage", "Iterator", "Literal", "Mapping", "Never", "NotRequired",
    "Path", "PromptVersion", "Prompts", "Protocol", "Sequence", "ServedPrompt", "Status", "TracebackType",
    "TypedDict", "TypedPrompts", "Unpack", "Version",
)  # fmt: skip
"""Names that mean something in the module already."""


class _Field(NamedTuple):
    """What `render` takes under a name."""

    name: str
    kind: str
    required: bool
    description: str = ""


class _PromptClass(NamedTuple):
    """A prompt's class, and that of its inputs."""

    prompt: Prompt
    name: str
    inputs: str
    fields: tuple[_Field, ...]
    source: str


def module_source(prompts: Iterable[Prompt]) -> str:
    """The module's text: the same prompts give the same text, in whichever order they come."""
    names = ClassNames(TAKEN)
    classes = [_prompt_class(prompt, names) for prompt in sorted(prompts, key=lambda one: one.id)]
    return "".join([HEAD, *(one.source for one in classes), _view(classes), _VIEW])


def _prompt_class(prompt: Prompt, names: ClassNames) -> _PromptClass:
    name = names.take(prompt.id)
    inputs = names.take(name, ending="Inputs")
    types = SchemaTypes(names, name)
    fields = tuple(_fields(prompt, types))
    types.typed_dict(inputs, [field[:3] for field in fields])
    lines = ["", "", f"class {name}(PromptVersion, Protocol):", docstring(_about(prompt), "    "), ""]
    lines += [*_signature(inputs, fields), docstring(_about_inputs(inputs, fields), "        "), "        ...", ""]
    definitions = "".join(f"\n\n{one}" for one in types.definitions)
    return _PromptClass(prompt, name, inputs, fields, definitions + "\n".join(lines))


def _fields(prompt: Prompt, types: SchemaTypes) -> Iterator[_Field]:
    if prompt.plain:
        found = (name for text in prompt.texts for name, _ in find_placeholders(text.content))
        yield from (_Field(name, ANY, True) for name in dict.fromkeys(found))
        return
    for item in prompt.inputs:
        yield _Field(item.name, types.of_input(item), item.required, _described(item))


def _described(item: Input) -> str:
    more = "" if item.required else f"Without it: {item.default!r}."
    return " ".join(filter(None, [" ".join(item.description.split()), more if len(more) < 100 else ""]))


def _about(prompt: Prompt) -> str:
    title = f"{prompt.name}: " if prompt.name and prompt.name != prompt.id else ""
    return f"{title}{prompt.description.strip() or prompt.id}\n\nIn {prompt.path}."


def _about_inputs(inputs: str, fields: Iterable[_Field]) -> str:
    every = list(fields)
    lines = ["The prompt filled."]
    if odd := [field.name for field in every if not is_parameter(field.name)]:
        name = " ".join(odd[0].split())
        lines[0] += f" Python has no parameter that is called '{name}': pass `**{inputs}({{…}})`."
    described = [f"{field.name}: {field.description}" for field in every if field.description]
    return "\n".join([*lines, "", *described] if described else lines)


def _signature(inputs: str, fields: tuple[_Field, ...]) -> list[str]:
    """The lines of `def render`, up to its colon."""
    if not all(is_parameter(field.name) for field in fields):
        return [f"    def render(self, /, **values: Unpack[{inputs}]) -> Call:"]
    if not fields:
        return ["    def render(self, /) -> Call:"]
    rows = [f"        {one.name}: {one.kind}{'' if one.required else ' = ...'}," for one in fields]
    return ["    def render(", "        self,", "        /,", "        *,", *rows, "    ) -> Call:"]


def _view(classes: list[_PromptClass]) -> str:
    """The class of all prompts, down to where its other methods begin."""
    lines = ["", "", "class TypedPrompts(Protocol):", '    """`Prompts`, where each name has its own type."""', ""]
    overload = ["    @overload"] if len(classes) > 1 else []  # one alone is no overload
    for one in classes:
        parameters = f"self, name: Literal[{literal(one.prompt.id)}], *, key: str | None = None"
        lines += [*overload, f"    def get({parameters}) -> {one.name}: ...", ""]
    for one in classes:
        parameters = f"self, prompt: Literal[{literal(one.prompt.id)}], /, **values: Unpack[{one.inputs}]"
        lines += [*overload, f"    def render({parameters}) -> Call: ...", ""]
    if not classes:
        lines += ["    def get(self, name: Never, *, key: str | None = None) -> ServedPrompt: ...", ""]
    return "\n".join(lines[:-1]) + "\n"
