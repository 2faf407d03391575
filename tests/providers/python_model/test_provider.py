"""A function of the project as a model, in a real process."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import ProviderBusyError, ProviderError
from promptops.evals.python_worker.client import isolation_problem
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.config import Limits, ModelSpec, PythonFunction
from promptops.model.model_call import Reply, Request, Usage
from promptops.providers.python_model.provider import PythonProvider
from promptops.providers.registry import missing_key, model_fingerprint, open_provider

FILE = "app/model.py"
USER = Message("user", "Grüße")
SECRET = "our-token-0123456789"
Ask = Callable[..., Reply]


def spec_of(*, network: bool = False, variables: tuple[str, ...] = (), **limits: Any) -> ModelSpec:
    function = PythonFunction(FILE, "complete", network, variables)
    return ModelSpec(
        "ours", "python", f"{FILE}:complete", limits=Limits(**{"timeout": 20.0, **limits}), python=function
    )


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """The reply of a function to one request after another; the last one's."""

    def call(
        code: str,
        *messages: Message,
        times: int = 1,
        spec: ModelSpec | None = None,
        secrets: Mapping[str, str] = {},
        **request: Any,
    ) -> Reply:
        write(tmp_path, code)
        used = spec or spec_of()

        async def run() -> Reply:
            provider = open_provider(used, secrets, tmp_path, tmp_path)
            try:
                for _ in range(times):
                    reply = await provider.complete(Request(used, messages or (USER,), **request))
                return reply
            finally:
                await provider.close()

        return asyncio.run(run())

    return call


def write(root: Path, code: str) -> None:
    (root / FILE).parent.mkdir(exist_ok=True)
    (root / FILE).write_text(code, "utf-8")


def test_a_text_is_a_reply_and_what_is_printed_disturbs_nobody(ask: Ask) -> None:
    reply = ask(
        "import sys\nprint('loading')\n"
        "def complete(request):\n"
        "    print('noise')\n    print('noise', file=sys.stderr)\n"
        "    return request['messages'][-1]['content'].upper()\n"
    )
    assert reply.text == "GRÜSSE"
    assert reply.latency is not None
    assert reply.usage == Usage()


def test_the_request_is_plain_data(ask: Ask) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    schema = {"name": "verdict", "schema": {"type": "object"}}
    messages = (
        Message("user", ("Look", Media("image", "image/png", b"\x89PNG"))),
        Message("assistant", "", (ToolCall("f", "{}", "c1"),)),
        Message("tool", "4", tool_call_id="c1"),
    )
    options: dict[str, Any] = {"tools": (tool,), "response_format": "json_schema", "json_schema": schema}
    code = "import json\ndef complete(request):\n    return json.dumps(request)\n"
    assert json.loads(ask(code, *messages, parameters={"temperature": 0.2}, **options).text) == {
        "model": f"{FILE}:complete",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                ],
            },
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "content": "4", "tool_call_id": "c1"},
        ],
        "parameters": {"temperature": 0.2},
        "tools": [tool],
        "responseFormat": "json_schema",
        "jsonSchema": schema,
    }


def test_a_reply_may_have_all_that_replies_have(ask: Ask) -> None:
    reply = ask(
        "async def complete(request):\n"
        "    calls = [{'name': 'f', 'arguments': {'x': 'ü'}}, {'name': 'g', 'arguments': '{'}, {'name': 'h'}]\n"
        "    usage = {'input_tokens': 3, 'output_tokens': 2, 'cached_input_tokens': None}\n"
        "    return {'text': 'a', 'tool_calls': calls, 'usage': usage, 'finish_reason': 'stop', 'model': 'm-1',"
        " 'reasoning': 'Hm.'}\n"
    )
    assert (reply.text, reply.finish_reason, reply.model, reply.reasoning) == ("a", "stop", "m-1", "Hm.")
    assert reply.tool_calls == (ToolCall("f", '{"x": "ü"}'), ToolCall("g", "{"), ToolCall("h", "{}"))
    assert reply.usage == Usage(3, 2)


def test_one_process_is_kept(ask: Ask) -> None:
    code = "calls = 0\ndef complete(request):\n    global calls\n    calls += 1\n    return str(calls)\n"
    assert ask(code, times=3).text == "3"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return None", "complete returned no reply: it is None"),
        ("return 3", "complete returned no reply: it is int"),
        ("return {'txt': 'a'}", "nobody knows 'txt'"),
        ("return {}", "it has neither 'text' nor 'tool_calls'"),
        ("return {'text': 3}", "'text' is not text"),
        ("return {'text': 'a', 'usage': {'tokens': 3}}", "nobody knows 'tokens' of its usage"),
        ("return {'text': 'a', 'usage': {'input_tokens': -3}}", "'input_tokens' is not a whole number"),
        ("return {'text': 'a', 'tool_calls': ['f']}", "a tool call is not a mapping"),
        ("return {'text': {1, 2}}", "the reply is no plain data"),
        ("raise ValueError('no\\nsuch thing')", f"{FILE} line 2: ValueError: no"),
        ("raise SystemExit(3)", f"{FILE} line 2: SystemExit: 3"),
        ("import os; os._exit(1)", f"{FILE} ended without an answer"),
        ("return 'x' * 2_000_000", "answers with more than"),
    ],
)
def test_what_is_no_reply_is_an_error_that_would_come_again(ask: Ask, body: str, said: str) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(f"def complete(request):\n    {body}\n", spec=spec_of(max_reply_bytes=1_000_000))
    assert said in str(caught.value)
    assert caught.value.where == "ours"
    assert not isinstance(caught.value, ProviderBusyError)


