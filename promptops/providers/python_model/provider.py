"""A function of the project as a model, in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from promptops.errors import ProviderBusyError, ProviderError, SourceError
from promptops.model.config import ModelSpec, PythonFunction
from promptops.model.model_call import Reply, Request, reply_from_data
from promptops.model.requests.chat_completions import as_dicts
from promptops.providers.endpoint import key_hint
from promptops.providers.masked_reply import masked_reply
from promptops.providers.openai_errors import excerpt
from promptops.sandbox.asynchronous import ask_async
from promptops.sandbox.isolation import ProcessIsolation
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError
from promptops.source.files.worktree import Worktree
from promptops.source.python_functions import missing_function
from promptops.text.key_mask import NO_KEYS, KeyMask

LOAD_SECONDS = 30.0
_WORKER = str(Path(__file__).with_name("worker.py"))
_PROCESSOR_SECONDS = 3600 * (os.cpu_count() or 1)
_OF_A_REPLY = frozenset({"text", "tool_calls", "usage", "finish_reason", "model", "reasoning"})
_OF_USAGE = frozenset({
    "input_tokens", "output_tokens", "reasoning_tokens", "cached_input_tokens", "cache_write_tokens",
})  # fmt: skip


def read_code(spec: ModelSpec, root: Path) -> bytes:
    """The file as it is now, below the project's `root` and behind no link. ProviderError where it cannot be read."""
    try:
        return Worktree(root).read(PurePosixPath(_function_of(spec).file))
    except SourceError as exc:
        raise ProviderError(f"the model's file cannot be read: {exc}", where=spec.alias, hint=exc.hint) from exc


def code_fingerprint(spec: ModelSpec, root: Path) -> str:
    """What tells one version of the function from another."""
    return _digest(read_code(spec, root))


class PythonProvider:
    """Calls the function of `spec`, one call at a time, in a process that is started by the first and then kept.

    It is held to `limits.timeout` and 512 MB of memory, has no network unless the settings say so, and of the
    environment only the `variables` that they name. What it prints goes nowhere.
    """

    def __init__(
        self, spec: ModelSpec, root: Path, variables: Mapping[str, str] = {}, others: KeyMask = NO_KEYS
    ) -> None:
        """Nothing is run yet, but a file or function that is not there is a ProviderError."""
        self.spec, self.function = spec, _function_of(spec)
        content = read_code(spec, root)
        self._fingerprint = _digest(content)
        self._code = content.decode("utf-8-sig", "replace")
        if problem := missing_function(self._code, self.function.name, self.function.file):
            raise ProviderError(problem, where=spec.alias, hint="correct file or function in promptops.yml")
        passed = {name: _value(spec, name, variables) for name in self.function.variables}
        self._own_keys = KeyMask(passed.values())
        self._mask = others.also(*passed.values())
        limits = SandboxLimits(
            seconds=spec.limits.timeout,
            processor_seconds=_PROCESSOR_SECONDS,
            processes=32,
            file_size=64 * 2**20,
            answer=spec.limits.max_reply_bytes,
        )
        isolation = ProcessIsolation(network=self.function.network)
        self._sandbox = Sandbox((_WORKER,), limits, passed, isolation)
        self._lock = asyncio.Lock()

    async def complete(self, request: Request) -> Reply:
        """Call the function once; `latency` is that of the function alone."""
        if request.fingerprint and request.fingerprint != self._fingerprint:
            message = f"{self.function.file} was changed while the run went on"
            raise self._error(message, "run again: replies of two versions are not to be mixed")
        async with self._lock:
            if not self._sandbox.is_running:
                await self._load()
            start = time.perf_counter()
            data = await self._ask(_request_data(request))
            latency = time.perf_counter() - start
        try:
            reply = reply_from_data({**_reply_data(data), "latency": latency})
        except (KeyError, TypeError, ValueError) as exc:
            hint = "return a text, or a dict with text, tool_calls, usage, finish_reason, model, reasoning"
            raise self._error(f"{self.function.file}: {self.function.name} returned no reply: {exc}", hint) from exc
        return masked_reply(reply, self._own_keys)

    async def close(self) -> None:
        """End the process, if there is one."""
        async with self._lock:
            self._sandbox.close()

    async def _load(self) -> None:
        code = {"code": self._code, "file": self.function.file, "function": self.function.name}
        try:
            self._sandbox.start()
        except SandboxError as exc:
            raise self._error(f"{self.function.file} {exc}") from exc
        await self._ask(code, start_seconds=max(LOAD_SECONDS, self.spec.limits.timeout))

    async def _ask(self, question: Mapping[str, Any], start_seconds: float = 0) -> dict[str, Any]:
        try:
            data = await ask_async(self._sandbox, question, start_seconds)
        except SandboxError as exc:
            if exc.limit == "seconds":
                hint = f"raise limits.timeout of '{self.spec.alias}' if it needs more"
                raise self._error(f"{self.function.file} {exc}", hint, may_pass=True) from exc
            raise self._error(f"{self.function.file} {exc}") from exc
        except (TypeError, ValueError, RecursionError) as exc:
            raise self._error(f"the request cannot be sent: {exc}") from exc
        if "error" in data:
            if start_seconds:
                self._sandbox.close()
            raise self._error(str(data["error"]), may_pass=data.get("may_pass") is True)
        return data

    def _error(self, message: str, hint: str = "", *, may_pass: bool = False) -> ProviderError:
        make = ProviderBusyError if may_pass else ProviderError
        return make(excerpt(self._mask(message)), where=self.spec.alias, hint=hint)


def _function_of(spec: ModelSpec) -> PythonFunction:
    assert spec.python is not None, "the settings of a model in Python name its function"
    return spec.python


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _value(spec: ModelSpec, name: str, variables: Mapping[str, str]) -> str:
    if not (value := variables.get(name, "").strip()):
        message = f"the environment variable {name}, which env names, is not set"
        raise ProviderError(message, where=spec.alias, hint=key_hint(name))
    return value


def _request_data(request: Request) -> dict[str, Any]:
    return {
        "model": request.model.model,
        "messages": as_dicts(request.messages),
        "parameters": dict(request.parameters),
        "tools": [dict(tool) for tool in request.tools],
        "responseFormat": request.response_format,
        "jsonSchema": None if request.json_schema is None else dict(request.json_schema),
    }


def _reply_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the function returned in the form of replies that are kept. TypeError or ValueError for anything else."""
    given = data.get("reply")
    if isinstance(given, str):
        return {"text": given}
    if not isinstance(given, dict):
        raise TypeError(f"it is {'None' if given is None else type(given).__name__}")
    if others := given.keys() - _OF_A_REPLY:
        raise ValueError(f"nobody knows '{min(others)}'")
    found = {"text": "", **{name: value for name, value in given.items() if value is not None}}
    if "text" not in given and not found.get("tool_calls"):
        raise ValueError("it has neither 'text' nor 'tool_calls'")
    usage = found.get("usage", {})
    if isinstance(usage, dict) and (others := usage.keys() - _OF_USAGE):
        raise ValueError(f"nobody knows '{min(others)}' of its usage")
    if isinstance(calls := found.get("tool_calls"), list):
        found["tool_calls"] = [_tool_call(call) for call in calls]
    return found


def _tool_call(call: Any) -> Any:
    """Arguments that are data become the JSON text that models write."""
    if isinstance(call, dict) and not isinstance(call.get("arguments", ""), str):
        return {**call, "arguments": json.dumps(call["arguments"], ensure_ascii=False)}
    return {"arguments": "{}", **call} if isinstance(call, dict) else call
