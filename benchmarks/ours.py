"""promptops itself, as people run it: `python -m promptops eval bench` in a git repository.

The repository is made here: a prompt with two inputs, a suite with the two checks and a file of cases, committed. The
state below `.promptops` is removed before each run, so nothing is cached; for the row "all cached" one run fills it
and is not counted. A run counts only when it ends with exit code 0, when its results.json says that every case passed
both checks, and when the endpoint saw exactly as many requests as it should have.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cases import IN_FLIGHT, MAX_WORDS, MODEL, SYSTEM, USER, make_cases
from benchmarks.endpoint import Endpoint
from benchmarks.process import Ran, environment, run
from benchmarks.rows import Sample

_PROJECT = """models:
  bench: {{provider: openai, model: {model}, baseUrl: "{url}", apiKeyEnv: BENCH_KEY, limits: {{concurrency: {most}}}}}
"""
_PROMPT = f"""name: Benchmark
model: bench
inputs:
  topic: {{type: string}}
  audience: {{enum: [sales, product, engineering]}}
  transcript: {{type: string, untrusted: true}}
messages:
  - role: system
    content: {json.dumps(SYSTEM)}
  - role: user
    content: {json.dumps(USER)}
promptops: {{owners: ["@bench/bench"]}}
"""
_SUITE = f"""prompt: bench
testData: bench.cases.jsonl
evaluators:
  - name: names the topic
    string: {{contains: "{{{{ topic }}}}"}}
  - name: is short
    length: {{maxWords: {MAX_WORDS}}}
"""


@dataclass(slots=True)
class Project:
    """A promptops project in a fresh git repository; `home` is the user's folder of its runs."""

    root: Path
    home: Path

    def run(self, *arguments: str, python: tuple[str, ...] = ()) -> Ran:
        """`python -m promptops …` in the project."""
        env = environment(self.home, BENCH_KEY="bench")
        return run([sys.executable, *python, "-m", "promptops", *arguments], cwd=self.root, env=env)

    def git(self, *arguments: str) -> str:
        """git, with no settings but its own; what it printed."""
        env = environment(self.home, GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0")
        who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.root, env=env, check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout.strip()


def make_project(folder: Path, url: str, cases: int) -> Project:
    """Written and committed below `folder`."""
    lines = [json.dumps(case) for case in make_cases(cases)]
    files = {
        "promptops.yml": _PROJECT.format(model=MODEL, url=url, most=IN_FLIGHT),
        "prompts/bench.prompt.yml": _PROMPT,
        "evals/bench.eval.yml": _SUITE,
        "evals/bench.cases.jsonl": "\n".join(lines) + "\n",
        ".gitignore": ".promptops/\n",
    }
    return new_repository(folder, files)


def new_repository(folder: Path, files: Mapping[str, str]) -> Project:
    """These files, committed below `folder`."""
    root, home = folder / "project", folder / "home"
    for inner in (root / "prompts", root / "evals", home):
        inner.mkdir(parents=True)
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    project = Project(root, home)
    project.git("init", "--quiet", "--initial-branch=main")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message=benchmark")
    return project


def evaluate(project: Project, endpoint: Endpoint, cases: int, *, cached: bool = False) -> Sample:
    """One `promptops eval bench`; with `cached`, of what an earlier run has already asked."""
    state = project.root / ".promptops"
    if not cached:
        shutil.rmtree(state, ignore_errors=True)
    elif not state.is_dir() and (problem := _problem(project.run("eval", "bench"), state, cases)):
        return Sample(problem=problem)
    endpoint.reset()
    ran = project.run("eval", "bench")
    calls = 0 if cached else cases
    count = endpoint.count()
    problem = _problem(ran, state, cases)
    if not problem and count["requests"] != calls:
        problem = f"{count['requests']} requests were made, not {calls}"
    return Sample(ran.seconds, ran.megabytes, problem, count["mostInFlight"])


def _problem(ran: Ran, state: Path, cases: int) -> str:
    """Why the run does not count, or nothing."""
    if ran.code:
        return f"failed with exit code {ran.code}: {ran.tail()}"
    written = sorted(state.glob("results/*/results.json"), key=lambda path: path.stat().st_mtime_ns)
    if not written:
        return "it wrote no results.json"
    samples = json.loads(written[-1].read_bytes())["samples"]
    passed = sum(
        len(one["scores"]) == 2 and all(score["passed"] for score in _values(one["scores"])) for one in samples
    )
    return "" if passed == cases else f"{passed} of {cases} cases passed both checks"


def _values(scores: Any) -> list[dict[str, Any]]:
    return list(scores.values()) if isinstance(scores, dict) else list(scores)
