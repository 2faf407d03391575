"""The types of prompts' inputs: what mypy says of right and wrong calls, and that the module is only what is meant."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import typing
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.model.chat.message_template import MessageTemplate, TemplateText
from promptops.model.prompt import Input, Prompt
from promptops.runtime.prompts import Prompts
from promptops.workflows.types.module_source import module_source
from promptops.workflows.types.python_source import ClassNames
from promptops.workflows.types.schema_types import SchemaTypes
from promptops.workflows.types.types import types_source
from tests.conftest import ProjectBuilder, write_files

FILES = {
    "promptops.yml": "models: {small: {provider: openai, model: gpt-x}}\n",
    "prompts/meeting-summary.prompt.yml": """\
model: small
description: 'Says "who" \\ what'
inputs:
  transcript: {type: string, description: What was said.}
  audience: {enum: [sales, product]}
  hint: {type: string, default: ""}
messages: [{role: user, content: '{{ transcript }}{{ audience }}{{ hint }}'}]
""",
    "prompts/legal/odd-names.prompt.yml": """\
model: small
inputs:
  class: {type: string}
  count: {type: integer, default: 1}
messages: [{role: user, content: 'a'}]
promptops: {owners: ['@ana']}
""",
    "prompts/support.prompt.yml": """\
model: small
inputs:
  history: {type: messages, default: []}
  photo: {type: image, default: null}
  order:
    type: object
    required: [id]
    properties:
      id: {type: integer}
      lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}
  tags: {type: array, items: {type: string}, default: []}
messages: [{messages: history}, {role: user, content: '{{ order }}{{ tags }}'}]
""",
    "prompts/plain.prompt.yml": "model: small\nmessages: [{role: user, content: 'Hi {{name}}'}]\n",
    "prompts/fixed.prompt.yml": (
        "model: small\nmessages: [{role: user, content: Hi}]\npromptops: {owners: ['@ana']}\n"
    ),
}
USE = """\
from pathlib import Path

from openai.types.chat import ChatCompletionMessage, ChatCompletionMessageParam
from promptops import Call, Prompts
from prompts_types import LegalOddNamesInputs, MeetingSummary, MeetingSummaryInputs, SupportOrder, typed

prompts = typed(Prompts.from_worktree(".", watch=False))
summary: MeetingSummary = prompts.get("meeting-summary", key="ada")

def use(sent: list[ChatCompletionMessageParam], reply: ChatCompletionMessage, values: MeetingSummaryInputs) -> None:
    call: Call = summary.render(transcript="x", audience="sales")
    summary.render(transcript="x", audience="product", hint="y")
    summary.render(**values)
    prompts.render("meeting-summary", transcript="x", audience="sales")
    prompts.get("legal/odd-names").render(**LegalOddNamesInputs({"class": "x"}))
    order: SupportOrder = {"id": 1, "lines": [{"sku": "a"}, {}]}
    prompts.get("support").render(order=order, history=sent, photo=Path("a.png"), tags=("a", "b"))
    prompts.get("support").render(order={"id": 1}, history=[*sent, reply], photo=None)
    prompts.get("plain").render(name=7)
    prompts.get("fixed").render()
    digest: str = summary.version.digest
    with prompts as opened:
        assert "fixed" in opened and opened.names() == list(opened) and opened.status().fresh and len(opened)
        opened.on_change(lambda change: None)
