"""A real server on loopback that can misbehave in every way a server does."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from promptops.model.chat.message import Message
from promptops.model.config import Limits, ModelSpec
from promptops.model.model_call import Request

CERTIFICATE = Path(__file__).parents[1] / "fixtures" / "loopback_server.pem"
"""Of 127.0.0.1, localhost and llm.example; with its key."""
Behaviour = Callable[[socket.socket], None]
"""What is done with a connection once a whole request has come."""


@dataclass
class Received:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Loopback:
    """Where the server is, and what it was asked."""

    url: str
    requests: list[Received] = field(default_factory=list)
    connections: int = 0


def completion(text: str | None = "Hello.", **message: Any) -> dict[str, Any]:
    """A chat completion as OpenAI's API documents it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "m-2026-01-01",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": "stop"},
        ],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
    }


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    """A whole answer: JSON, or text or bytes as they are."""
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}", *(f"{k}: {v}" for k, v in (headers or {}).items())]
    raw = "\r\n".join(lines).encode() + b"\r\n\r\n" + data
    return lambda connection: connection.sendall(raw)


def drip(seconds: float) -> Behaviour:
    """A body that comes a byte at a time: no single read ever takes long."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            connection.sendall(b" ")
            time.sleep(0.02)

    return behave


def endless(status: int = 200, head: bytes = b'{"choices": "', headers: str = "") -> Behaviour:
    """A body that never ends, as fast as the client reads."""

    def behave(connection: socket.socket) -> None:
        start = f"HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n{headers}\r\n"
        connection.sendall(start.encode() + f"{len(head):x}\r\n".encode() + head + b"\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        while True:  # ends when the client has gone
            connection.sendall(chunk)

    return behave


def tunnel(behave: Behaviour) -> Behaviour:
    """A proxy's answer to CONNECT, and then the server behind it, by TLS, on the same connection."""

    def through(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with server_context().wrap_socket(connection, server_side=True) as inner:
            while _receive(inner) is not None:
                behave(inner)

    return through


def server_context() -> ssl.SSLContext:
    """For a server with `CERTIFICATE`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def reset(part: bytes = b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"choices": [') -> Behaviour:
    """A part of an answer, then the connection is torn down."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(part)
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return behave


@contextmanager
def serving(*behaviours: Behaviour, tls: bool = False) -> Iterator[Loopback]:
    """A server on a free port; the n-th request meets the n-th behaviour, further ones the last."""
    context = server_context() if tls else None
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        found = Loopback(f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}/v1")
        threads: list[threading.Thread] = []
        lock = threading.Lock()

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                found.connections += 1
                threads.append(threading.Thread(target=talk, args=(connection,), daemon=True))
                threads[-1].start()

        def talk(connection: socket.socket) -> None:
            with ExitStack() as stack:
                stack.enter_context(connection)
                try:
                    if context is not None:
                        connection = stack.enter_context(context.wrap_socket(connection, server_side=True))
                    while (received := _receive(connection)) is not None:
                        with lock:
                            found.requests.append(received)
                            number = len(found.requests) - 1
                        behaviours[min(number, len(behaviours) - 1)](connection)
                except OSError:
                    return  # the client has gone, which is what some tests are about

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield found
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(5)
            for thread in threads:
                thread.join(5)


def _receive(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Received(first.split(" ")[1], headers, json.loads(body) if body else None)


def free_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def spec_for(url: str, **limits: Any) -> ModelSpec:
    """A model at this address."""
    return ModelSpec("small", "openai", "m", base_url=url, limits=Limits(**limits))


def request_for(spec: ModelSpec, text: str = "Hi", **more: Any) -> Request:
    """A request of one message."""
    return Request(spec, (Message("user", text),), **more)
