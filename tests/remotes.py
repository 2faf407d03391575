"""Real remotes on loopback: `git daemon`, and `git http-backend` behind a web server that can be told to fail."""

from __future__ import annotations

import base64
import gzip
import os
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_LONGEST = 30.0  # seconds; no test waits for longer than this


def serving_environment(filters: bool = True) -> dict[str, str]:
    """The environment of a serving git: with `filters`, it may leave out blobs."""
    setting = {"KEY_0": "uploadpack.allowFilter", "VALUE_0": str(filters).lower()}
    return os.environ | {"GIT_CONFIG_COUNT": "1"} | {f"GIT_CONFIG_{name}": value for name, value in setting.items()}


class Daemon:
    """`git daemon` over all repositories below `root`; `with Daemon(root) as remote: remote.url("name")`."""

    def __init__(self, root: Path, *, filters: bool = True) -> None:
        self.root = root
        self._environment = serving_environment(filters)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Serve; on the same port as before."""
        options = ["--export-all", "--reuseaddr", "--listen=127.0.0.1", f"--port={self.port}"]
        self._process = subprocess.Popen(
            ["git", "daemon", *options, f"--base-path={self.root}", str(self.root)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + _LONGEST
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert self._process.poll() is None, "git daemon does not run"
                assert time.monotonic() < until, "git daemon does not listen"
                time.sleep(0.01)
            else:
                return

    def url(self, name: str) -> str:
        """The address of the repository `name` below the root."""
        return f"git://127.0.0.1:{self.port}/{name}"

    def stall(self) -> None:
        """Accept connections, and never say a word, until closed."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def close(self) -> None:
        """End the daemon and what it started; it may be started again."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(_LONGEST)
            self._process = None


class HttpRemote:
    """`git http-backend` over all repositories below `root`, counting, and failing as told.

    `status`: answer this instead. `password`: `user:password` to ask for. `cut`: break off so many bytes into the
    answer that holds the objects. `stalled`: stop there instead of breaking off, until `go_on` is set. `delay`:
    seconds before each answer. `old_protocol`: hand out no ids. The counts: `requests`, `fetches` (one for each
    `git fetch`) and `packs` (answers with objects).
    """

    def __init__(self, root: Path, *, filters: bool = True) -> None:
        self.root = root
        self.environment = serving_environment(filters)
        self.status: int | None = None
        self.password = ""
        self.cut: int | None = None
        self.stalled = False
        self.delay = 0.0
        self.old_protocol = False
        self.go_on = threading.Event()
        self.has_stalled = threading.Event()
        self.requests: list[str] = []
        self._server: _Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Serve; on the same port as before."""
        self._server = _Server(self)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def url(self, name: str, user: str = "") -> str:
        """The address of the repository `name` below the root, with `user` (or `user:password`) in it."""
        return f"http://{user + '@' if user else ''}127.0.0.1:{self.port}/{name}"

    @property
    def fetches(self) -> int:
        """How many times git came."""
        return sum("/info/refs" in request for request in self.requests)

    @property
    def packs(self) -> int:
        """How many times objects were asked for."""
        return self.requests.count("objects")

    def close(self) -> None:
        """Go down; it may be started again."""
        if self._server is not None:
            self.go_on.set()
            self._server.shutdown()
            self._thread.join(_LONGEST)
            self._server.server_close()
            self._server = None
            self.go_on.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the answers under way

    def __init__(self, remote: HttpRemote) -> None:
        self.remote = remote
        super().__init__(("127.0.0.1", remote.port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _LONGEST

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(
            self.rfile.read(int(self.headers["Content-Length"])) if "Content-Length" in self.headers else self._chunks()
        )

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, body: bytes) -> None:
        remote = self.server.remote
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        wants_objects = b"command=fetch" in body or b"want " in body
        remote.requests.append("objects" if wants_objects else f"{self.command} {self.path}")
        if remote.delay:
            remote.go_on.wait(remote.delay)
        given = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if remote.status or given != remote.password:
            self.send_response(remote.status or 401)
            self.send_header("WWW-Authenticate", 'Basic realm="prompts"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        head, _, content = self._backend(body).partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if wants_objects and (remote.stalled or remote.cut is not None):
            self.wfile.write(content[: remote.cut or 0])
            self.wfile.flush()
            if remote.stalled:
                remote.has_stalled.set()
                remote.go_on.wait(_LONGEST)
            self.close_connection = True
            return
        self.wfile.write(content)

    def _backend(self, body: bytes) -> bytes:
        remote = self.server.remote
        parts = urlsplit(self.path)
        protocol = "" if remote.old_protocol else self.headers.get("Git-Protocol", "")
        variables = {
            "GIT_PROJECT_ROOT": str(remote.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_GIT_PROTOCOL": protocol,
            "GIT_PROTOCOL": protocol,
        }
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            env=remote.environment | variables,
            capture_output=True,
            timeout=_LONGEST,
            check=False,
        )
        return done.stdout


def objects_in(cache: Path, *, cut: bool = False) -> dict[str, str]:
    """All objects in the only mirror of this cache: id → kind."""
    (folder,) = (path for path in cache.glob("*.git") if path.name.endswith("-cut.git") == cut)
    command = ["git", f"--git-dir={folder}", "cat-file", "--batch-all-objects", "--batch-check"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[0]: line.split()[1] for line in lines}


def processes_with(text: str) -> list[str]:
    """The running programs that were given this text, as an argument or in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            given = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            if text.encode() in given and folder.name != str(os.getpid()):
                found.append((folder / "cmdline").read_text())
        except OSError:
            continue
    return found


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
