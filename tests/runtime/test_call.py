"""A filled prompt sent by the real `openai` client to a server on loopback: what arrives is what was approved."""

from __future__ import annotations

import pickle
from copy import deepcopy
from pathlib import Path
from typing import Any

import openai
import pytest

from promptops.errors import RenderError
from promptops.runtime.call import Call, Version
from promptops.runtime.prompts import Prompts
from tests.conftest import GitRepository
from tests.providers.loopback import answer, completion, serving

SETTINGS = """\
models:
  small: {provider: openai, model: gpt-x}
  own: {provider: local, model: smollm2}
  deep: {provider: openai, model: org/name}
  quick: {provider: groq, model: org/llama, headers: {X-A: b}, query: {v: "1"}, extraBody: {routing: {order: [a]}}}
"""
RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 0, "model": "gpt-x", "status": "completed", "tools": [],
    "output": [{
        "id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "Hello.", "annotations": []}],
    }],
}  # fmt: skip
WHOLE = """\
model: small
modelParameters: {temperature: 0.2, maxTokens: 300, reasoningEffort: low, topK: 40}
inputs: {name: {type: string}}
messages:
  - {role: system, content: Be short.}
  - {role: user, content: 'Hi {{ name }}'}
responseFormat: json_schema
jsonSchema: {name: answer, strict: true, schema: {type: object, properties: {a: {type: string}}}}
tools:
  - {name: look_up, description: Finds it., parameters: {type: object, properties: {q: {type: string}}}}
"""
SCHEMA = {"name": "answer", "strict": True, "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}
FUNCTION = {
    "name": "look_up",
    "description": "Finds it.",
    "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
}
MESSAGES = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi Ada"}]
IN_CHAT = {
    "model": "gpt-x", "messages": MESSAGES, "temperature": 0.2, "max_tokens": 300, "reasoning_effort": "low",
    "top_k": 40,
    "response_format": {"type": "json_schema", "json_schema": SCHEMA},
    "tools": [{"type": "function", "function": FUNCTION}],
}  # fmt: skip
IN_RESPONSES = {
    "model": "gpt-x", "input": MESSAGES, "temperature": 0.2, "max_output_tokens": 300, "reasoning": {"effort": "low"},
    "top_k": 40, "text": {"format": {"type": "json_schema", **SCHEMA}},
    "tools": [{"type": "function", "strict": False, **FUNCTION}],
}  # fmt: skip


def prompts_with(tmp_path: Path, **files: str) -> Prompts:
    """These prompts of one commit."""
    repository = GitRepository(tmp_path / "repository")
    found = {f"prompts/{name}.prompt.yml": text for name, text in files.items()}
    return Prompts.from_git(repository.root, commit=repository.commit({"promptops.yml": SETTINGS, **found}))


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """A call that has everything a prompt can ask for."""
    return prompts_with(tmp_path, whole=WHOLE).render("whole", name="Ada")


def simple(tmp_path: Path, head: str) -> Call:
    text = f"{head}\nmessages: [{{role: user, content: Hi}}]\n"
    return prompts_with(tmp_path, simple=text).render("simple")


def test_a_chat_completion_arrives_as_it_was_approved(call: Call) -> None:
    with serving(answer(completion("Hello."))) as server, client_of(server.url) as client:
        reply = client.chat.completions.create(**call.openai())
    assert reply.choices[0].message.content == "Hello."
    assert [(request.path, request.body) for request in server.requests] == [("/v1/chat/completions", IN_CHAT)]


def test_a_response_arrives_as_it_was_approved(call: Call) -> None:
    with serving(answer(RESPONSE)) as server, client_of(server.url) as client:
        reply = client.responses.create(**call.openai_responses())
    assert reply.output_text == "Hello."
    assert [(request.path, request.body) for request in server.requests] == [("/v1/responses", IN_RESPONSES)]


def test_the_simplest_prompt_sets_nothing_but_its_message(tmp_path: Path) -> None:
    call = simple(tmp_path, "model: small")
    with serving(answer(completion()), answer(RESPONSE)) as server, client_of(server.url) as client:
        client.chat.completions.create(**call.openai())
        client.responses.create(**call.openai_responses())
    messages = [{"role": "user", "content": "Hi"}]
    assert [request.body for request in server.requests] == [
        {"model": "gpt-x", "messages": messages},
        {"model": "gpt-x", "input": messages},
    ]


def test_json_without_a_schema_is_asked_for_in_both(tmp_path: Path) -> None:
    call = simple(tmp_path, "model: small\nresponseFormat: json_object")
    assert call.openai()["response_format"] == {"type": "json_object"}
    assert call.openai_responses()["text"] == {"format": {"type": "json_object"}}


def test_what_a_model_adds_to_the_body_arrives_and_what_belongs_to_its_address_is_the_applications(
    tmp_path: Path,
) -> None:
    call = simple(tmp_path, "model: quick\nmodelParameters: {extra_body: {seed: 2}, topK: 4}")
    assert call.parameters == {"extra_body": {"routing": {"order": ["a"]}, "seed": 2}, "top_k": 4}
    with serving(answer(completion()), answer(RESPONSE)) as server, client_of(server.url) as client:
        client.chat.completions.create(**call.openai())
        client.responses.create(**call.openai_responses())
    for request in server.requests:
        assert (request.body["routing"], request.body["seed"], request.body["top_k"]) == ({"order": ["a"]}, 2, 4)
        assert "extra_body" not in request.body
        assert "x-a" not in request.headers


@pytest.mark.parametrize("form", ["openai", "openai_responses", "messages"])
def test_changing_what_was_given_changes_no_later_call(tmp_path: Path, form: str) -> None:
    prompts = prompts_with(tmp_path, whole=WHOLE)
    first = prompts.render("whole", name="Ada")
    before = deepcopy(getattr(first, form)())
    assert getattr(first, form)() == before
    spoil(getattr(first, form)())
    assert getattr(first, form)() == before
    assert getattr(prompts.render("whole", name="Ada"), form)() == before


@pytest.mark.parametrize(
    ("model", "provider", "name"),
    [
        ("small", "openai", "gpt-x"),
        ("own", "local", "smollm2"),
        ("deep", "openai", "org/name"),
        ("quick", "groq", "org/llama"),
        ("mistral/small", "mistral", "small"),
        ("openai/a/b", "openai", "a/b"),
    ],
)
def test_provider_and_model_are_told_apart(tmp_path: Path, model: str, provider: str, name: str) -> None:
    call = simple(tmp_path, f"model: {model}")
    assert (call.provider, call.model, call.openai()["model"]) == (provider, name, name)


def test_a_parameter_set_on_one_call_is_not_set_on_the_next(tmp_path: Path) -> None:
    prompts = prompts_with(tmp_path, whole=WHOLE)
    prompts.render("whole", name="Ada").parameters["temperature"] = 2  # type: ignore[index]
    assert prompts.render("whole", name="Ada").parameters["temperature"] == 0.2


def test_what_responses_have_no_place_for_names_the_prompt(tmp_path: Path) -> None:
    call = simple(tmp_path, "model: small\nmodelParameters: {seed: 7}")
    assert call.openai()["seed"] == 7
    with pytest.raises(RenderError, match=r"^simple: the Responses interface has no parameter 'seed'"):
        call.openai_responses()


def test_a_call_and_its_version_may_go_to_another_process(call: Call) -> None:
    copy = pickle.loads(pickle.dumps(call))
    assert copy == call
    assert isinstance(copy.version, Version)
    assert copy.openai() == call.openai()


def client_of(url: str) -> openai.OpenAI:
    return openai.OpenAI(api_key="none", base_url=url, max_retries=0, timeout=20)


def spoil(value: Any) -> None:
    """Change everything in it that can be changed, from the innermost outwards."""
    items = list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
    for item in items:
        spoil(item)
    if isinstance(value, dict):
        value["spoilt"] = True
    elif isinstance(value, list):
        value.append("spoilt")
