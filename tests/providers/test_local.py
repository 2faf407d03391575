"""The real embedded model: it answers, keeps to a schema, counts tokens, and lets the process end."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import MissingExtraError, ProviderError
from promptops.model.chat.message import Message
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.providers import local
from promptops.providers.local import LocalProvider, running_server, start_server

SPEC = ModelSpec("small", "local", "", limits=Limits(concurrency=2))
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"verdict": {"enum": ["yes", "no"]}, "why": {"type": "string", "maxLength": 20}},
    "required": ["verdict", "why"],
    "additionalProperties": False,
}


def _request(text: str, **more: Any) -> Request:
    parameters = {"temperature": 0, "max_tokens": 12} | more.pop("parameters", {})
    return Request(SPEC, (Message("user", text),), parameters, **more)


def _replies(path: Path, requests: Sequence[Request]) -> list[Reply]:
    """All replies, asked at once, in an event loop of their own."""

    async def ask() -> list[Reply]:
        provider = LocalProvider(SPEC, path)
        try:
            return list(await asyncio.gather(*(provider.complete(request) for request in requests)))
        finally:
            await provider.close()

    return asyncio.run(ask())


@pytest.mark.model
def test_it_answers_and_reports_what_it_used(embedded_model: Path) -> None:
    (reply,) = _replies(embedded_model, [_request("Say hello.")])
    assert reply.text.strip()
    assert reply.usage.input_tokens is not None
    assert reply.usage.input_tokens > 5
    assert reply.usage.output_tokens is not None
    assert 0 < reply.usage.output_tokens <= 12
    assert reply.latency is not None
    assert reply.latency > 0
    assert reply.finish_reason in ("stop", "length")
    assert reply.model == embedded_model.stem
    assert str(embedded_model.parent) not in repr(reply)


@pytest.mark.model
def test_a_reply_is_no_longer_than_was_asked_for(embedded_model: Path) -> None:
    (reply,) = _replies(embedded_model, [_request("Count from one to a hundred.", parameters={"max_tokens": 3})])
    assert (reply.usage.output_tokens, reply.finish_reason) == (3, "length")


@pytest.mark.model
def test_a_schema_is_kept_to(embedded_model: Path) -> None:
    asked = _request(
        "Is the sky blue?",
        response_format="json_schema",
        json_schema={"name": "verdict", "schema": SCHEMA},
        parameters={"max_tokens": 80},
    )
    (reply,) = _replies(embedded_model, [asked])
    data = json.loads(reply.text)
    assert set(data) == {"verdict", "why"}
    assert data["verdict"] in ("yes", "no")
    assert isinstance(data["why"], str)


@pytest.mark.model
def test_several_at_once_are_all_answered(embedded_model: Path) -> None:
    replies = _replies(embedded_model, [_request(f"Repeat the number {number}.") for number in range(4)])
    assert len(replies) == 4
    assert all(reply.text.strip() for reply in replies)


@pytest.mark.model
def test_one_server_serves_the_whole_process_and_every_event_loop(embedded_model: Path) -> None:
    server = running_server(embedded_model)
    _replies(embedded_model, [_request("Hi")])
    _replies(embedded_model, [_request("Hi")])
    assert running_server(embedded_model) is server


@pytest.mark.model
def test_other_programs_of_this_machine_may_not_ask_without_the_key(embedded_model: Path) -> None:
    server = running_server(embedded_model)
    assert server.url.startswith("http://127.0.0.1:")
    assert len(server.key) >= 24
    assert server.key not in repr(server)
    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}).encode()
    request = urllib.request.Request(f"{server.url}/chat/completions", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    refused.value.close()
    assert refused.value.code == 401


@pytest.mark.model
def test_a_prompt_longer_than_the_context_is_an_error_with_the_reason(embedded_model: Path) -> None:
    with pytest.raises(ProviderError) as raised:
        _replies(embedded_model, [_request("word " * 6000)])
    assert "context" in f"{raised.value} {raised.value.hint}"


@pytest.mark.model
def test_a_call_that_takes_too_long_is_given_up(embedded_model: Path) -> None:
    running_server(embedded_model)
    spec = replace(SPEC, limits=Limits(timeout=0.001))

    async def ask() -> None:
        provider = LocalProvider(spec, embedded_model)
        try:
            await provider.complete(replace(_request("Write a long story."), model=spec))
        finally:
            await provider.close()

    with pytest.raises(ProviderError, match=r"no whole answer within 0\.001 s"):
        asyncio.run(ask())


@pytest.mark.model
@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(3)", "1 / 0"])
def test_the_process_ends_cleanly_however_it_ends(embedded_model: Path, ending: str) -> None:
    code = (
        "import asyncio, pathlib, sys\n"
        "from promptops.model.config import ModelSpec\n"
        "from promptops.model.model_call import Request\n"
        "from promptops.model.chat.message import Message\n"
        "from promptops.providers.local import LocalProvider\n"
        "spec = ModelSpec('small', 'local', '')\n"
        "async def ask():\n"
        "    provider = LocalProvider(spec, pathlib.Path(sys.argv[1]))\n"
        "    reply = await provider.complete(Request(spec, (Message('user', 'Hi'),), {'max_tokens': 2}))\n"
        "    print(reply.usage.output_tokens, flush=True)\n"
        "    await provider.close()\n"
        f"asyncio.run(ask())\n{ending}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(embedded_model)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == {"pass": 0, "1 / 0": 1}.get(ending, 3), done.stderr
    assert done.stdout == "2\n"
    assert ("ZeroDivisionError" in done.stderr) == (ending == "1 / 0")
    assert ending == "1 / 0" or done.stderr == ""


@pytest.mark.model
def test_a_broken_model_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\x03\0\0\0" + b"\xff" * 64)
    with pytest.raises(ProviderError, match=r"broken\.gguf: the model cannot be served"):
        start_server(tmp_path / "broken.gguf")


def test_without_the_package_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtraError, match="the embedded model needs xllamacpp, which is not installed") as raised:
        start_server(tmp_path / "x.gguf")
    assert raised.value.hint == "pip install 'git-promptops[local]'"


def test_a_package_that_cannot_be_loaded_offers_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise ImportError("libgomp.so.1: cannot open shared object file")

    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr(local, "import_module", broken)
    with pytest.raises(ProviderError, match=r"cannot be loaded on this machine: libgomp") as raised:
        start_server(tmp_path / "x.gguf")
    assert "baseUrl" in raised.value.hint


def test_a_missing_model_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="there is no such model file"):
        _replies(tmp_path / "gone.gguf", [_request("Hi")])
