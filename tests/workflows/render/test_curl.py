"""A request as a command: a real shell reads it, and curl would be given exactly the request."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import Any

import boto3
import pytest
from google import genai
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptops.errors import EvalError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message
from promptops.model.config import EnvironmentValue, ModelSpec
from promptops.model.requests.bedrock import bedrock_arguments
from promptops.model.requests.gemini import gemini_arguments
from promptops.text.key_mask import NO_KEYS, KeyMask
from promptops.workflows.render.curl import curl_command
from promptops.workflows.render.request import WholeRequest
from tests.providers.loopback import answer, serving

SPEC = ModelSpec("small", "openai", "gpt-x", base_url="https://eu.example/v1", api_key_env="EU_KEY")
KEY = "sk-not-a-real-key-0123456789"
# It prints what it was given and what it can read, each with a NUL behind it.
CURL = """curl() { for each; do printf '%s\\0' "$each"; done; case "$*" in *@-*) cat; printf '\\0';; esac; }\n"""


def given_to_curl(command: str, **variables: str) -> list[str]:
    """The arguments that a shell makes of the command, and behind them its standard input if it is asked for."""
    done = subprocess.run(["sh"], input=f"{CURL}{command}".encode(), capture_output=True, env=variables, check=True)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def command_for(body: dict[str, Any], mask: KeyMask = NO_KEYS, **spec: Any) -> str:
    return curl_command(WholeRequest(replace(SPEC, **spec), body), mask)


def test_address_headers_and_body_are_those_of_the_call() -> None:
    address, *words = given_to_curl(command_for({"model": "gpt-x"}), EU_KEY=KEY)
    assert address == "https://eu.example/v1/chat/completions"
    assert words[:4] == ["-H", "Content-Type: application/json", "-H", f"Authorization: Bearer {KEY}"]
    assert words[4] == "-d"
    assert json.loads(words[5]) == {"model": "gpt-x"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=60))
def test_whatever_a_prompt_says_the_shell_passes_it_on_and_runs_none_of_it(text: str) -> None:
    body = {"messages": [{"role": "user", "content": text}], text: f"' $(exit 9) {text}"}
    command = command_for(body)
    assert json.loads(given_to_curl(command)[-1]) == body
    assert all(line.isprintable() for line in command.split("\n"))


def test_a_body_that_no_argument_can_hold_is_read_from_the_command_itself() -> None:
    body = {"messages": [{"role": "user", "content": "It's $HOME `id`\nEND_OF_REQUEST\n" + "x" * 300_000}]}
    words = given_to_curl(command_for(body))
    assert words[-3:-1] == ["--data-binary", "@-"]
    assert json.loads(words[-1]) == body


def test_headers_and_query_come_from_variables_or_as_they_are() -> None:
    command = command_for(
        {},
        base_url="https://eu.example/v1?api-version=1",
        headers={"X-Team": "it's ours", "X-Secret": EnvironmentValue("TEAM_SECRET")},
        query={"user": "a b&c", "sig": EnvironmentValue("SIG")},
    )
    address, *words = given_to_curl(command, TEAM_SECRET="s3", SIG="s4")
    assert address == "https://eu.example/v1/chat/completions?api-version=1&user=a%20b%26c&sig=s4"
    assert [words[at + 1] for at, word in enumerate(words) if word == "-H"][2:] == ["X-Team: it's ours", "X-Secret: s3"]
    assert '"$TEAM_SECRET"' in command


def test_no_key_is_in_it_also_where_the_settings_hold_one_themselves() -> None:
    mask = KeyMask.of_variables({"EU_KEY": KEY})
    command = command_for(
        {}, mask, base_url=f"https://eu.example/v1?key={KEY}", headers={"authorization": f"Bearer {KEY}"}
    )
    assert KEY not in command
    assert "$EU_KEY" not in command, "a header of its own stands where the key would"


def test_a_vendor_with_a_header_of_its_own_gets_its_key_there() -> None:
    address, *words = given_to_curl(
        command_for({}, provider="azure", base_url="https://a.example", query={"api-version": "1"}), EU_KEY=KEY
    )
    assert address == "https://a.example/openai/deployments/gpt-x/chat/completions?api-version=1"
    assert f"api-key: {KEY}" in words
    command = command_for({}, provider="anthropic", model="claude-opus-5-5", base_url="", api_key_env="")
    address, *words = given_to_curl(command, ANTHROPIC_API_KEY=KEY)
    assert address == "https://api.anthropic.com/v1/messages"
    assert {f"x-api-key: {KEY}", "anthropic-version: 2026-10-21"} <= {*words}
    own = command_for({}, provider="azure", base_url="https://a.example", headers={"API-Key": EnvironmentValue("MINE")})
    assert ("$EU_KEY" in own, "$MINE" in own) == (False, True)


MESSAGES = (Message("system", "Be short."), Message("user", ("Look", Media("image", "image/png", b"\x89PNG"))))
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {"a": {}}}}}
ASKED: dict[str, Any] = {"max_tokens": 9, "temperature": 0.5, "extra_body": {"labels": {"a": "b"}}}


def respelled(value: Any) -> Any:
    """With names in one spelling: Google takes `toolConfig` and `tool_config`, and its client mixes them."""
    if isinstance(value, dict):
        return {name.replace("_", "").lower(): respelled(each) for name, each in value.items()}
    return [respelled(each) for each in value] if isinstance(value, list) else value


def test_gemini_is_sent_what_its_own_client_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    arguments = gemini_arguments("gemini-3.5-flash", MESSAGES, ASKED, (TOOL,), "json_object")
    body = {"candidates": [{"content": {"role": "model", "parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}
    with serving(answer(body)) as server:
        base = server.url.removesuffix("/v1")
        client = genai.Client(api_key=KEY, http_options={"base_url": base})
        client.models.generate_content(**arguments)
        client.close()
        (sent,) = server.requests
    command = command_for(arguments, provider="gemini", model="gemini-3.5-flash", base_url=base)
    address, *words = given_to_curl(command, EU_KEY=KEY)
    assert (address, f"x-goog-api-key: {KEY}" in words) == (f"{base}{sent.path}", True)
    ours, theirs = respelled(json.loads(words[-1])), respelled(sent.body)
    assert ours.pop("systeminstruction")["parts"] == theirs.pop("systeminstruction")["parts"]
    assert ours == theirs


def test_bedrock_is_sent_what_its_own_client_sends() -> None:
    model = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
    arguments = bedrock_arguments(model, MESSAGES, ASKED, (TOOL,))
    body = {"output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}}, "stopReason": "end_turn"}
    with serving(answer(body)) as server:
        base = server.url.removesuffix("/v1")
        client = boto3.client(
            "bedrock-runtime",
            region_name="eu-west-1",
            endpoint_url=base,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
        client.converse(**arguments)
        client.close()
        (sent,) = server.requests
    command = command_for(arguments, provider="bedrock", model=model, base_url=base, api_key_env="")
    address, *words = given_to_curl(command, AWS_BEARER_TOKEN_BEDROCK=KEY)
    assert address == f"{base}{sent.path}"
    assert f"Authorization: Bearer {KEY}" in words
    assert json.loads(words[-1]) == sent.body


def test_what_no_command_can_ask_is_told() -> None:
    with pytest.raises(EvalError, match="small: no command asks a model of the provider 'python'") as caught:
        command_for({}, provider="python")
    assert "--format json" in caught.value.hint
    with pytest.raises(EvalError, match="no command asks Gemini on Vertex"):
        command_for({}, provider="gemini", project="acme")


def test_a_version_of_the_settings_takes_the_place_of_ours() -> None:
    version = {"Anthropic-Version": "2023-06-01"}
    words = given_to_curl(command_for({}, provider="anthropic", base_url="https://a.example", headers=version))
    assert [word for word in words if "version" in word.lower()] == ["Anthropic-Version: 2023-06-01"]


def test_a_server_that_needs_no_key_gets_none() -> None:
    assert "Authorization" not in command_for({}, base_url="http://localhost:8000/v1", api_key_env="")


@pytest.mark.parametrize("name", ["EU-KEY", "1KEY", "KEY; id", "KEY\n"])
def test_a_name_that_no_variable_can_have_is_told(name: str) -> None:
    with pytest.raises(EvalError, match="no shell can have a variable with the name"):
        command_for({}, api_key_env=name)
