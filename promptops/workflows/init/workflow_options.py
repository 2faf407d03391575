"""What people may choose of the workflows: where they run, which forge's server, which workflow they follow."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from promptops.errors import EvalError

HOSTED = "ubuntu-latest"
_LABEL = re.compile(r"[\w.+@/-][\w.+@/ -]{0,99}")
_FOLLOWED = re.compile(r"[\w.-]+/[\w.-]+/\.github/workflows/[\w.-]+\.ya?ml(?:@([^\s@]+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HINT = "write it as OWNER/REPO/.github/workflows/FILE.yml@COMMIT"


class WorkflowOptions(NamedTuple):
    """`runner` are labels of which a runner must have all; `enterprise_server`: the forge is GitHub Enterprise Server.

    `follows` is the reusable workflow that the check calls, `OWNER/REPO/.github/workflows/FILE.yml@COMMIT`; empty
    where the check is written out.
    """

    runner: tuple[str, ...] = (HOSTED,)
    enterprise_server: bool = False
    follows: str = ""

    @property
    def runs_on(self) -> str:
        """The labels as YAML has them."""
        told = " # zizmor: ignore[self-hosted-runner] as it was asked for" if "self-hosted" in self.runner else ""
        first, *others = self.runner
        if not others and re.fullmatch(r"[A-Za-z][\w.-]*", first, re.ASCII):
            return first + told
        return json.dumps([first, *others] if others else first, ensure_ascii=False) + told


DEFAULTS = WorkflowOptions()


def check_options(options: WorkflowOptions) -> WorkflowOptions:
    """The same options; EvalError where a workflow could not be written with them."""
    for label in options.runner:
        if not _LABEL.fullmatch(label):
            raise EvalError(f"{label[:100]!r} is not a runner's label", hint="labels are in Settings, Actions, Runners")
    if options.follows:
        found = _FOLLOWED.fullmatch(options.follows)
        if found is None:
            raise EvalError(f"'{options.follows[:200]}' names no workflow of a repository", hint=_HINT)
        if not _COMMIT.fullmatch(found[1] or ""):
            hint = f"{_HINT}, with the commit's full id: a branch or a tag can be moved"
            raise EvalError(f"'{options.follows[:200]}' does not say which commit is followed", hint=hint)
    return options
