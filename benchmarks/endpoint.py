"""A loopback endpoint that speaks the OpenAI chat-completions API, the same for every peer.

It answers after a set delay with a short reply that depends on the request alone, so that a check can hold and every
run gets the same bytes. It keeps the number of requests and the most that were in flight at once: a row is worth
something only when 1,000 cases were 1,000 requests, and when the runner really had 200 of them open.

    python -m benchmarks.endpoint --delay-ms 50 --port 0     prints {"port": …} and serves until it is ended
    GET /count                                               {"requests": …, "mostInFlight": …}
    POST /reset                                              begins to count again
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:  # the bench itself stays small: only the server's own process imports aiohttp
    from aiohttp import web

_CASE = re.compile(r"case-\d+")


class Count(TypedDict):
    """What the endpoint saw since it began or was reset."""

    requests: int
    mostInFlight: int


class _Replies:
    def __init__(self, delay: float, to_json: Callable[[object], web.Response]) -> None:
        self.delay = delay
        self._json = to_json
        self.requests = self.in_flight = self.most = 0

    async def complete(self, request: web.Request) -> web.Response:
        """POST /v1/chat/completions."""
        self.requests += 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            body = await request.json()
            if self.delay:
                await asyncio.sleep(self.delay)
        finally:
            self.in_flight -= 1
        return self._json(completion(body))

    async def count(self, _request: web.Request) -> web.Response:
        """GET /count."""
        return self._json(Count(requests=self.requests, mostInFlight=self.most))

    async def reset(self, request: web.Request) -> web.Response:
        """POST /reset."""
        self.requests = self.most = 0
        return await self.count(request)


def completion(body: dict[str, object]) -> dict[str, object]:
    """The answer to a request's JSON: it names the `case-N` that the messages name, in about a dozen words."""
    found = _CASE.search(json.dumps(body.get("messages")))
    case = found.group() if found else "nothing"
    text = f"Summary of {case}: the team agreed on the plan and on who does what."
    return {
        "id": f"chatcmpl-{case}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": str(body.get("model", "bench-model")),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 120, "completion_tokens": 16, "total_tokens": 136},
    }


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running endpoint; `url` ends in /v1."""

    port: int

    @property
    def url(self) -> str:
        """The base address that OpenAI clients take."""
        return f"http://127.0.0.1:{self.port}/v1"

    def count(self) -> Count:
        """Requests since the last reset."""
        return self._ask("count", "GET")

    def reset(self) -> None:
        """Begin to count again."""
        self._ask("reset", "POST")

    def _ask(self, name: str, method: str) -> Count:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/{name}", method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=10) as reply:
            found: Count = json.load(reply)
            return found


@contextmanager
def serving(delay_ms: int) -> Iterator[Endpoint]:
    """An endpoint in a process of its own, ended on leaving."""
    command = [sys.executable, "-m", "benchmarks.endpoint", "--delay-ms", str(delay_ms)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    try:
        assert process.stdout is not None
        yield Endpoint(json.loads(process.stdout.readline())["port"])
    finally:
        process.terminate()
        process.wait(timeout=10)


async def _serve(delay_ms: int, port: int) -> None:
    from aiohttp import web

    replies = _Replies(delay_ms / 1000, web.json_response)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", replies.complete)
    app.router.add_get("/count", replies.count)
    app.router.add_post("/reset", replies.reset)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="a loopback chat-completions endpoint with a set delay")
    parser.add_argument("--delay-ms", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    try:
        asyncio.run(_serve(options.delay_ms, options.port))
    except KeyboardInterrupt:
        sys.exit(0)
