"""What a pipeline is about, as GitLab's predefined variables say it. A fork's job may have set every one of them.

https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.gitlab.payloads import MergeRequest

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_LONGEST_NUMBER = 15
_HINT = "GitLab sets this variable itself; nothing in .gitlab-ci.yml may set it"


class CheckedMergeRequest(NamedTuple):
    """The merge request of a pipeline, as it was when the pipeline began. Texts are empty where GitLab says nothing.

    `head` is the commit of the source branch; `base` is where it left the target branch. `target_head` is what it would
    be merged into, where the pipeline tries that (merged results, merge trains). `is_fork`: it comes from another
    project than the one it goes to, or the job runs in another one.
    """

    number: int
    head: str
    base: str
    target: str
    target_head: str
    is_fork: bool

    def as_of(self, now: MergeRequest) -> CheckedMergeRequest:
        """The same with what GitLab says of it now, where that is of the same commit.

        People may have changed the target: an earlier pipeline's variables keep the old one.
        """
        found = self._replace(is_fork=self.is_fork or now.is_fork)
        if now.head_sha != self.head or not now.base_sha:
            return found
        return found._replace(base=now.base_sha, target=now.base_ref)


class Pipeline(NamedTuple):
    """A pipeline, started by `source` (`push`, `merge_request_event`, `schedule`, …), on `commit`.

    `before` is what the branch held before a push, empty where there was none.
    """

    source: str = ""
    commit: str = ""
    before: str = ""
    merge_request: CheckedMergeRequest | None = None


def parse_pipeline(variables: Mapping[str, str]) -> Pipeline:
    """The pipeline that these variables describe; an empty one outside of GitLab. Raises ForgeError."""
    return Pipeline(
        source=variables.get("CI_PIPELINE_SOURCE", ""),
        commit=_commit(variables, "CI_COMMIT_SHA"),
        before=_commit(variables, "CI_COMMIT_BEFORE_SHA"),
        merge_request=_merge_request(variables) if variables.get("CI_MERGE_REQUEST_IID") else None,
    )


def read_number(variables: Mapping[str, str], name: str) -> int:
    """The number in a variable, 0 where there is none. Raises ForgeError for anything else."""
    text = variables.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise ForgeError("this is not a number", where=name, hint=_HINT)
    return int(text or 0)


def _merge_request(variables: Mapping[str, str]) -> CheckedMergeRequest:
    here = variables.get("CI_PROJECT_ID", "")
    target = variables.get("CI_MERGE_REQUEST_PROJECT_ID") or here
    source = variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "")
    return CheckedMergeRequest(
        number=read_number(variables, "CI_MERGE_REQUEST_IID"),
        head=_commit(variables, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or _commit(variables, "CI_COMMIT_SHA"),
        base=_commit(variables, "CI_MERGE_REQUEST_DIFF_BASE_SHA"),
        target=variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
        target_head=_commit(variables, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA"),
        is_fork=not source == target == here,
    )


def _commit(variables: Mapping[str, str], name: str) -> str:
    """A commit's full id; all zeros mean that there is none."""
    sha = variables.get(name, "")
    if sha and not _COMMIT.fullmatch(sha):
        raise ForgeError("this is not a commit", where=name, hint=_HINT)
    return sha if sha.strip("0") else ""
