"""A filled prompt taken by the vendors' own clients, as an application calls them: a server on loopback sees it."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from google import genai

from promptops.errors import RenderError
from promptops.runtime.call import Call
from promptops.runtime.prompts import Prompts
from tests.conftest import write_files
from tests.providers.loopback import answer, serving

PNG = b"\x89PNG\r\n\x1a\n0"
PROMPT = """\
model: small
modelParameters: {maxTokens: 90}
inputs: {photo: {type: image}, who: {type: string}}
messages:
  - {role: system, content: Be short.}
  - role: user
    content: [{type: text, text: "Hi {{ who }}"}, {type: image, image: photo}]
tools: [{name: find, description: Finds it., parameters: {type: object, properties: {q: {type: string}}}}]
"""
GEMINI = {"candidates": [{"content": {"role": "model", "parts": [{"text": "Hello."}]}, "finishReason": "STOP"}]}
BEDROCK = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hello."}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    "metrics": {"latencyMs": 1},
}


def call_of(tmp_path: Path, model: str, prompt: str = PROMPT) -> Call:
    """The prompt filled, with this model."""
    settings = f"models: {{small: {model}}}\n"
    write_files(tmp_path, {"promptops.yml": settings, "prompts/greet.prompt.yml": prompt})
    with Prompts.from_worktree(tmp_path, watch=False) as prompts:
        return prompts.render("greet", who="Ada", photo=PNG)


def test_googles_client_takes_it(tmp_path: Path) -> None:
    call = call_of(tmp_path, "{provider: openai, model: gemini-3.5-flash}")
    with serving(answer(GEMINI, headers={"Content-Type": "application/json"})) as server:
        options = genai.types.HttpOptions(base_url=server.url.removesuffix("/v1"))
        with genai.Client(api_key="none", http_options=options) as client:
            reply = client.models.generate_content(**call.gemini())
    assert reply.text == "Hello."
    (request,) = server.requests
    assert request.path.endswith("models/gemini-3.5-flash:generateContent")
    assert request.body["systemInstruction"]["parts"] == [{"text": "Be short."}]
    text, picture = request.body["contents"][0]["parts"]
    assert text == {"text": "Hi Ada"}
    assert base64.urlsafe_b64decode(picture["inlineData"]["data"]) == PNG
    assert request.body["generationConfig"]["maxOutputTokens"] == 90
    assert request.body["tools"][0]["functionDeclarations"][0]["name"] == "find"


def test_amazons_client_takes_it(tmp_path: Path) -> None:
    call = call_of(tmp_path, "{provider: openai, model: amazon.nova-lite-v1}")
    with serving(answer(BEDROCK, headers={"Content-Type": "application/json"})) as server:
        client = boto3.client(
            "bedrock-runtime",
            endpoint_url=server.url.removesuffix("/v1"),
            region_name="eu-west-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",
        )
        reply = client.converse(**call.bedrock())
        client.close()
    assert reply["output"]["message"]["content"] == [{"text": "Hello."}]
    (request,) = server.requests
    assert request.path == "/model/amazon.nova-lite-v1/converse"
    assert request.body["system"][0] == {"text": "Be short."}
    assert request.body["inferenceConfig"] == {"maxTokens": 90}
    text, picture = request.body["messages"][0]["content"][:2]
    assert text == {"text": "Hi Ada"}
    assert base64.b64decode(picture["image"]["source"]["bytes"]) == PNG


@pytest.mark.parametrize("vendor", ["anthropic", "gemini", "bedrock"])
def test_what_a_vendor_has_no_place_for_names_the_prompt(tmp_path: Path, vendor: str) -> None:
    call = call_of(tmp_path, "{provider: openai, model: m, parameters: {n: 2}}")
    with pytest.raises(RenderError, match=r"^greet: .*(reply|'n')"):
        getattr(call, vendor)()


@pytest.mark.parametrize("vendor", ["anthropic", "gemini", "bedrock"])
def test_the_arguments_are_the_callers_own(tmp_path: Path, vendor: str) -> None:
    call = call_of(tmp_path, "{provider: openai, model: m}")
    first: dict[str, Any] = getattr(call, vendor)()
    first.clear()
    assert getattr(call, vendor)() == getattr(call, vendor)() != first


def test_the_clients_are_the_applications_business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("anthropic", "boto3", "google.genai", "openai"):
        monkeypatch.setitem(sys.modules, name, None)
    call = call_of(tmp_path, "{provider: openai, model: m}")
    assert all([call.openai(), call.openai_responses(), call.anthropic(), call.gemini(), call.bedrock()])
