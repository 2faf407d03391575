"""A web server on loopback that answers with a function, in threads."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Request(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]


class Reply(NamedTuple):
    """An answer: JSON for `data`, or raw bytes."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = {}
    raw: bytes | None = None


def address(server: ThreadingHTTPServer) -> str:
    """Where the server is."""
    return f"http://127.0.0.1:{server.server_address[1]}"


def serve(answer: Callable[[Request, str, bytes], Reply]) -> ThreadingHTTPServer:
    """A server that is not running yet."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            parts = urlsplit(self.path)
            sent = None
            with contextlib.suppress(ValueError):
                sent = json.loads(body) if body else None
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            reply = answer(Request(self.command, parts.path, query, sent, headers), self.path, body)
            content = reply.raw if reply.raw is not None else json.dumps(reply.data).encode()
            with contextlib.suppress(ConnectionError):  # a client that stops reading is what some tests are about
                self.send_response_only(reply.status)
                ordinary = {"date": self.date_time_string(), "content-type": "application/json"}
                for name, value in (ordinary | dict(reply.headers)).items():
                    self.send_header(name, value)
                if "content-length" not in reply.headers:
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return _Server(("127.0.0.1", 0), Handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
