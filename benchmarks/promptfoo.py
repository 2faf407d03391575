"""The peer promptfoo: the same cases, prompt and two checks, `--max-concurrency 200`, behind the guard.

Its cache is off for the rows that call (`--no-cache`). For the row "all cached" runs that are not counted fill the
cache until one asks nothing: a single run does not always leave every reply there. It writes its results to its own
database, as it does by default; its table and progress bar are off, since nobody looks at a thousand rows, and a folder
of its own takes the place of the user's. Everything that makes it talk less (telemetry, updates, sharing) is used.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cases import IN_FLIGHT, MAX_WORDS, MODEL, SYSTEM, USER, make_cases
from benchmarks.endpoint import Endpoint
from benchmarks.guard import guarded, prove, refused, was_on
from benchmarks.peers import Missing, Peer, promptfoo
from benchmarks.process import environment, run
from benchmarks.rows import Sample

_OFF = ("TELEMETRY", "UPDATE", "SHARING", "SHARE_EMAIL_REQUEST", "REMOTE_GENERATION", "REDTEAM_REMOTE_GENERATION")
_SWITCHES = {f"PROMPTFOO_DISABLE_{name}": "1" for name in _OFF}
FILLS = 4
_WORDS = f"output.trim().split(/\\s+/).length <= {MAX_WORDS}"


@dataclass(slots=True)
class Promptfoo:
    """One installed and guarded promptfoo; `folder` holds its configuration, its home and the guard's logs."""

    folder: Path
    install: bool = True
    trial: str = ""
    missing: str = ""
    refusals: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    peer: Peer | None = None

    def ready(self) -> Peer:
        """The peer, installed and behind a guard that was tried; `Missing` otherwise, the same each time."""
        if self.peer is None:
            if not self.missing:
                try:
                    peer = promptfoo(install=self.install)
                    self.trial = prove(peer, self.folder)
                    self.peer = peer
                    return peer
                except Missing as exc:
                    self.missing = str(exc)
            raise Missing(self.missing)
        return self.peer

    def evaluate(self, endpoint: Endpoint, cases: int, *, cache: str = "") -> Sample:
        """One evaluation. `cache` names a cache to keep: filled when it is new; else nothing is cached."""
        try:
            peer = self.ready()
        except Missing as exc:
            return Sample(problem=f"skipped: {exc}")
        home = self.folder / (cache or f"run-{self.runs}")
        is_new = not home.is_dir()
        if is_new:
            home.mkdir()
            _configure(home, endpoint.url, cases)
        for _ in range(FILLS if cache and is_new else 0):
            if problem := self._run(peer, home, endpoint, cases, is_cached=True).problem:
                return Sample(problem=problem)
            if endpoint.count()["requests"] == 0:
                break
        sample = self._run(peer, home, endpoint, cases, is_cached=cache != "")
        asked, calls = endpoint.count()["requests"], 0 if cache else cases
        if not sample.problem and asked != calls:
            return Sample(problem=f"{asked} requests were made, not {calls}")
        return sample

    def _run(self, peer: Peer, home: Path, endpoint: Endpoint, cases: int, *, is_cached: bool) -> Sample:
        self.runs += 1
        log = self.folder / f"guard-{self.runs}.jsonl"
        command = [str(peer.node), str(peer.entry), "eval", "-c", "promptfooconfig.json", "-j", str(IN_FLIGHT)]
        command += ["--no-table", "--no-progress-bar", "--no-share", *([] if is_cached else ["--no-cache"])]
        env = environment(home, PROMPTFOO_CONFIG_DIR=str(home / "config"), **_SWITCHES, **guarded(log))
        endpoint.reset()
        ran = run(command, cwd=home, env=env)
        self.refusals += refused(log)
        if not was_on(log):
            return Sample(problem="the guard was not on: the figure is thrown away")
        passed = re.search(r"([\d,]+) passed", ran.output)
        if ran.code or passed is None or int(passed[1].replace(",", "")) != cases:
            return Sample(problem=f"failed with exit code {ran.code}: {ran.tail()}")
        return Sample(ran.seconds, ran.megabytes, in_flight=endpoint.count()["mostInFlight"])


def _configure(home: Path, url: str, cases: int) -> None:
    tests = [
        {
            "vars": dict(case),
            "assert": [{"type": "contains", "value": case["topic"]}, {"type": "javascript", "value": _WORDS}],
        }
        for case in make_cases(cases)
    ]
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": USER}]
    config = {
        "prompts": ["file://prompt.json"],
        "providers": [{"id": f"openai:chat:{MODEL}", "config": {"apiBaseUrl": url, "apiKey": "bench"}}],
        "tests": "file://tests.json",
    }
    for name, content in (("tests", tests), ("prompt", messages), ("promptfooconfig", config)):
        (home / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
