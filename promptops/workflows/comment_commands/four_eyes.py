"""`policy: {fourEyes: true}`: who wrote a change does not accept what a gate says of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from promptops.errors import PromptopsError
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import CommitAuthor, PullRequest
from promptops.source.project import Project
from promptops.workflows.comment_commands.targets import Refusal

_RULE = "promptops.yml asks for four eyes (policy: fourEyes)"
_ASK = "another owner accepts it in a comment of their own"


class FourEyes:
    """Who wrote a pull request, and whether that matters where it goes. GitHub is asked once, and only then."""

    def __init__(self, github: GitHub, pull: PullRequest, projects: Sequence[Project]) -> None:
        self._github, self._pull, self._projects = github, pull, projects

    def require_other_person(self, login: str) -> None:
        """Raises Refusal where this person wrote the pull request or one of its commits, and that is not allowed."""
        if not self._is_demanded:
            return
        person = login.casefold()
        if self._pull.author.casefold() == person:
            raise Refusal(f"@{login} opened this pull request, and {_RULE}: {_ASK}")
        try:
            commits = self._commits
        except PromptopsError as exc:
            raise Refusal(f"who wrote this pull request cannot be found out now, and {_RULE}: {exc}") from exc
        for commit in commits:
            if person in (commit.author.casefold(), commit.committer.casefold()):
                raise Refusal(f"@{login} wrote the commit {commit.sha[:7]} of this pull request, and {_RULE}: {_ASK}")
        unknown = next((commit.sha[:7] for commit in commits if not (commit.author and commit.committer)), "")
        if unknown:
            raise Refusal(
                f"GitHub does not know who wrote the commit {unknown} of this pull request, and {_RULE}: its author "
                "adds the commit's e-mail address to their account on GitHub, then say this once more"
            )

    @cached_property
    def _is_demanded(self) -> bool:
        """Where the pull request goes, or on the default branch: a change cannot ask for less."""
        return any(project.config.policy.four_eyes for project in self._projects)

    @cached_property
    def _commits(self) -> list[CommitAuthor]:
        return self._github.commit_authors(self._pull.base_sha, self._pull.head_sha)
