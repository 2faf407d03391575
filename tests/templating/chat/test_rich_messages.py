"""Histories, examples, parts and conditions, from the file to the messages: here, sealed, and in another process."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import PromptError, RenderError
from promptops.evals.registry import KINDS
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.config import ModelSpec
from promptops.model.suite import Case
from promptops.pins.sealing import seal_closure
from promptops.pins.unsealing import unseal
from promptops.source.files.worktree import Worktree
from promptops.source.project import Project
from promptops.templating.closure import Closure, make_closure
from promptops.templating.isolated_renderer import FORK_LIMITS, TemplateProcess
from promptops.templating.render import Renderer
from promptops.templating.renderer_protocol import CaseRenderer
from tests.conftest import write_files

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
PNG_URI = f"data:image/png;base64,{b64encode(PNG).decode()}"
BAKERY = """
inputs:
  history: {type: messages}
  photo: {type: image, default: null}
  hint: {type: string, default: ""}
  question: {type: string}
messages:
  - role: system
    content: You help customers of a bakery.
  - examples: shared/bakery.jsonl
  - messages: history
  - when: hint
    role: system
    content: "Hint: {{ hint }}"
  - role: user
    content:
      - {type: text, text: "{{ question }}"}
      - {type: image, image: photo}
tools: shared/tools.yml
"""
TOOLS = "- name: find_order\n  parameters: {type: object, properties: {id: {type: string}}}\n"
FILES: dict[str, str | bytes] = {
    "prompts/a.prompt.yml": BAKERY,
    "prompts/shared/bakery.jsonl": '{"user": "Open {{ x }}?", "assistant": "From seven."}\n',
    "prompts/shared/tools.yml": TOOLS,
    "photos/cake.png": PNG,
}
HISTORY = [
    {"role": "user", "content": "Where is 5?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": '{"id": "5"}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "baked"},
    {"role": "assistant", "content": "It is baked."},
]
SPOKEN = (
    Message("user", "Where is 5?"),
    Message("assistant", "", (ToolCall("find_order", '{"id": "5"}', "c1"),)),
    Message("tool", "baked", (), "c1"),
    Message("assistant", "It is baked."),
)
BEGIN = (
    Message("system", "You help customers of a bakery."),
    Message("user", "Open {{ x }}?"),
    Message("assistant", "From seven."),
)


def closure_of(folder: Path, files: dict[str, str | bytes]) -> Closure:
    write_files(folder, {name: text for name, text in files.items() if isinstance(text, str)})
    for name, data in files.items():
        if isinstance(data, bytes):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    project = Project(Worktree(folder), KINDS)
    return make_closure(project.source, project.prompt("a"), project.template_folder)


@pytest.fixture
def closure(tmp_path: Path) -> Closure:
    return closure_of(tmp_path, FILES)


@pytest.fixture(scope="module")
def process() -> Iterator[TemplateProcess]:
    made = TemplateProcess(FORK_LIMITS)
    yield made
    made.close()


@pytest.fixture(params=["here", "sealed", "isolated"])
def renderer(request: pytest.FixtureRequest, closure: Closure, process: TemplateProcess) -> CaseRenderer:
    if request.param == "isolated":
        return process.renderer(closure)
    if request.param == "sealed":
        return Renderer(unseal(seal_closure(closure, ModelSpec("m", "local", "m")), "a").closure)
    return Renderer(closure)


def test_all_of_it_becomes_messages_in_their_order(renderer: CaseRenderer) -> None:
    made = renderer.render({"history": HISTORY, "question": "Is this mine?", "photo": PNG_URI, "hint": "be kind"})
    photo = Media("image", "image/png", PNG)
    asked = Message("user", ("Is this mine?", photo))
    assert made == (*BEGIN, *SPOKEN, Message("system", "Hint: be kind"), asked)
    assert made[5].tool_call_id == made[4].tool_calls[0].id == "c1"


def test_what_is_empty_is_left_out(renderer: CaseRenderer) -> None:
    assert renderer.render({"history": [], "question": "Open?"}) == (*BEGIN, Message("user", ("Open?",)))


def test_a_case_names_a_picture_of_the_project(renderer: CaseRenderer, tmp_path: Path) -> None:
    fields = {"history": HISTORY[:1], "question": "Q", "photo": "photos/cake.png"}
    made = renderer.render_case(Case("1", fields, files=Worktree(tmp_path)))
    assert made[-1] == Message("user", ("Q", Media("image", "image/png", PNG, name="cake.png")))
    assert made[-1].media[0].name == "cake.png"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"history": "hi"}, "'history' does not fit: it is not a list of messages"),
        ({"history": [{"role": "user"}]}, "message 1: it has no content"),
        ({"history": [{"role": "usr", "content": "x"}]}, "message 1: 'usr' is not a role"),
        ({"history": [{"role": "system", "content": "x"}]}, "message 1 has the role 'system'"),
        ({"history": HISTORY[2:]}, "message 1 answers the call 'c1', and no message before it made that call"),
        ({"history": HISTORY[:2]}, "the assistant's call of 'find_order' .c1. has no result"),
        ({"history": [{"role": "user", "content": "x"}] * 1001}, "it has 1,001 messages; 1,000 is the most"),
        ({"history": [{"role": "user", "content": [{"type": "video"}]}]}, "message 1: part 1: 'video' is not a type"),
        ({"photo": "/etc/passwd"}, "'photo' does not fit: a text must be a data URI or an https address"),
        ({"photo": "http://a.example/x.png"}, "must begin with https"),
        ({"photo": f"data:image/jpeg;base64,{b64encode(PNG).decode()}"}, "it is image/jpeg, but .* image/png"),
        ({"photo": f"data:image/png;base64,{b64encode(b'%PDF-1.4').decode()}"}, "says that it is image/png"),
        ({"photo": b"%PDF-1.4"}, "it is application/pdf; a picture is PNG"),
        ({"photo": b"<svg><script/></svg>"}, "SVG"),
        ({"photo": PNG + bytes(20 * 2**20)}, "20.0 MiB; a picture may have 8"),
        ({"photo": 5}, "it is a number"),
        ({"question": None}, "the input 'question' does not fit"),
        ({"nobody": 1}, "no input is called 'nobody'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_does_not_fit_is_told_with_its_place(closure: Closure, values: dict[str, Any], words: str) -> None:
    with pytest.raises(RenderError, match=words) as caught:
        Renderer(closure).render({"history": [], "question": "Q", **values})
    assert caught.value.where.startswith("a")


def test_a_picture_has_no_text(tmp_path: Path) -> None:
    text = "inputs: {photo: {type: image}}\nmessages: [{role: user, content: '{{ photo }}'}]\n"
    with pytest.raises(RenderError, match="'photo' has no text: it is sent as a part"):
        Renderer(closure_of(tmp_path, {"prompts/a.prompt.yml": text})).render({"photo": PNG_URI})


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("messages: [{messages: history}]", "1:23", "no input is called 'history'"),
        ("inputs: {h: {}}\nmessages: [{messages: h}]", "1:10", "the input 'h' is not messages"),
        ("inputs: {h: {type: image, enum: [a]}}\nmessages: []", "2:11", "an empty list"),
        ("inputs: {h: {type: image, enum: [a]}}\nmessages: [{role: user, content: x}]", "1:27", "'enum' says nothing"),
        ("inputs: {h: {type: image, default: x}}\nmessages: [{role: user, content: x}]", "1:36", "this default"),
        ("messages: [{role: user, content: [{type: text}]}]", "1:35", "has the key 'text' and no other"),
        ("inputs: {}\nmessages: [{examples: no.jsonl}]", "2", "the examples 'no.jsonl' cannot be used: .*no such file"),
        ("messages: [{when: h, role: user, content: x}]", "1:19", "`when` needs inputs, and this file has none"),
        ("messages: [{when: h, examples: e.jsonl}]", "1:19", "`when` needs inputs"),
        ("messages: [{role: user, content: x, tool_calls: [{id: a, name: f}]}]", "1:49", "role assistant calls tools"),
        ("messages: [{role: user, content: x, tool_call_id: a}]", "1:51", "only a message with the role tool answers"),
        ("messages: [{role: user, content: x}]\ntools: no.yml", "2:8", "'no.yml' cannot be read: no such file"),
        ("messages: [{role: user, content: x}]\ntools: ../../x.yml", "2:8", "outside the project"),
        ("messages: [{role: user, content: x}]\njsonSchema: '{\"a\": }'", "2:20", "jsonSchema is not JSON"),
    ],
)
def test_a_file_that_means_nothing_is_refused_at_its_place(tmp_path: Path, text: str, where: str, words: str) -> None:
    with pytest.raises(PromptError, match=words) as caught:
        closure_of(tmp_path, {"prompts/a.prompt.yml": f"{text}\n"})
    assert caught.value.where == f"prompts/a.prompt.yml:{where}"


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [("{", ":2", "not JSON"), ('{"user": "x"}', "", "no 'assistant'"), ("[]", "", "no example"),
     ('{"user": 1, "assistant": "y"}', "", "'user' is not a text"),
     ('{"user": "", "assistant": "", "x": 1}', "", "'x' is not a key"),
     ('{"user": "", "user": "", "assistant": ""}', "", "the key 'user' stands twice"),
     ('{"user": "\\ud800", "assistant": ""}', "", "only half of a character")],
)  # fmt: skip
def test_a_broken_line_of_examples_is_told_with_its_place(tmp_path: Path, line: str, column: str, words: str) -> None:
    text = '{"user": "a", "assistant": "b"}\n\n' + line
    files: dict[str, str | bytes] = {**FILES, "prompts/shared/bakery.jsonl": text}
    with pytest.raises(PromptError, match=f"prompts/shared/bakery.jsonl:3{column}: .*{words}"):
        closure_of(tmp_path, files)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ("[{role: tool, tool_call_id: c1, content: ok}]", "nobody made the call 'c1' that a tool's message answers"),
        ("[{role: assistant, tool_calls: [{id: c1, name: f}]}, {role: user, content: x}]", "of .f. .c1. has no result"),
        ("[{role: assistant, tool_calls: [{id: c1, name: f}]}, {role: tool, content: x}]", "nothing says which call"),
        (
            "[{role: assistant, tool_calls: [{id: c1, name: f}]}, {role: tool, tool_call_id: c1, content: a},"
            " {role: tool, tool_call_id: c1, content: b}]",
            "nobody made the call 'c1'",
        ),
    ],
)
def test_calls_and_results_of_a_prompt_belong_together(tmp_path: Path, messages: str, words: str) -> None:
    text = f"inputs: {{}}\nmessages: {messages}\n"
    with pytest.raises(RenderError, match=words):
        Renderer(closure_of(tmp_path, {"prompts/a.prompt.yml": text})).render({})


def test_tools_in_a_file_are_those_tools_and_the_file_is_sealed_by_its_digest(tmp_path: Path) -> None:
    head, model = "inputs: {}\nmessages: [{role: user, content: x}]\n", ModelSpec("m", "local", "m")
    files: dict[str, str | bytes] = {"prompts/a.prompt.yml": f"{head}tools: ./t.yml\n", "prompts/t.yml": TOOLS}
    apart = closure_of(tmp_path / "a", files)
    inside = closure_of(tmp_path / "b", {"prompts/a.prompt.yml": f"{head}tools:\n{TOOLS}"})
    assert apart.prompt.tools == inside.prompt.tools
    sealed = [json.loads(seal_closure(one, model).content) for one in (apart, inside)]
    assert [one["format"] for one in sealed] == [4, 2]
    assert sealed[0]["files"] == {"prompts/t.yml": sha256(TOOLS.encode()).hexdigest()}
    assert sealed[0]["tools"] == sealed[1]["tools"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[{"name": "f",\n"name": "g"}]', ":2", "the key 'name' stands twice"),
        ('[{"name": "f\\ud800"}]', ":1", "only half of a character"),
        ('[{"name": "f", "parameters": {"minimum":\nNaN}}]', ":2", "NaN is not a value"),
        ('[{"name": "f", "parameters": {"minimum": 1e400}}]', ":1", "1e400 is too large"),
        ("[" * 60 + "]" * 60, "", "nested more than 50 levels"),
    ],
)
def test_json_in_a_file_of_tools_means_what_it_says(tmp_path: Path, text: str, line: str, words: str) -> None:
    prompt = BAKERY.replace("tools.yml", "tools.json")
    with pytest.raises(PromptError, match=f"tools cannot be used: .*{words}") as caught:
        closure_of(tmp_path, {**FILES, "prompts/a.prompt.yml": prompt, "prompts/shared/tools.json": text})
    assert caught.value.where == f"prompts/shared/tools.json{line}"


def test_a_condition_that_fails_is_told_with_its_line_or_without_any(tmp_path: Path, process: TemplateProcess) -> None:
    text = "inputs: {}\nmessages:\n  - {when: nope, role: user, content: x}\n"
    closure = closure_of(tmp_path, {"prompts/a.prompt.yml": text})
    with pytest.raises(RenderError, match=r"a.prompt.yml:3 \(when\): 'nope' is undefined"):
        Renderer(closure).render({})
    with pytest.raises(RenderError, match=r"a.prompt.yml \(when\): 'nope' is undefined"):
        process.renderer(closure).render({})
