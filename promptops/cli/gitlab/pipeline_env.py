"""What GitLab tells a job by its environment, read in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.gitlab.client import GitLab
from promptops.forge.gitlab.conventions import TOKEN_NAME, no_token_hint
from promptops.forge.gitlab.pipeline import Pipeline, parse_pipeline, read_number


class PipelineEnv(NamedTuple):
    """The job's environment; `in_job` is whether this is a job on GitLab at all."""

    variables: Mapping[str, str] = {}

    @property
    def in_job(self) -> bool:
        """Whether a runner of GitLab started this."""
        return bool(self.variables.get("GITLAB_CI"))

    @property
    def job(self) -> int:
        """The job's number, which is greater than that of every earlier one; 0 where there is none."""
        try:
            return read_number(self.variables, "CI_JOB_ID")
        except ForgeError:
            return 0

    @property
    def job_url(self) -> str:
        """The page of this job, empty where there is none."""
        return self.variables.get("CI_JOB_URL", "")

    def pipeline(self) -> Pipeline:
        """What the pipeline is about. Raises ForgeError where a variable is not what GitLab documents."""
        return parse_pipeline(self.variables)

    def gitlab(self, *, login: str = "") -> GitLab:
        """The project this runs in, or ForgeError that says what is missing."""
        api, project = self.variables.get("CI_API_V4_URL", ""), read_number(self.variables, "CI_PROJECT_ID")
        if not api or not project:
            name = "CI_PROJECT_ID" if api else "CI_API_V4_URL"
            raise ForgeError("no GitLab is named", where=name, hint="this runs inside a job on GitLab")
        token = self.variables.get(TOKEN_NAME, "")
        if not token:
            raise ForgeError("there is no token", where=TOKEN_NAME, hint=no_token_hint())
        return GitLab(project, token, api=api, web=self.variables.get("CI_PROJECT_URL", ""), login=login)


def read_pipeline_env() -> PipelineEnv:
    """The environment as it is now."""
    return PipelineEnv(
        {name: text for name, text in os.environ.items() if name.startswith(("CI_", "GITLAB_CI"))} | _token()
    )


def _token() -> dict[str, str]:
    return {TOKEN_NAME: os.environ.get(TOKEN_NAME, "")}
