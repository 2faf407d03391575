"""GitHub's side of a change: the repository, its pull requests with their trial merge, and the job that checks one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.action.runner import Job, Ran, run_action
from tests.conftest import Files, GitRepository, write_files
from tests.github_description import Description
from tests.github_server import GitHubServer

RUN = "4711"


@dataclass(frozen=True)
class Pull:
    """A pull request: its event, and the commits it is about."""

    number: int
    event: dict[str, Any]
    base: str
    head: str
    merge: str


class Hub:
    """A repository as it lies on GitHub, and jobs that begin with a checkout of it."""

    def __init__(self, folder: Path, server: GitHubServer, description: Description) -> None:
        self.folder = folder
        self.server = server
        self._description = description
        self.upstream = GitRepository(folder / "upstream")
        self._jobs = 0

    def pull(
        self,
        files: Files | None = None,
        *,
        deleted: tuple[str, ...] = (),
        branch: str = "work",
        fork: str | None = "",
        number: int = 7,
        meanwhile: Files | None = None,
    ) -> Pull:
        """A pull request that changes these files; `fork` is the head's repository, where it is another one.

        `meanwhile` is what others merge before it is checked.
        """
        up = self.upstream
        up.git("switch", "--quiet", "--create", branch)
        for name in deleted:
            up.git("rm", "--quiet", "--", name)
        head = up.commit(files or {})
        up.git("switch", "--quiet", "main")
        if meanwhile is not None:
            up.commit(meanwhile)
        base = up.git("rev-parse", "main")
        up.git("switch", "--quiet", "--detach", "main")
        up.git("merge", "--quiet", "--no-ff", "--message", "trial merge", head)
        merge = up.git("rev-parse", "HEAD")
        up.git("update-ref", f"refs/pull/{number}/merge", merge)
        up.git("switch", "--quiet", "main")
        there = {"head_sha": head, "base_sha": base, "head_ref": branch}
        self.server.add_pull_request(number, **there, head_repository=fork)
        parted = up.git("merge-base", base, head)
        self.server.merge_bases[base, head] = parted
        return Pull(number, self._event(number, fork, **there), base, head, merge)

    def push_to(self, pull: Pull, files: Files, *, branch: str = "work") -> Pull:
        """The pull request after another commit on its branch."""
        up = self.upstream
        up.git("switch", "--quiet", branch)
        head = up.commit(files)
        up.git("switch", "--quiet", "--detach", "main")
        up.git("merge", "--quiet", "--no-ff", "--message", "trial merge", head)
        merge = up.git("rev-parse", "HEAD")
        up.git("update-ref", f"refs/pull/{pull.number}/merge", merge)
        up.git("switch", "--quiet", "main")
        self.server.pull_requests[pull.number]["head"]["sha"] = head
        there = {"head_sha": head, "base_sha": pull.base, "head_ref": branch}
        return Pull(pull.number, self._event(pull.number, "", **there), pull.base, head, merge)

    def push(self, before: str, after: str) -> dict[str, Any]:
        """The event of a push to the default branch."""
        found = self._example("push")
        return found | {
            "before": before,
            "after": after,
            "ref": "refs/heads/main",
            "repository": self._repository(found),
        }

    def job(
        self, event_name: str, event: dict[str, Any], ref: str, *, depth: int = 0, secrets: dict[str, str] | None = None
    ) -> Job:
        """A job after its checkout of `ref`, as `actions/checkout` leaves it: with no branch, and only `origin`."""
        self._jobs += 1
        folder = self.folder / f"job {self._jobs}"
        workspace, temp = folder / "work", folder / "temp"
        temp.mkdir(parents=True)
        clone = GitRepository(workspace)
        clone.git("remote", "add", "origin", self.upstream.root.as_uri())
        wanted = [f"+{ref}:refs/remotes/checked/out"]
        if depth == 0:
            wanted.append("+refs/heads/*:refs/remotes/origin/*")
        self.upstream.git("config", "uploadpack.allowAnySHA1InWant", "true")
        clone.git("fetch", "--quiet", "--no-tags", *([f"--depth={depth}"] if depth else []), "origin", *wanted)
        clone.git("checkout", "--quiet", "--detach", "refs/remotes/checked/out")
        payload = folder / "event.json"
        payload.write_text(json.dumps(event), "utf-8")
        github = {
            "action_path": str(Path(__file__).parents[2]),
            "event": event,
            "run_attempt": "1",
            "run_id": RUN,
            "token": self.server.token,
        }
        environment = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.server.url,
            "GITHUB_EVENT_NAME": event_name,
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_REPOSITORY": self.server.repository,
            "GITHUB_RUN_ID": RUN,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": clone.git("rev-parse", "HEAD"),
            "GITHUB_WORKSPACE": str(workspace),
            **(secrets or {}),
        }
        return Job(workspace, temp, github, environment)

    def check(
        self,
        pull: Pull,
        *,
        depth: int = 0,
        secrets: dict[str, str] | None = None,
        run: str = RUN,
        attempt: str = "1",
    ) -> Job:
        """The job that a pull request starts; one that is run again checks out what it did the first time."""
        job = self.job("pull_request", pull.event, pull.merge, depth=depth, secrets=secrets)
        job.github |= {"run_id": run, "run_attempt": attempt}
        job.environment |= {"GITHUB_RUN_ID": run, "GITHUB_RUN_ATTEMPT": attempt}
        return job

    def _event(self, number: int, fork: str | None, *, head_sha: str, base_sha: str, head_ref: str) -> dict[str, Any]:
        found = self._example("pull_request")
        pull = found["pull_request"] | {"number": number, "state": "open"}
        pull["base"] = pull["base"] | {"sha": base_sha, "ref": "main", "repo": self._repository(pull["base"], "repo")}
        pull["head"] = pull["head"] | {"sha": head_sha, "ref": head_ref, "repo": self._repository(pull["head"], "repo")}
        if fork is None:
            pull["head"]["repo"] = None
        elif fork:
            pull["head"]["repo"]["full_name"] = fork
        return found | {"number": number, "pull_request": pull, "repository": self._repository(found)}

    def _repository(self, data: dict[str, Any], key: str = "repository") -> dict[str, Any]:
        return {**data[key], "full_name": self.server.repository, "default_branch": "main"}

    def _example(self, name: str) -> dict[str, Any]:
        """A published example, of a pull request with its head there."""
        for one in self._description.events[name]:
            if name != "pull_request" or one["pull_request"]["head"]["repo"]:
                return json.loads(json.dumps(one))  # type: ignore[no-any-return]
        raise AssertionError(f"no example of {name}")


def project(url: str, names: list[str]) -> dict[str, str | bytes]:
    """A project with one small prompt and one suite of each name."""
    from tests.workflows.scene import GREET, SUITE, settings

    files: dict[str, str | bytes] = {"promptops.yml": settings(url), ".gitignore": ".promptops/\n"}
    for name in names:
        files[f"prompts/{name}.prompt.yml"] = GREET
        files[f"evals/{name}.eval.yml"] = SUITE.replace("prompt: greet", f"prompt: '{name}'")
    return files


def run(job: Job, **inputs: str) -> Ran:
    """The whole action; what it wrote must never hold the token, and obeys nobody."""
    ran = run_action(job, {name.replace("_", "-"): value for name, value in inputs.items()})
    assert job.github["token"] not in f"{ran.log}{ran.summary}{ran.outputs}"
    assert isinstance(ran.annotations, list)
    return ran


__all__ = ["Hub", "Pull", "project", "run", "write_files"]
