"""A small project and an endpoint on loopback that answers by what it is asked: what eval's tests stand on."""

from __future__ import annotations

import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Lock, Thread
from typing import Any

from promptops.model.results import Results
from promptops.workflows.eval.evaluate import execute
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.workspace import Workspace
from tests.providers.loopback import Behaviour, answer, completion
from tests.providers.loopback import _receive as receive

Answer = Callable[[str, int], str | Behaviour]
"""From the last message's text and how often it was asked by now (1 the first time)."""

GREET = "inputs: {who: {type: string}}\nmodel: small\nmessages:\n  - role: user\n    content: 'Greet {{ who }}'\n"
POLITE = GREET.replace("Greet", "Greet politely:")
SUITE = (
    "prompt: greet\ntestData: [{id: ada, who: Ada}, {id: bob, who: Bob}, {id: eve, who: Eve}]\n"
    "evaluators: [{name: says the name, string: {contains: '{{ who }}'}}]\n"
)


@dataclass
class Endpoint:
    """Where the endpoint is, and the texts it was asked, in their order."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        """How often each text was asked."""
        return Counter(self.asked)


def echo(text: str, _count: int) -> str:
    """The model that says what it was told."""
    return f"You said: {text}"


@contextmanager
def answering(reply: Answer = echo) -> Iterator[Endpoint]:
    """An OpenAI-compatible endpoint on a free port of loopback."""
    count, lock = Counter[str](), Lock()

    def behave(body: dict[str, Any]) -> Behaviour:
        text = body["messages"][-1]["content"]
        with lock:
            count[text] += 1
            number = count[text]
        found = reply(text, number)
        return answer(completion(found)) if isinstance(found, str) else found

    with answering_bodies(behave) as endpoint:
        yield endpoint


@contextmanager
def answering_bodies(behave: Callable[[dict[str, Any]], Behaviour]) -> Iterator[Endpoint]:
    """The same for a model that looks at the whole request."""
    endpoint, lock = Endpoint(), Lock()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(OSError):  # the client was killed, or the connection torn down on purpose
                while (received := receive(self.request)) is not None:
                    with lock:
                        endpoint.asked.append(received.body["messages"][-1]["content"])
                        endpoint.bodies.append(received.body)
                    behave(received.body)(self.request)

    class Server(ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join(5)


def settings(url: str, *, prices: str = "{input: 1, output: 10}", limits: str = "{}", more: str = "") -> str:
    """`promptops.yml` with the model `small` at this address."""
    model = f"{{provider: openai, model: m, baseUrl: '{url}', prices: {prices}, limits: {limits}}}"
    return f"models:\n  small: {model}\n  big: {model.replace('model: m', 'model: m-big')}\n{more}"


def files_for(url: str, **more: str) -> dict[str, str | bytes]:
    """One prompt, one suite of three cases, and settings; `more` goes to `settings`."""
    return {
        "promptops.yml": settings(url, **more),
        "prompts/greet.prompt.yml": GREET,
        "evals/greet.eval.yml": SUITE,
        ".gitignore": ".promptops/\n",
    }


def many_cases(number: int) -> str:
    """A suite of so many cases; each text is asked once a version."""
    cases = ", ".join(f"{{id: c{n}, who: Nr{n}x}}" for n in range(number))
    return SUITE.replace(SUITE[SUITE.index("[") + 1 : SUITE.index("]")], cases)


def workspace_at(root: Path, secrets: Mapping[str, str] | None = None) -> Workspace:
    """The project in this folder, with caches of its own."""
    return Workspace.at(root, root.parent / "cache", secrets or {})


def evaluate(workspace: Workspace, *suites: str, out: Path | None = None, **choice: Any) -> Results:
    """Prepare and run the one suite that is chosen."""
    resume = choice.pop("resume", False)
    (prepared,) = prepare(workspace, EvalChoice(suites, **choice))
    return execute(workspace, prepared, out or workspace.root.parent / "out", resume=resume)


def command(*arguments: str) -> Sequence[str]:
    """`promptops …` as a process of its own."""
    return [sys.executable, "-m", "promptops", *arguments]


def environment(**more: str) -> dict[str, str]:
    """The isolated environment for a process."""
    return {**os.environ, **more}
