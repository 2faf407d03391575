"""A version for an environment, proposed as a pull request: `promptops pin` where nobody sits at a keyboard."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import PullRequest
from promptops.model.outcomes.pin_change import PinReport
from promptops.report.pins.text import ending, pins_text
from promptops.source.git.repository import Repository
from promptops.source.git.writer import GitSettings
from promptops.text.sanitize import fence, inline, safe_line
from promptops.workflows.pin.pin import PinChoice, pin
from promptops.workflows.pin.promotion_branch import PREFIX, REMOTE, PromotionBranch, branch_name, branch_word
from promptops.workflows.workspace import Workspace

_TRIES = 5
_LONGEST_TITLE, _MOST_BODY = 250, 60_000
_LONGEST_BODY = 15_000
"""Made visible and harmless it grows fourfold at most, and GitHub takes 65,536 characters."""
_LET_IT = """an administrator lets workflows open pull requests: Settings, Actions, General,
"Allow GitHub Actions to create and approve pull requests"; or open it by hand:
"""


class PromotionResult(NamedTuple):
    """What came of it. `branch` is empty where nothing was pushed, `number` None where no pull request is open.

    `was_open`: the same was proposed before. `added`: to a pull request that creates the environment.
    """

    report: PinReport
    branch: str = ""
    number: int | None = None
    was_open: bool = False
    added: bool = False


class PromotionRequest(NamedTuple):
    """What is proposed: a prompt (identifier or path) at a revision (None: HEAD), for an environment.

    `base` is the branch that the pull request goes to, `now` seconds since 1970. `server` is GitHub's address and
    `settings` are git's, for pushing. `reason` says why a version is pinned although a gate failed; empty: it is not.
    """

    prompt: str
    revision: str | None
    environment: str
    base: str
    now: float
    server: str
    settings: GitSettings
    reason: str = ""


def promote(workspace: Workspace, github: GitHub, wanted: PromotionRequest) -> PromotionResult:
    """Pin the version in a commit on a branch of its own, push that, and open the pull request.

    An environment that is not there yet comes by one pull request: while it is open, further versions are added to it,
    as two files of one name could not both be merged. The environment file of the work tree is changed too. A failed
    gate without a reason, or a version that is pinned already, pushes nothing: the report says so. PromptopsError where
    git or GitHub refuses, with what is left to do by hand.
    """
    with closing(Repository(workspace.root)) as repository:
        promotion = _Promotion(workspace, repository, github, wanted)
        report = promotion.pin()
        if not report.written:
            return PromotionResult(report)
        if report.is_new and (joined := promotion.join(report)) is not None:
            return joined
        opened = promotion.propose(report)
        if report.is_new and (first := promotion.join(report, before=opened.number)) is not None:
            promotion.close(opened, first)  # somebody began the same environment at the same time
            return first
        return opened


class _Promotion(NamedTuple):
    workspace: Workspace
    repository: Repository
    github: GitHub
    wanted: PromotionRequest

    def pin(self) -> PinReport:
        """Pin it in the work tree's file."""
        wanted = self.wanted
        choice = PinChoice(((wanted.prompt, wanted.revision),), wanted.environment, force=wanted.reason or None)
        return pin(self.workspace, choice, wanted.settings)

    def propose(self, report: PinReport) -> PromotionResult:
        """By a branch of its own, and the pull request that is open from it or a new one."""
        branch = self._branch(report, branch_name(report))
        is_ours = branch.push(self.repository.resolve("HEAD"), pull_request_title(report))
        owner = self.github.repository.partition("/")[0]
        if known := self.github.pull_requests_from(owner, branch.name):  # somebody proposed the same before
            return PromotionResult(report, branch.name, known[0].number, was_open=True)
        if not is_ours:
            hint = f"open a pull request from it, or delete it and try again: git push {REMOTE} --delete {branch.name}"
            raise ForgeError("this branch is there already and holds something else", where=branch.name, hint=hint)
        return PromotionResult(report, branch.name, self._opened(report, branch.name).number)

    def join(self, report: PinReport, before: int | None = None) -> PromotionResult | None:
        """Add the version to the oldest open pull request that creates the same environment; None where there is none.

        Only from this repository and by our own login, and with `before` only one with a lower number.
        """
        for found in self._creating(report):
            if before is not None and found.number >= before:
                return None
            branch = self._branch(report, found.head_ref)
            for _ in range(_TRIES):
                tip = branch.fetch()
                if not tip or not branch.restart(tip):
                    break
                added = self.pin()
                if not added.written:
                    return PromotionResult(added, branch.name, found.number, was_open=not added.refused)
                if branch.push(tip, pull_request_title(added)):
                    self._tell(found, added)
                    return PromotionResult(added, branch.name, found.number, added=True)
            else:
                raise ForgeError("others keep adding to this branch", where=branch.name, hint="try again in a moment")
        return None

    def close(self, ours: PromotionResult, first: PromotionResult) -> None:
        """Close the pull request whose version was added to an older one."""
        if ours.number is not None and first.number is not None:
            self.github.update_pull_request(ours.number, state="closed")

    def _creating(self, report: PinReport) -> list[PullRequest]:
        login = self.github.login().casefold()
        ours = self.github.repository.casefold()
        mine = [
            one
            for one in self.github.open_pull_requests(self.wanted.base)
            if one.head_repository.casefold() == ours
            and one.author.casefold() == login
            and one.head_ref.startswith(f"{PREFIX}{branch_word(report.environment)}-")
        ]
        return sorted(mine, key=lambda one: one.number)

    def _tell(self, found: PullRequest, added: PinReport) -> None:
        """The pull request says what it holds by now."""
        ending_words = f" for {added.environment}"
        title = f"{found.title.removesuffix(ending_words)}, {_named(added)}{ending_words}"
        more = fence(_told(added, self.wanted.now), _LONGEST_BODY)
        body = f"{found.body.rstrip()}\n\n{more}\n"
        fits = len(body) <= _MOST_BODY
        self.github.update_pull_request(found.number, title=title[:_LONGEST_TITLE], body=body if fits else found.body)

    def _branch(self, report: PinReport, name: str) -> PromotionBranch:
        return PromotionBranch(self.workspace, self.repository, report.path, name, self.wanted.settings)

    def _opened(self, report: PinReport, branch: str) -> PullRequest:
        wanted, repository = self.wanted, self.github.repository
        title, body = pull_request_title(report), pull_request_body(report, wanted.now)
        try:
            return self.github.create_pull_request(branch, wanted.base, title, body)
        except ForgeError as exc:
            page = f"{wanted.server}/{repository}/compare/{wanted.base}...{branch}?expand=1"
            message = f"the branch {branch} is pushed, but no pull request could be opened: {exc}"
            raise ForgeError(message, hint=f"{_LET_IT}{page}", status=exc.status) from exc


def pull_request_title(report: PinReport) -> str:
    """The pull request's first line, and the commit's."""
    return f"Pin {_named(report)} for {report.environment}"


def pull_request_body(report: PinReport, now: float) -> str:
    """The pull request's text: what a model will receive instead, and what merging it does."""
    return (
        f"Applications that follow **{inline(report.environment)}** serve this once it is merged.\n\n"
        f"{fence(_told(report, now), _LONGEST_BODY)}\n"
    )


def _told(report: PinReport, now: float) -> str:
    return pins_text(report, now).removesuffix("\n".join(ending(report)) + "\n").rstrip()


def _named(report: PinReport) -> str:
    named = [(one.prompt, one.new.commit[:7]) for one in report.prompts if one.new]
    return ", ".join(f"{safe_line(prompt, 100)} at {commit}" for prompt, commit in named)
