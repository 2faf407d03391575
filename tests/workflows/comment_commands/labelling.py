"""A pull request on GitHub (loopback) whose last check left results, and people who comment on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from promptops.evals.registry import KINDS
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import parse_event
from promptops.model.results import Results
from promptops.model.suite import Criterion, Gate
from promptops.store.results_file import serialize_results
from promptops.workflows.comment_commands.handle_comment import CommentOutcome, handle_comment
from promptops.workflows.comment_commands.post_reply import post_reply
from tests.evals.factory import CONTAINS, carry_out, case, plan, suite, version
from tests.github_server import GitHubServer

BASE, HEAD, BRANCH = "b" * 40, "a" * 40, "shorter"
LABELS, WAIVERS, OVERRIDES = "evals/labels/s.jsonl", "evals/waivers/s", "evals/labels/overrides.jsonl"
NOW = "2026-11-24T10:00:00+00:00"
PROMPT = (
    "inputs: {word: {type: string}}\nmessages: [{role: user, content: 'Say {{ word }}'}]\npromptops: {owners: %s}\n"
)
SUITE = "prompt: p\ntestData: [{id: c00, word: c00}]\nevaluators: [{name: tone, human: {question: Is it kind?}}]\n"


@cache
def results(name: str = "s") -> Results:
    """24 cases; people are asked about the tone, and the gate wants an answer."""
    of = suite(
        *(case(f"c{number:02}") for number in range(24)),
        criteria=[CONTAINS, Criterion("tone", KINDS["human"], {"question": "Is it kind?"})],
        gates=(Gate("tone", at_least=0.75, undecided_fails=True),),
    )
    made = carry_out(
        plan(
            replace(of, id=name, path=PurePosixPath(f"evals/{name}.eval.yml")),
            version(),
            version("base", "Say the {{ word }}"),
        )
    )
    return made.results


def base_files(owners: Sequence[str] = ("@ana", "@acme/legal"), **more: str) -> dict[str, bytes]:
    """The project where the pull request goes: a prompt with owners, and its suite."""
    files = {"prompts/p.prompt.yml": PROMPT % json.dumps(list(owners)), "evals/s.eval.yml": SUITE, **more}
    return {name: text.encode() for name, text in files.items()}


def kept(folder: Path, *runs: Results) -> Path:
    """The folder with each run's results.json in a folder of its own."""
    for number, run in enumerate(runs or (results(),)):
        path = folder / "results" / f"suite-{number}" / "results.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(serialize_results(run))
    return folder / "results"


class Scene:
    """The repository with an open pull request from `shorter` to `main`, and the results of its check."""

    def __init__(self, server: GitHubServer, folder: Path, *runs: Results, **pull: Any) -> None:
        self.server = server
        self.server.add_pull_request(7, head_sha=HEAD, head_ref=BRANCH, base_sha=BASE, **pull)
        self.server.files |= {BASE: base_files(), "main": base_files(), BRANCH: {}}
        self.results = [kept(folder, *runs)]
        self.slept: list[float] = []
        self.log: list[str] = []

    @property
    def github(self) -> GitHub:
        return GitHub(self.server.repository, self.server.token, api=self.server.url, sleep=self.slept.append)

    def event(self, body: str, author: str = "ana", **changes: Any) -> dict[str, Any]:
        """The published example of such an event, with this comment in it."""
        payload = next(one for one in self.server.description.events["issue_comment"] if one["action"] == "created")
        found: dict[str, Any] = json.loads(json.dumps(payload))
        comment = self.server.add_comment(7, author, body)
        url = f"https://github.com/{self.server.repository}/pull/7#issuecomment-{comment}"
        found["repository"] |= {"full_name": self.server.repository, "default_branch": "main"}
        found["issue"] |= {"number": 7, "pull_request": {"url": "https://api.github.com/repos/acme/prompts/pulls/7"}}
        found["comment"] |= {"id": comment, "body": body, "html_url": url}
        found["comment"]["user"] |= {"login": author, "type": "Bot" if author.endswith("[bot]") else "User"}
        return found | changes

    def obey(self, event: dict[str, Any], folder: str = "", **more: Any) -> CommentOutcome:
        """What the command does with an event; `log` is what it says."""
        read = parse_event("issue_comment", json.dumps(event).encode())
        done = handle_comment(
            self.github, read, folder=PurePosixPath(folder), results=self.results, now=NOW, sleep=self.slept.append,
            **more,
        )  # fmt: skip
        self.log = post_reply(self.github, done, PurePosixPath(folder)) if done.replies else []
        return done

    def say(self, body: str, author: str = "ana", **changes: Any) -> CommentOutcome:
        """Somebody writes a comment."""
        return self.obey(self.event(body, author, **changes))

    def refused(self, body: str, author: str = "ana", **changes: Any) -> str:
        """Somebody writes a comment with one line that is not obeyed: why."""
        done = self.say(body, author, **changes)
        assert [answer.done for answer in done.replies] == [False], done.replies
        assert not self.written
        return done.replies[0].text

    def lines(self, path: str = LABELS) -> list[dict[str, Any]]:
        """What a file on the branch holds."""
        text = self.server.files[BRANCH].get(path, b"").decode()
        assert text == "" or text.endswith("\n")
        return [json.loads(line) for line in text.splitlines()]

    def waivers(self) -> list[dict[str, Any]]:
        """What was accepted of the suite, a file each."""
        paths = sorted(path for path in self.written if str(PurePosixPath(path).parent) == WAIVERS)
        return [line for path in paths for line in self.lines(path)]

    @property
    def written(self) -> dict[str, bytes]:
        return self.server.files[BRANCH]

    @property
    def bodies(self) -> list[str]:
        """What the workflow itself wrote on the pull request."""
        comments = self.server.comments.values()
        return [one["body"] for one in comments if one["user"]["login"] == "github-actions[bot]"]
