"""What an application sends by `call.openai()` is what an evaluation sends: both real clients, one server."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import anthropic
import openai
import pytest

import promptops
from promptops.evals.arms import ModelTarget, PromptAtRevision, plan_arm
from promptops.evals.registry import KINDS
from promptops.model.chat.message import Message
from promptops.model.config import resolve_model
from promptops.model.revision import Revision
from promptops.model.suite import Case
from promptops.providers.registry import open_provider
from promptops.runtime.call import Call
from promptops.runtime.prompts import Prompts
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.workflows.render.render import shown_cases
from tests.conftest import write_files
from tests.providers.loopback import answer, completion, serving

ROOT = Path(promptops.__file__).parents[1]
OWN = Project.worktree(ROOT, KINDS)
PICTURE = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n0").decode()
HISTORY = [
    {"role": "user", "content": "Where is my order?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"id": 7}'}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "It left on Monday."},
]
CASE = Case("1", {"history": HISTORY, "photo": PICTURE, "hint": "Be short."}, path=PurePosixPath("a.jsonl"))
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5-5", "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "Hi"}], "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}  # fmt: skip
RICH = {
    "promptops.yml": "models:\n  thinking: {provider: openai, model: o3, parameters: {maxTokens: 500, seed: 7}}\n",
    "prompts/rich.prompt.yml": """\
model: thinking
modelParameters: {temperature: 0.2, topK: 40, stop: [END], extra_body: {min_p: 0.1, seed: 8}}
inputs:
  history: {type: messages}
  photo: {type: image}
  hint: {type: string, default: ""}
messages:
  - {role: developer, content: "Hälp with “orders”."}
  - {messages: history}
  - {when: hint, role: system, content: "{{ hint }}"}
  - role: user
    content:
      - {type: text, text: "And this, \\u2028 in one line?"}
      - {type: image, image: photo}
tools:
  - {name: find, parameters: {type: object, properties: {id: {type: integer}}}}
responseFormat: json_schema
jsonSchema: {type: object, properties: {z: {type: string}, a: {type: string}}, additionalProperties: false}
""",
}


Ask = Callable[[str, Call], object]
"""An application's call: of the server at an address, by the vendor's client."""


def ask_openai(url: str, call: Call) -> None:
    with openai.OpenAI(api_key="none", base_url=url, max_retries=0) as client:
        client.chat.completions.create(**call.openai())


def ask_anthropic(url: str, call: Call) -> None:
    with anthropic.Anthropic(api_key="none", base_url=url.removesuffix("/v1"), max_retries=0) as client:
        client.messages.create(**call.anthropic())


def both(
    root: Path, name: str, case: Case | None, ask: Ask = ask_openai, provider: str = "openai"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the server received from an evaluation, and from an application."""
    project = Project.worktree(root, KINDS)
    case, prompt = case or shown_cases(project, name)[0], project.prompt(name)
    closure = make_closure(project.source, prompt, project.template_folder)
    messages: tuple[Message, ...] = GuardedRenderer(closure).render_case(case)
    values = {i.name: case.fields[i.name] for i in prompt.inputs if i.name in case.fields}
    reply = completion() if provider == "openai" else MESSAGE
    with serving(answer(reply)) as server:
        url = server.url if provider == "openai" else server.url.removesuffix("/v1")
        spec = replace(resolve_model(project.config, prompt.model), provider=provider, base_url=url)
        side = PromptAtRevision("head", closure, Revision(None, dirty=True))
        request = plan_arm(side, ModelTarget(spec, server.url), spec.alias).request(messages, 0)

        async def evaluate() -> None:
            opened = open_provider(spec, {}, root, root)
            await opened.complete(request)
            await opened.close()

        asyncio.run(evaluate())
        with Prompts.from_worktree(root, watch=False) as prompts:
            ask(server.url, prompts.get(name).render(**values))
    evaluated, served = server.requests
    assert evaluated.path == served.path
    return evaluated.body, served.body


@pytest.mark.parametrize("name", OWN.prompt_names())
def test_every_prompt_here_is_served_as_it_is_evaluated(name: str) -> None:
    evaluated, served = both(ROOT, name, None)
    assert served == evaluated
    assert list(served["messages"][0]) == ["role", "content"]


def test_a_prompt_with_everything_is_served_as_it_is_evaluated(tmp_path: Path) -> None:
    write_files(tmp_path, RICH)
    evaluated, served = both(tmp_path, "rich", CASE)
    assert served == evaluated
    assert [one["role"] for one in served["messages"]] == ["developer", "user", "assistant", "tool", "system", "user"]
    assert served["messages"][-1]["content"][1] == {"type": "image_url", "image_url": {"url": PICTURE}}
    assert {key: served.get(key) for key in ("max_completion_tokens", "max_tokens", "temperature")} == {
        "max_completion_tokens": 500, "max_tokens": None, "temperature": None,
    }, "a reasoning model refuses the others"  # fmt: skip
    assert (served["seed"], served["top_k"], served["min_p"], "extra_body" in served) == (8, 40, 0.1, False)
    assert [*served["response_format"]["json_schema"]["schema"]["properties"]] == ["z", "a"]


def test_a_model_of_anthropic_is_asked_the_same_by_both(tmp_path: Path) -> None:
    settings = "models:\n  thinking: {provider: anthropic, model: claude-opus-5-5, extraBody: {routing: near}}\n"
    prompt = RICH["prompts/rich.prompt.yml"].replace("temperature: 0.2, topK: 40, ", "maxTokens: 90, ")
    prompt = prompt.replace(", extra_body: {min_p: 0.1, seed: 8}", "")
    write_files(tmp_path, {"promptops.yml": settings, "prompts/rich.prompt.yml": prompt})
    evaluated, served = both(
        tmp_path, "rich", replace(CASE, fields={**CASE.fields, "hint": ""}), ask_anthropic, "anthropic"
    )
    assert served == evaluated
    assert (served["model"], served["max_tokens"], served["routing"]) == ("claude-opus-5-5", 90, "near")
    assert [one["role"] for one in served["messages"]][:2] == ["user", "assistant"]
