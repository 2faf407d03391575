"""An organisation on loopback: its repository, its people with clones, its GitHub, and the jobs that GitHub starts."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.forge.artifact import RESULTS_ARTIFACT, check_artifact_name
from tests.conftest import Files, GitRepository
from tests.github_description import Description
from tests.life.git_backed_github import GitBackedGitHub

KEYS = "NAME", "EMAIL"
CHECK = ("check", "--out", ".promptops/check")


class Step(NamedTuple):
    """How a command of a job ended, and the job's folder."""

    code: int
    output: str
    root: Path


class Job(NamedTuple):
    """A check that GitHub started: its run's number, its event, and the commit that it checks out."""

    run: int
    event: str
    ref: str
    of_fork: bool


class Organisation:
    """One repository `acme/prompts`; whoever acts is named by login, and commits as LOGIN@example.org."""

    def __init__(self, folder: Path, description: Description, files: Files) -> None:
        self.folder = folder
        self.bare = GitRepository(folder / "origin.git", "--bare")
        self.url = f"file://{self.bare.root}"
        self.github = GitBackedGitHub(description, self.bare)
        self._count = 0
        self._clones: dict[str, GitRepository] = {}
        with self._as_person("ada"):
            self.clone("ada").commit(files, "The first prompts")
        self.clone("ada").git("push", "--quiet", "origin", "HEAD:main")
        self.pushed: Step | None = None

    def clone(self, login: str) -> GitRepository:
        """This person's clone."""
        if login not in self._clones:
            found = self._clones[login] = GitRepository(self.folder / login)
            found.git("remote", "add", "origin", self.url)
        return self._clones[login]

    def tip(self, branch: str = "main") -> str:
        """The newest commit of a branch at origin."""
        return self.github.commit_of(f"refs/heads/{branch}")

    def push(self, login: str, branch: str, files: Files, message: str = "change", *, ref: str = "") -> str:
        """Somebody commits to a branch, begun where main is if it is new, and pushes it."""
        clone = self.clone(login)
        with self._as_person(login):
            clone.git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
            there = clone.git("for-each-ref", "--format=x", f"refs/heads/{branch}", f"refs/remotes/origin/{branch}")
            if branch == "main" or not there:
                clone.git("checkout", "--quiet", "-B", branch, "origin/main")
            before, commit = self.tip(), clone.commit(files, message)
            clone.git("push", "--quiet", "origin", f"HEAD:{ref or f'refs/heads/{branch}'}")
        if branch == "main":
            self.pushed = self.after_push(before)
        return commit

    def run_local(self, login: str, branch: str, *words: str) -> Result:
        """Somebody runs promptops on a new branch of their own clone."""
        clone = self.clone(login)
        clone.git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
        clone.git("checkout", "--quiet", "-B", branch, "origin/main")
        with self._as_person(login), _inside(clone.root):
            return CliRunner().invoke(cli, words)

    def open(self, author: str, branch: str, title: str, *, fork: str = "") -> int:
        """A pull request to main; `fork` is the repository of its branch, where it is another one."""
        number = max(self.github.pull_requests, default=0) + 1
        self.github.add_pull_request(number, author=author, title=title, head_ref=branch, head_repository=fork)
        self.github.refresh(number)
        return number

    def merge(self, number: int, login: str, *, squash: bool = False) -> None:
        """Somebody merges a pull request by a commit that GitHub makes; then comes what a push to main starts."""
        pull, before = self.github.refresh(number), self.tip()
        clone = self.clone(login)
        clone.git("fetch", "--quiet", "origin", "+refs/*:refs/origin/*")
        clone.git("checkout", "--quiet", "-B", "main", "refs/origin/heads/main")
        if squash:
            clone.git("merge", "--quiet", "--squash", pull["head"]["sha"])
            with self._as_person(pull["user"]["login"], by_github=True):
                clone.commit(message=f"{pull['title']} (#{number})")
        else:
            title = f"Merge pull request #{number} from acme/{pull['head']['ref']}\n\n{pull['title']}"
            with self._as_person(login, by_github=True):
                clone.git("merge", "--quiet", "--no-ff", "--message", title, pull["head"]["sha"])
        clone.git("push", "--quiet", "origin", "HEAD:main")
        pull |= {"state": "closed", "merged": True, "merge_commit_sha": self.tip()}
        self.pushed = self.after_push(before)

    def check(self, number: int, action: str = "synchronize") -> Step:
        """The job that a pull request starts, from begin to end."""
        return self.finish(self.begin(number, action))

    def begin(self, number: int, action: str = "synchronize") -> Job:
        """GitHub starts the check of a pull request as it is now."""
        pull = self.github.refresh(number)
        event = self._example("pull_request") | {"action": action, "number": number, "pull_request": pull}
        repository = pull["head"]["repo"]["full_name"]
        self._count += 1
        self.github.add_run(
            self._count, head_sha=pull["head"]["sha"], head_branch=pull["head"]["ref"], head_repository=repository
        )
        return Job(self._count, json.dumps(event), self._trial_merge(pull), repository != self.github.repository)

    def finish(self, job: Job, attempt: int = 1) -> Step:
        """The job's work, of what there was when it began; a fork's may not write. What it leaves is kept."""
        self.github.read_only = job.of_fork
        try:
            event = json.loads(job.event)
            done = self.job("pull_request", event, *CHECK, ref=job.ref, run=job.run, attempt=attempt)
        finally:
            self.github.read_only = False
        self._keep(job.run, done.root / ".promptops/check")
        return done

    def queue(self, number: int) -> Step:
        """The merge queue tries a pull request."""
        pull = self.github.refresh(number)
        base, name = pull["base"]["sha"], f"gh-readonly-queue/main/pr-{number}-{pull['base']['sha']}"
        head = self._trial_merge(pull)
        self.bare.git("update-ref", f"refs/heads/{name}", head)
        group = {"head_sha": head, "base_sha": base, "head_ref": f"refs/heads/{name}", "base_ref": "refs/heads/main"}
        event = {"action": "checks_requested", "merge_group": group, "repository": self._example("push")["repository"]}
        done = self.job("merge_group", event, *CHECK, ref=head)
        self.bare.git("update-ref", "-d", f"refs/heads/{name}")
        return done

    def after_push(self, before: str = "0" * 40) -> Step:
        """What a push to main starts: a check, and the notes of what it evaluated."""
        event = self._example("push") | {"before": before, "after": self.tip(), "ref": "refs/heads/main"}
        done = self.job("push", event, *CHECK, "--no-comment", ref=self.tip())
        if any((done.root / ".promptops/check").glob("*/results.json")):
            noted = self.job("push", event, "notes", ".promptops/check", root=done.root)
            assert (noted.code, "pushed to origin" in noted.output) == (0, True), noted.output
        return done

    def night(self) -> tuple[Step, Step]:
        """The nightly workflow: the check, and what drifted."""
        event = {"schedule": "17 3 * * *", "repository": self._example("push")["repository"]}
        done = self.job("schedule", event, *CHECK, "--base", "none", "--measure-only", "--no-comment", ref=self.tip())
        return done, self.job("schedule", event, "notes", "--drift", ".promptops/check", root=done.root)

    def promote(self, what: str, environment: str = "prod", reason: str = "") -> Step:
        """Somebody starts pin.yml in the browser."""
        words = ("pin", "--env", environment, "--reason", reason, "--", what)
        return self.job("workflow_dispatch", self._example("workflow_dispatch"), *words, ref=self.tip())

    def say(self, number: int, login: str, text: str) -> Step:
        """Somebody comments on a pull request: the job that obeys, without a checkout of anything."""
        comment = self.github.add_comment(number, login, text)
        event = self._example("issue_comment", "created")
        event["issue"] |= {"number": number, "pull_request": {"url": f"{self.github.url}/pulls/{number}"}}
        event["comment"] = self.github.comments[comment]
        return self.job("issue_comment", event, "label")

    def post_fork_results(self, run: int) -> Step:
        """The workflow that a fork's finished check starts."""
        event = self._example("workflow_run", "completed")
        event["workflow_run"] |= {"id": run}
        return self.job("workflow_run", event, "comment", "--run", str(run))

    def job(
        self,
        name: str,
        event: Mapping[str, Any],
        *words: str,
        ref: str = "",
        root: Path | None = None,
        run: int = 0,
        attempt: int = 1,
    ) -> Step:
        """`promptops github …` in a fresh checkout of `ref`, in an empty folder, or in the job's folder `root`."""
        self._count += 0 if run else 1
        folder = self.folder / f"job-{self._count}-{attempt}-{words[0]}"
        folder.mkdir()
        (folder / "event.json").write_text(json.dumps(event), "utf-8")
        root = root or (self._checkout(folder / "work", ref) if ref else folder)
        github = {
            "API_URL": self.github.url,
            "EVENT_NAME": name,
            "EVENT_PATH": str(folder / "event.json"),
            "REPOSITORY": self.github.repository,
            "RUN_ATTEMPT": str(attempt),
            "RUN_ID": str(run or self._count),
            "STEP_SUMMARY": str(folder / "summary.md"),
            "TOKEN": self.github.token,
        }
        environment = {f"GITHUB_{key}": value for key, value in github.items()}
        with _inside(root), self._as_person("github-actions[bot]"):
            done = CliRunner().invoke(cli, ["github", *words], env=environment)
        assert self.github.token not in done.output
        return Step(done.exit_code, done.output, root)

    def _trial_merge(self, pull: Mapping[str, Any]) -> str:
        """The commit that GitHub makes of a pull request and where it goes."""
        clone, ref = self.clone("web-flow"), f"refs/pull/{pull['number']}/merge"
        with self._as_person("web-flow", by_github=True):
            clone.git("fetch", "--quiet", "origin", "+refs/*:refs/origin/*")
            clone.git("checkout", "--quiet", "--detach", pull["base"]["sha"])
            clone.git("merge", "--quiet", "--no-ff", "--message", "trial merge", pull["head"]["sha"])
            clone.git("push", "--quiet", "--force", "origin", f"HEAD:{ref}")
        return self.github.commit_of(ref)

    def _checkout(self, folder: Path, commit: str) -> Path:
        """As `actions/checkout` leaves it: on no branch, and with origin's branches only."""
        clone = GitRepository(folder)
        clone.git("remote", "add", "origin", self.url)
        clone.git("fetch", "--quiet", "--no-tags", "origin", commit, "+refs/heads/*:refs/remotes/origin/*")
        clone.git("checkout", "--quiet", "--detach", commit)
        return folder

    def _keep(self, run: int, results: Path) -> None:
        """The artifacts of a run."""
        found = {one.relative_to(results).as_posix(): one.read_bytes() for one in results.rglob("*.json")}
        kept = {name: data for name, data in found.items() if name.endswith("/results.json")}
        said = {"check.json": found["check.json"]} if "check.json" in found else {}
        for name, files in ((RESULTS_ARTIFACT, kept), (check_artifact_name(RESULTS_ARTIFACT), said)):
            if files:
                self.github.add_artifact(run, name, _packed(files))

    def _example(self, name: str, action: str = "") -> dict[str, Any]:
        """A published example of such an event, of this repository."""
        found = next(one for one in self.github.description.events[name] if not action or one["action"] == action)
        copied: dict[str, Any] = json.loads(json.dumps(found))
        copied["repository"] |= {"full_name": self.github.repository, "default_branch": "main"}
        return copied

    @staticmethod
    def _as_person(login: str, *, by_github: bool = False) -> AbstractContextManager[object]:
        """Whoever writes a commit now; `by_github`: a button on its page makes it."""
        author = login.title(), f"{login}@example.org"
        committer = ("GitHub", "noreply@github.com") if by_github else author
        people = {"AUTHOR": author, "COMMITTER": committer}
        names = {f"GIT_{role}_{key}": text for role, one in people.items() for key, text in zip(KEYS, one, strict=True)}
        return mock.patch.dict(os.environ, names)


def _packed(files: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
