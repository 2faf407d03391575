"""The rows on many suites: how far a command is from what its calls need, and what a recorded suite costs.

Why these: suites of a few cases each are what a repository of many prompts has. One after the other they leave slots
idle at each suite's end; with a budget each one's first call would fly alone. What the calls need is their number times
the endpoint's delay, divided by how many may be in flight. Recorded suites ask nobody: what they take is ours.
"""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

from benchmarks.endpoint import Endpoint
from benchmarks.ours import Project, new_repository
from benchmarks.process import Ran
from benchmarks.rows import Contender, Hold, Row, Sample

IN_FLIGHT = 50
NEAR = 1.3
"""So many times what the calls need is near enough."""
RECORDED = 100
OURS, FIRST, ONE = "promptops eval", "one suite", "one recorded suite"
SHAPES = {"suites-500ms": (40, 30, 500, ""), "suites-200ms": (50, 30, 200, ""), "suites-budget": (200, 10, 200, "50")}
"""Row → suites, cases in each, the endpoint's delay in milliseconds, the budget in dollars."""
ROWS = (*SHAPES, "suites-recorded")

_SETTINGS = """models:
  bench:
    provider: openai
    model: bench-model
    baseUrl: "{url}"
    prices: {{input: 1, output: 10}}
    limits: {{concurrency: {most}}}
"""
_PROMPT = """model: bench
modelParameters: {maxTokens: 100}
inputs: {topic: {type: string}}
messages:
  - role: user
    content: 'Summarize {{ topic }} in a sentence.'
"""
_SUITE = """prompt: bench
{more}testData: {name}.cases.jsonl
evaluators:
  - name: names the topic
    string: {{contains: "{{{{ topic }}}}"}}
  - name: is a sentence
    string: {{matches: '^[A-Z].*[.]$'}}
"""


def suites(name: str, endpoint: Endpoint, folder: Path) -> Row:
    """One of `SHAPES`, and one suite of it alone: start-up is part of both."""
    count, cases, delay, budget = SHAPES[name]
    project = _make_project(folder / name, endpoint.url, count, cases)
    words = ["--max-cost", budget] if budget else []
    contenders = [
        Contender(OURS, partial(_evaluate, project, endpoint, count * cases, words)),
        Contender(FIRST, partial(_evaluate, project, endpoint, cases, ["s000", *words])),
    ]
    needed = count * cases * delay / 1000 / IN_FLIGHT
    with_budget = ", with a budget" if budget else ""
    title = f"{count} suites of {cases} cases, {delay} ms, {IN_FLIGHT} in flight{with_budget}: at best {needed:g} s"
    return Row(name, title, contenders, [Hold(OURS, "", 0, plus=NEAR * needed)], count * cases, has_flights=True)


def recorded(name: str, endpoint: Endpoint, folder: Path) -> Row:
    """Suites of three recorded replies, a pattern among their checks."""
    project = _make_project(folder / name, endpoint.url, RECORDED, 3, recorded=True)
    project.run("eval", "--record")
    contenders = [
        Contender(OURS, partial(_evaluate, project, endpoint, 0, [])),
        Contender(ONE, partial(_evaluate, project, endpoint, 0, ["s000"])),
    ]
    holds = [Hold(OURS, ONE, 1.0, plus=RECORDED * 0.0225)]
    return Row(name, f"{RECORDED} suites of 3 recorded replies, 2 checks", contenders, holds, RECORDED)


def _make_project(folder: Path, url: str, count: int, cases: int, *, recorded: bool = False) -> Project:
    files = {
        "promptops.yml": _SETTINGS.format(url=url, most=IN_FLIGHT),
        "prompts/bench.prompt.yml": _PROMPT,
        ".gitignore": ".promptops/\n",
    }
    for number in range(count):
        name = f"s{number:03}"
        more = f"replies: {name}.replies.jsonl\n" if recorded else ""
        lines = [json.dumps({"topic": f"case-{number * cases + place}"}) for place in range(cases)]
        files[f"evals/{name}.eval.yml"] = _SUITE.format(name=name, more=more)
        files[f"evals/{name}.cases.jsonl"] = "\n".join(lines) + "\n"
    return new_repository(folder, files)


def _evaluate(project: Project, endpoint: Endpoint, calls: int, words: list[str]) -> Sample:
    state = project.root / ".promptops"
    shutil.rmtree(state, ignore_errors=True)
    endpoint.reset()
    ran = project.run("eval", *words)
    count = endpoint.count()
    return Sample(ran.seconds, ran.megabytes, _problem(ran, state, count["requests"], calls), count["mostInFlight"])


def _problem(ran: Ran, state: Path, requests: int, calls: int) -> str:
    """Why the run does not count, or nothing."""
    if ran.code:
        return f"failed with exit code {ran.code}: {ran.tail()}"
    if requests != calls:
        return f"{requests} requests were made, not {calls}"
    files = list(state.glob("results/*/results.json"))
    samples = [one for file in files for one in json.loads(file.read_bytes())["samples"]]
    passed = sum(all(score["passed"] for score in dict(one["scores"]).values()) for one in samples)
    if not samples or passed != len(samples):
        return f"{passed} of {len(samples)} cases passed both checks"
    return ""
