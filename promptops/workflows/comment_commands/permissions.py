"""Who may label and accept: the owners named at the pull request's base, never those that it adds itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import PurePosixPath

from promptops.errors import ForbiddenError, PromptopsError
from promptops.forge.comment_commands import AcceptCommand, LabelCommand
from promptops.forge.github.client import GitHub
from promptops.forge.github.payloads import PullRequest
from promptops.model.results import Results
from promptops.model.schemas.formats import suite_schema
from promptops.source.file_names import INLINE_PREFIX, SUITE_SUFFIXES
from promptops.source.project import Project
from promptops.source.yaml.document import read_document
from promptops.workflows.comment_commands.four_eyes import FourEyes
from promptops.workflows.comment_commands.targets import Refusal

_TEAM = re.compile(r"@([A-Za-z0-9][A-Za-z0-9-]{0,38})/([\w.-]{1,100})", re.ASCII)
_MOST_OWNERS = 50
_MOST_NAMED = 10


class SpeakingRights:
    """Who may say what on a pull request: owners where it goes and on the default branch, and what both demand."""

    def __init__(self, github: GitHub, pull: PullRequest, projects: Sequence[Project]) -> None:
        self._permissions = [Permissions(github, project) for project in projects]
        self._four_eyes = FourEyes(github, pull, projects)

    def require(self, login: str, command: LabelCommand | AcceptCommand, run: Results) -> None:
        """Raises Refusal when this person may not say this of the suite."""
        for one in self._permissions:
            one.require_owner(login, run)
        if isinstance(command, AcceptCommand):
            self._four_eyes.require_other_person(login)


class Permissions:
    """The owners named at the base; GitHub is asked once for each person and team."""

    def __init__(self, github: GitHub, base: Project) -> None:
        self._github = github
        self._base = base
        self._member = cache(self._look_up_member)

    def require_owner(self, login: str, run: Results) -> None:
        """Raises Refusal when this person may not speak for the suite's prompt.

        The base also decides which prompt that is: a pull request may not point a suite at a prompt with other owners,
        and one that renames a prompt or a suite changes nothing about who owns it.
        """
        try:
            prompts = (self._name_at_base(prompt, run) for prompt in (self._prompt_of(run), run.prompt))
            owners = {prompt: self._owners(prompt) for prompt in prompts}
        except PromptopsError as exc:
            raise Refusal(f"who owns '{run.prompt}' cannot be read where this pull request goes: {exc}") from exc
        try:
            for prompt, listed in owners.items():
                self._require_owner(login, prompt, listed)
        except PromptopsError as exc:  # GitHub does not say who is in a team; other lines may need no team
            raise Refusal(f"whether @{login} is an owner of '{run.prompt}' cannot be found out now: {exc}") from exc

    def _require_owner(self, login: str, prompt: str, owners: Sequence[str]) -> None:
        if not owners:
            raise Refusal(
                f"nobody is named as owner of '{prompt}' on the branch this pull request goes to: owners are listed "
                'in the prompt (promptops: {owners: ["@name"]}) or in promptops.yml (policy: {owners: ["@name"]}), and '
                "count once they are merged"
            )
        if f"@{login}".lower() in {owner.lower() for owner in owners}:
            return
        hidden = []
        for owner in owners:
            if team := _TEAM.fullmatch(owner):
                member = self._member(team[1], team[2], login)
                if member:
                    return
                if member is None:
                    hidden.append(owner)
        named = ", ".join(owners[:_MOST_NAMED]) + (" …" if len(owners) > _MOST_NAMED else "")
        if hidden:
            raise Refusal(
                f"whether @{login} belongs to {', '.join(hidden[:_MOST_NAMED])} is not shown to this workflow: "
                "its token cannot look up who is in a team. People who label or accept must be listed by name beside "
                "it, or this job gets the token of a GitHub App that may read the organization's members "
                f"(owners of '{prompt}': {named})"
            )
        raise Refusal(f"only an owner of '{prompt}' may say this: {named}")

    def _look_up_member(self, organization: str, team: str, login: str) -> bool | None:
        """None where the token may not look."""
        try:
            return self._github.is_team_member(organization, team, login)
        except ForbiddenError:
            return None

    def _owners(self, prompt: str) -> list[str]:
        listed = list(self._base.config.policy.owners)
        if self._base.has_prompt(prompt):
            listed = [*self._base.prompt(prompt).owners, *listed]
        return list(dict.fromkeys(listed))[:_MOST_OWNERS]

    def _name_at_base(self, prompt: str, run: Results) -> str:
        """What the base calls the prompt: the former name counts only where there is nothing of the new one."""
        if run.former_prompt and not self._base.has_prompt(prompt) and self._base.has_prompt(run.former_prompt):
            return run.former_prompt
        return prompt

    def _prompt_of(self, run: Results) -> str:
        """The prompt the base's suite speaks of; the results' where the suite is new."""
        if run.suite.startswith(INLINE_PREFIX):
            return run.suite.removeprefix(INLINE_PREFIX)
        former = self._suite_paths(run.former_suite) if run.former_suite else []
        for path in (*self._suite_paths(run.suite), *former):
            if self._base.source.exists(path):
                node = read_document(self._base.source, path, suite_schema(self._base.kinds)).node
                prompt = node.get("prompt") if node is not None and node.kind == "mapping" else None
                return prompt.text if prompt is not None and prompt.kind == "scalar" else run.prompt
        return run.prompt

    def _suite_paths(self, suite: str) -> list[PurePosixPath]:
        if suite.endswith(SUITE_SUFFIXES):
            return [PurePosixPath(suite)]
        folders = self._base.config.paths.eval_folders
        return [PurePosixPath(folder) / f"{suite}{ending}" for folder in folders for ending in SUITE_SUFFIXES]
