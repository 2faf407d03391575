"""The four rows on evaluations: 0 ms, 50 ms, all cached, and one case.

Why these: at 0 ms everything is the runner's own work; 50 ms shows whether 200 in flight really overlap (1,000 cases
then wait 0.25 s together at best); cached is what a second look or a resumed run costs; one case is what somebody
waits for who tries an edit.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import ours
from benchmarks.endpoint import Endpoint
from benchmarks.imports import sentence
from benchmarks.process import environment, run
from benchmarks.promptfoo import Promptfoo
from benchmarks.rows import Contender, Hold, Row, Sample

CASES = 1000
OURS, FOO = "promptops eval", "promptfoo"
MINIMAL = {"openai": "minimal openai", "openai-aiohttp": "minimal openai[aiohttp]", "aiohttp": "minimal aiohttp"}
IMPORT = "import openai"
_ROOT = Path(__file__).parent.parent


def cold(name: str, delay_ms: int, endpoint: Endpoint, foo: Promptfoo, folder: Path) -> Row:
    """1,000 cases, nothing cached."""
    project = ours.make_project(folder / name, endpoint.url, CASES)
    contenders = [
        Contender(OURS, partial(ours.evaluate, project, endpoint, CASES)),
        *(Contender(shown, partial(_minimal, client, endpoint)) for client, shown in MINIMAL.items()),
        Contender(FOO, partial(foo.evaluate, endpoint, CASES)),
    ]
    if delay_ms == 0:
        holds = [
            Hold(OURS, FOO, 0.1),
            Hold(OURS, FOO, 1 / 3, "megabytes"),
            Hold(OURS, MINIMAL["aiohttp"], 1.8),
        ]
    else:
        holds = [Hold(OURS, MINIMAL["openai-aiohttp"], 0.5)]
    title = f"{CASES:,} cases, 2 checks, {delay_ms} ms, 200 in flight"
    # Without a delay the endpoint answers each request before it looks at the next.
    return Row(name, title, contenders, holds, CASES, has_flights=delay_ms > 0)


def cached(name: str, endpoint: Endpoint, foo: Promptfoo, folder: Path) -> Row:
    """The same again, every reply cached, one version."""
    project = ours.make_project(folder / name, endpoint.url, CASES)
    contenders = [
        Contender(OURS, partial(ours.evaluate, project, endpoint, CASES, cached=True)),
        Contender(FOO, partial(foo.evaluate, endpoint, CASES, cache=name)),
    ]
    notes = partial(_imports, project)
    return Row(name, f"{CASES:,} cases, all cached", contenders, [Hold(OURS, FOO, 0.1)], CASES, notes=notes)


def one(name: str, endpoint: Endpoint, foo: Promptfoo, folder: Path) -> Row:
    """One case, start to finish; beside it, what importing the client alone costs."""
    project = ours.make_project(folder / name, endpoint.url, 1)
    contenders = [
        Contender(OURS, partial(ours.evaluate, project, endpoint, 1)),
        Contender(IMPORT, python(IMPORT, folder)),
        Contender(FOO, partial(foo.evaluate, endpoint, 1)),
    ]
    return Row(name, "one case, start to finish", contenders, [Hold(OURS, IMPORT, 1.0, plus=0.5)], 1, rounds=3)


def python(code: str, home: Path) -> Callable[[], Sample]:
    """Measures `python -c code`, this interpreter, start to exit."""

    def measure() -> Sample:
        ran = run([sys.executable, "-c", code], cwd=home, env=environment(home))
        return Sample(ran.seconds, ran.megabytes, ran.tail() if ran.code else "")

    return measure


def _minimal(client: str, endpoint: Endpoint) -> Sample:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.minimal", "--client", client, "--url", endpoint.url]
        command += ["--cases", str(CASES), "--database", f"{folder}/replies.db"]
        endpoint.reset()
        ran = run(command, cwd=_ROOT, env=environment(Path(folder)))
    problem = f"failed with exit code {ran.code}: {ran.tail()}" if ran.code else ""
    count = endpoint.count()
    if not problem and count["requests"] != CASES:
        problem = f"{count['requests']} requests were made, not {CASES}"
    return Sample(ran.seconds, ran.megabytes, problem, count["mostInFlight"])


def _imports(project: ours.Project) -> list[str]:
    ran = project.run("eval", "bench", python=("-X", "importtime"))
    return [sentence("promptops eval, all cached", ran, ("openai", "numpy"))]
