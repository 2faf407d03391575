"""A version for an environment, proposed as a pull request: `promptops pin` where nobody sits at a keyboard."""

from __future__ import annotations

import re
from typing import NamedTuple

from promptops.errors import ForgeError, SourceError
from promptops.forge.github.client import GitHub
from promptops.model.outcomes.pin_change import PinReport
from promptops.report.pins.text import ending, pins_text
from promptops.source.git.repository import Repository
from promptops.source.git.writer import FileChange, GitSettings, commit_files, fetch_ref, push_ref
from promptops.text.sanitize import fence, inline, safe_line
from promptops.workflows.pin.pin import PinChoice, pin
from promptops.workflows.workspace import Workspace

_REMOTE = "origin"
_LONGEST_BODY = 15_000
"""Made visible and harmless it grows fourfold at most, and GitHub takes 65,536 characters."""
_LET_IT = """an administrator lets workflows open pull requests: Settings, Actions, General,
"Allow GitHub Actions to create and approve pull requests"; or open it by hand:
"""


class PromotionResult(NamedTuple):
    """What came of it. `branch` is empty where nothing was pushed, `number` None where no pull request is open.

    `was_open`: the same was proposed before.
    """

    report: PinReport
    branch: str = ""
    number: int | None = None
    was_open: bool = False


class PromotionRequest(NamedTuple):
    """What is proposed: a prompt (identifier or path) at a revision (None: HEAD), for an environment.

    `base` is the branch that the pull request goes to, `now` seconds since 1970. `server` is GitHub's address and
    `settings` are git's, for pushing.
    """

    prompt: str
    revision: str | None
    environment: str
    base: str
    now: float
    server: str
    settings: GitSettings


def promote(workspace: Workspace, github: GitHub, wanted: PromotionRequest) -> PromotionResult:
    """Pin the version in a commit on a branch of its own, push that, and open the pull request.

    The environment file of the work tree is changed too. A failed gate, or a version that is pinned already, pushes
    nothing: the report says so. PromptopsError where git or GitHub refuses, with what is left to do by hand.
    """
    repository = Repository(workspace.root)
    try:
        head = repository.resolve("HEAD")
        report = pin(workspace, PinChoice(((wanted.prompt, wanted.revision),), wanted.environment), wanted.settings)
        if not report.written:
            return PromotionResult(report)
        branch = _branch(report)
        is_ours = _push(workspace, repository, report, head, branch, wanted.settings)
    finally:
        repository.close()
    owner = github.repository.partition("/")[0]
    if known := github.pull_requests_from(owner, branch):  # somebody proposed the same before
        return PromotionResult(report, branch, known[0].number, was_open=True)
    if not is_ours:
        hint = f"open a pull request from it, or delete it and try again: git push {_REMOTE} --delete {branch}"
        raise ForgeError("this branch is there already and holds something else", where=branch, hint=hint)
    try:
        opened = github.create_pull_request(
            branch, wanted.base, pull_request_title(report), pull_request_body(report, wanted.now)
        )
    except ForgeError as exc:
        page = f"{wanted.server}/{github.repository}/compare/{wanted.base}...{branch}?expand=1"
        message = f"the branch {branch} is pushed, but no pull request could be opened: {exc}"
        raise ForgeError(message, hint=f"{_LET_IT}{page}", status=exc.status) from exc
    return PromotionResult(report, branch, opened.number)


def pull_request_title(report: PinReport) -> str:
    """The pull request's first line, and the commit's."""
    return f"{_names(report)} for {report.environment}"


def pull_request_body(report: PinReport, now: float) -> str:
    """The pull request's text: what a model will receive instead, and what merging it does."""
    told = pins_text(report, now).removesuffix("\n".join(ending(report)) + "\n").rstrip()
    return (
        f"Applications that follow **{inline(report.environment)}** serve this once it is merged.\n\n"
        f"{fence(told, _LONGEST_BODY)}\n"
    )


def _names(report: PinReport) -> str:
    named = [(one.prompt, one.new.commit[:7]) for one in report.prompts if one.new]
    return "Pin " + ", ".join(f"{safe_line(prompt, 100)} at {commit}" for prompt, commit in named)


def _branch(report: PinReport) -> str:
    """A name that says what is on it; the same proposal has the same one."""
    parts = [report.environment, *(f"{one.prompt}-{one.new.commit[:7]}" for one in report.prompts if one.new)]
    return "promptops/pin-" + re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(parts))[:150].strip("-")


def _push(
    workspace: Workspace, repository: Repository, report: PinReport, head: str, branch: str, settings: GitSettings
) -> bool:
    """Commit the environment's file on the branch and push it. False when the remote's branch holds anything else."""
    path = (repository.prefix(workspace.root) / report.path).as_posix()
    text = (workspace.root / report.path).read_text("utf-8")
    if path.startswith('"') or not path.isprintable():
        raise SourceError("git would misread this path", where=path, hint="give the folder a plain name")
    ref = f"refs/heads/{branch}"
    if not commit_files(repository, ref, [FileChange(path, text)], [head], f"{pull_request_title(report)}\n"):
        hint = f"delete it and try again: git branch -D {branch}"
        raise SourceError("this branch is here already", where=branch, hint=hint)
    if push_ref(repository, _REMOTE, ref, settings) == "pushed":
        return True
    theirs = f"refs/promptops/remotes/{_REMOTE}/{branch}"
    if not fetch_ref(repository, _REMOTE, ref, theirs, settings):
        return False
    return repository.tree_id(repository.resolve(theirs)) == repository.tree_id(repository.resolve(ref))