@pytest.mark.parametrize("error", ["TimeoutError('late')", "ConnectionResetError('gone')"])
def test_what_a_network_does_may_pass(ask: Ask, error: str) -> None:
    with pytest.raises(ProviderBusyError):
        ask(f"def complete(request):\n    raise {error}\n")


def test_a_function_that_hangs_is_ended_and_the_next_call_has_a_new_process(tmp_path: Path) -> None:
    write(tmp_path, "def complete(request):\n    while request['parameters'].get('hang'): pass\n    return 'a'\n")
    spec = spec_of(timeout=1.5)

    async def run() -> str:
        provider = PythonProvider(spec, tmp_path)
        try:
            with pytest.raises(ProviderBusyError, match=r"took longer than 1\.5 s") as caught:
                await provider.complete(Request(spec, (USER,), {"hang": True}))
            assert "limits.timeout" in caught.value.hint
            return (await provider.complete(Request(spec, (USER,)))).text
        finally:
            await provider.close()

    assert asyncio.run(run()) == "a"


def test_only_the_variables_that_are_named_are_seen_and_they_stand_in_no_reply_and_no_error(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_TOKEN", "another-0123456789")
    spec = spec_of(variables=("OUR_TOKEN",))
    code = (
        "import os\ndef complete(request):\n    return f\"{os.environ.get('OTHER_TOKEN')} {os.environ['OUR_TOKEN']}\"\n"
    )
    assert ask(code, spec=spec, secrets={"OUR_TOKEN": SECRET}).text == "None [key]"
    with pytest.raises(ProviderError) as caught:
        ask(
            "import os\ndef complete(request):\n    raise ValueError(os.environ['OUR_TOKEN'])\n",
            spec=spec,
            secrets={"OUR_TOKEN": SECRET},
        )
    assert SECRET not in str(caught.value)
    assert missing_key(spec, {}) == "OUR_TOKEN"
    with pytest.raises(ProviderError, match="OUR_TOKEN, which env names, is not set"):
        ask(code, spec=spec)


@pytest.mark.parametrize("network", [True, False])
def test_the_network_is_there_only_where_the_settings_say_so(ask: Ask, network: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = (
            "import socket\ndef complete(request):\n"
            f"    try:\n        socket.create_connection(('127.0.0.1', {port}), 5).close()\n"
            "    except OSError:\n        return 'cut off'\n    return 'connected'\n"
        )
        text = ask(code, spec=spec_of(network=network)).text
    if network:
        assert text == "connected"
    elif not isolation_problem():
        assert text == "cut off"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def other(request): ...", f"{FILE} has no function 'complete' (it has: other)"),
        ("def complete(", f"{FILE} line 1: "),
    ],
)
def test_a_function_that_is_not_there_is_told_before_anything_runs(ask: Ask, code: str, said: str) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(code)
    assert said in str(caught.value)
    assert "promptops.yml" in caught.value.hint


def test_code_that_fails_while_it_is_loaded_is_told_with_its_line(ask: Ask) -> None:
    with pytest.raises(ProviderError, match=f"{FILE} line 2: ModuleNotFoundError"):
        ask("\nimport nothing_of_this_name\ndef complete(request): return 'a'\n")


def test_a_file_that_is_missing_or_a_link_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="the model's file cannot be read"):
        model_fingerprint(spec_of(), tmp_path, tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "elsewhere.py").write_text("def complete(request): return 'a'\n")
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(ProviderError, match="symbolic link"):
        open_provider(spec_of(), {}, tmp_path, tmp_path)


def test_the_file_is_part_of_what_tells_replies_apart(tmp_path: Path) -> None:
    write(tmp_path, "def complete(request): return 'a'\n")
    first = model_fingerprint(spec_of(), tmp_path, tmp_path)
    assert first.startswith("sha256:")
    provider = open_provider(spec_of(), {}, tmp_path, tmp_path)
    write(tmp_path, "def complete(request): return 'b'\n")
    second = model_fingerprint(spec_of(), tmp_path, tmp_path)
    assert second != first
    with pytest.raises(ProviderError, match="was changed while the run went on"):
        asyncio.run(provider.complete(Request(spec_of(), (USER,), fingerprint=second)))