"""
WRONG = """\
from promptops import Prompts
from prompts_types import LegalOddNamesInputs, typed
prompts = typed(Prompts.from_worktree("."))
prompts.get("meeting-sumary")
prompts.get("meeting-summary").render(transcript="x")
prompts.get("meeting-summary").render(transcript="x", audience="legal")
prompts.get("meeting-summary").render(transcript=7, audience="sales")
prompts.get("meeting-summary").render(transcript="x", audience="sales", hints="y")
prompts.render("meeting-summary", transcript="x")
prompts.get("legal/odd-names").render(**LegalOddNamesInputs({"klass": "x"}))
prompts.get("support").render(order={"id": "1"})
prompts.get("support").render(order={"id": 1}, photo=7)
prompts.get("support").render(order={"id": 1}, history="Hi")
prompts.get("plain").render()
prompts.get("fixed").render(x=1)
"""


def loaded(text: str, folder: Path) -> ModuleType:
    """The module, imported."""
    file = folder / "prompts_types.py"
    file.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("prompts_types", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mypy_lets_right_calls_pass_and_finds_each_wrong_one(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(
        tmp_path / "app",
        {"prompts_types.py": types_source(project(FILES)), "use.py": USE, "wrong.py": WRONG},
    )
    monkeypatch.setenv("MYPYPATH", "")
    options = ["--strict", "--config-file", "", "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", *options, "prompts_types.py", "use.py", "wrong.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path / "app")
    errors = {line.split(": ", 1)[0] for line in done.stdout.splitlines() if ": error: " in line}
    assert done.stderr == ""
    assert errors == {f"wrong.py:{number}" for number in range(4, 4 + len(WRONG.splitlines()) - 3)}, done.stdout


def test_what_is_typed_are_the_prompts_themselves(project: ProjectBuilder, tmp_path: Path) -> None:
    module = loaded(types_source(built := project(FILES)), tmp_path)
    prompts = Prompts.from_worktree(built.source.root, watch=False)  # type: ignore[attr-defined]
    assert module.typed(prompts) is prompts
    call = prompts.get("legal/odd-names").render(**module.LegalOddNamesInputs({"class": "x"}))
    assert call.version.name == "legal/odd-names"
    hints = typing.get_type_hints(module.SupportInputs)
    assert hints["order"] is module.SupportOrder
    methods = {name for name in vars(Prompts) if not name.startswith(("_", "from_"))}
    assert methods == {name for name in vars(module.TypedPrompts) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "Any"),
        ({"description": "x"}, "Any"),
        ({"type": "string", "format": "date"}, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "float"),
        ({"type": "boolean"}, "bool"),
        ({"type": "null"}, "None"),
        ({"type": ["null", "string", "string"]}, "str | None"),
        ({"type": "colour"}, "Any"),
        ({"type": "array"}, "Sequence[Any]"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}, "Sequence[Sequence[int]]"),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, "Sequence[Any]"),
        ({"type": "object"}, "Mapping[str, Any]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "Mapping[str, float]"),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": True}, "Mapping[str, Any]"),
        ({"type": "object", "properties": {"a": {}}, "patternProperties": {"b": {}}}, "Mapping[str, Any]"),
        ({"type": "object", "properties": {"a": {}}}, "PX"),
        ({"enum": ["a", 'b"\\', 1, True, -2]}, 'Literal["a", "b\\"\\\\", 1, True, -2]'),
        ({"enum": ["a", None, 0.5]}, 'Literal["a"] | float | None'),
        ({"enum": ["a", ["b"]]}, "Any"),
        ({"const": "a", "type": "string"}, 'Literal["a"]'),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "string"}]}, "str | int"),
        ({"oneOf": [{"type": "string"}, {}]}, "Any"),
        ({"allOf": [{"type": "string"}]}, "str"),
        ({"allOf": [{"type": "string"}, {"minLength": 1}]}, "Any"),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "integer"}}}, "int"),
        ({"$ref": "#"}, "Any"),
        ({"$ref": "https://example.org/x"}, "Any"),
        ({"$ref": "#/nowhere/at/all"}, "Any"),
        ({"type": "object", "properties": {"again": {"$ref": "#"}}, "additionalProperties": True}, "Mapping[str, Any]"),
    ],
)
def test_a_schema_as_a_type(schema: dict[str, Any], expected: str) -> None:
    assert SchemaTypes(ClassNames(()), "P").of_input(Input("x", schema)) == expected


@pytest.mark.parametrize(
    ("kind", "required", "expected"),
    [
        ("image", True, "str | bytes | Path"),
        ("file", False, "str | bytes | Path | None"),
        ("messages", False, "Sequence[Mapping[str, Any] | ClientMessage]"),
    ],
)
def test_our_own_types(kind: str, required: bool, expected: str) -> None:
    assert SchemaTypes(ClassNames(()), "P").of_input(Input("x", {"type": kind}, required)) == expected


def test_a_group_that_holds_itself_ends_somewhere() -> None:
    types = SchemaTypes(ClassNames(()), "P")
    assert types.of_input(Input("x", {"type": "object", "properties": {"again": {"$ref": "#"}}})) == "PX"
    assert 2 < len(types.definitions) < 30


def test_two_prompts_never_share_a_class_and_none_takes_a_name_that_is_used() -> None:
    ids = ["a-b", "a/b", "a_b", "call", "true", "none", "path", "7", "ü", "typed-prompts", "exception", "a", "a-inputs"]
    module = ast.parse(module_source([prompt(each) for each in ids]))
    classes = [node.name for node in module.body if isinstance(node, ast.ClassDef)]
    assert len(classes) == len(set(classes)) == len(ids) + 3
    assert classes[-1] == "TypedPrompts"


def prompt(identifier: str, title: str = "", description: str = "", inputs: tuple[Input, ...] = ()) -> Prompt:
    message = MessageTemplate("user", (TemplateText("user", "Hi"),))
    return Prompt(identifier, PurePosixPath("prompts/x.prompt.yml"), (message,), title, description, inputs=inputs)


TEXTS = st.text(max_size=20) | st.sampled_from(
    ['"""', "\\", '\\"""\nimport os\n"""', "a\u2028b", "class", "self", "__x", "ﬁ", "\ud800", "{}", "#", "'", "\r\n"]
)
SCHEMAS = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(TEXTS, st.just({}), max_size=3)}
)
INPUTS = st.builds(
    Input,
    TEXTS,
    SCHEMAS | st.fixed_dictionaries({"enum": st.lists(TEXTS, min_size=1, max_size=3)}),
    st.booleans(),
    TEXTS,
    description=TEXTS,
)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(prompt, TEXTS, TEXTS, TEXTS, st.lists(INPUTS, max_size=3, unique_by=lambda i: i.name).map(tuple)),
        max_size=3,
        unique_by=lambda p: p.id,
    )
)
def test_whatever_people_write_the_module_holds_nothing_but_types(prompts: list[Prompt]) -> None:
    text = module_source(prompts)
    assert text == module_source(prompts[::-1])
    assert all(line.isprintable() for line in text.split("\n"))
    module = ast.parse(text)
    for node in module.body:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom():
                pass
            case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Name(id="TypedDict"), keywords=[])):
                assert sum(isinstance(each, ast.Call) for each in ast.walk(node)) == 1
            case ast.ClassDef(decorator_list=[], keywords=[]):
                assert all(isinstance(each, (ast.FunctionDef, ast.Expr)) for each in node.body)
                assert not [each for each in ast.walk(node) if isinstance(each, (ast.Call, ast.Import, ast.Lambda))]
            case ast.FunctionDef(name="typed"):
                pass
            case _:
                pytest.fail(ast.dump(node))
    said = {each.value for each in ast.walk(module) if isinstance(each, ast.Constant)}
    assert {one.id for one in prompts} | {item.name for one in prompts for item in one.inputs} <= said
