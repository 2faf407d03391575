"""The embedded model: llama.cpp in this process, behind a loopback port, called like any other endpoint."""

from __future__ import annotations

import asyncio
import atexit
import os
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from promptops.errors import ProviderError
from promptops.extras import extra_imports
from promptops.model.chat.token_estimate import LOCAL_WINDOW
from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.providers.endpoint import Endpoint
from promptops.providers.local_models import require_model_file
from promptops.providers.openai.chat_completions import ChatCompletionsProvider
from promptops.text.key_mask import KeyMask

SLOTS = 2
_CACHE_MIB = 256
_OTHERS = "any OpenAI-compatible server does as well: {provider: openai, baseUrl: …, model: …}"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `key` keeps other programs of this machine from using it, empty when they may."""

    url: str
    key: str = field(repr=False)
    _handle: Any = field(repr=False)


_servers: dict[tuple[Path, int, int], Server] = {}
_starting = threading.Lock()


class LocalProvider:
    """Calls the model in `path`; its server starts at the first call and serves this process until it ends.

    Two requests at a time; further ones wait here, where their deadline does not run yet.
    """

    def __init__(self, spec: ModelSpec, path: Path) -> None:
        self.spec = spec
        self.path = path
        self._slots = asyncio.Semaphore(SLOTS)
        self._endpoint: ChatCompletionsProvider | None = None

    async def complete(self, request: Request) -> Reply:
        """Call the model once; latency is that of the call, without the server's start."""
        async with self._slots:
            if self._endpoint is None:
                server = await asyncio.to_thread(running_server, self.path)
                endpoint = Endpoint(server.url, server.key)
                self._endpoint = self._endpoint or ChatCompletionsProvider(self.spec, endpoint)
            reply = await self._endpoint.complete(request)
        return replace(reply, model=self.path.stem)  # the server names the file's whole path

    async def close(self) -> None:
        """Close the connections; the server stays for the next run of this process."""
        endpoint, self._endpoint = self._endpoint, None
        self._slots = asyncio.Semaphore(SLOTS)  # belongs to an event loop, too
        if endpoint is not None:
            await endpoint.close()


def running_server(path: Path) -> Server:
    """The server of this model file in this process, started now if there is none. Thread-safe."""
    state = require_model_file(path).stat()
    key = (path.resolve(), state.st_size, state.st_mtime_ns)
    with _starting:
        if key not in _servers:
            _servers[key] = start_server(path, secrets.token_urlsafe(24))
        return _servers[key]


def start_server(path: Path, key: str = "", port: int = 0) -> Server:
    """Start a server of its own on loopback; port 0 takes a free one. Raises ProviderError.

    Loading holds the interpreter for about a second. The server must be ended before the interpreter is (`stop`
    is registered for that): left to the interpreter's last moments, llama.cpp hangs or crashes.
    """
    handle = _load(require_model_file(path), key, port)
    server = Server(f"{handle.listening_address}/v1", key, handle)
    atexit.register(_stop, server)
    return server


def _stop(server: Server) -> None:
    for key in [key for key, known in _servers.items() if known is server]:
        del _servers[key]
    # The last reference: its destructor waits for what is being generated, which ends when the client is gone.
    with suppress(KeyboardInterrupt):  # a second ^C ends the waiting, not with a traceback
        object.__setattr__(server, "_handle", None)


def _load(path: Path, key: str, port: int) -> Any:
    try:
        with extra_imports("the embedded model"):
            llama: Any = import_module("xllamacpp")
    except ImportError as exc:
        raise ProviderError(f"xllamacpp cannot be loaded on this machine: {exc}", hint=_OTHERS) from exc
    try:
        return llama.Server(_server_parameters(llama.CommonParams(), path, key, port))
    except RuntimeError as exc:
        raise ProviderError(
            f"the model cannot be served: {KeyMask([key])(str(exc))}",
            where=str(path),
            hint="the file may be broken (`promptops model pull` gets the embedded one again), the port taken, "
            "or the memory too small",
        ) from exc


def _server_parameters(parameters: Any, path: Path, key: str, port: int) -> Any:
    parameters.model.path = str(path)
    parameters.port = port
    # All cores, the default, stalled for 30 s and more on a busy machine.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 2) - 1)
    parameters.n_parallel = SLOTS
    parameters.n_ctx = LOCAL_WINDOW * SLOTS
    parameters.verbosity = -1
    parameters.cache_ram_mib = _CACHE_MIB  # the default may take 8 GB
    parameters.offline = True
    parameters.ui = False
    parameters.endpoint_slots = False  # it shows other callers' prompts
    parameters.cors_origins = ""  # the default lets every web page read replies
    if key:
        parameters.api_keys = [key]
    return parameters
