"""What to do after `init`: lines that work when they are pasted."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.extras import missing_modules
from promptops.forge.gitlab.conventions import TOKEN_NAME
from promptops.model.prompt import PLACEHOLDER_OWNER
from promptops.providers.local_models import DEFAULT_MODEL
from promptops.source.project import Project
from promptops.workflows.init.models import key_variables, local_runtime, suite_models
from promptops.workflows.init.scaffold import EXAMPLE_PROMPT, Scaffolded
from promptops.workflows.workspace import Workspace

_MESSAGE = "Begin with promptops"


class MissingSetup(NamedTuple):
    """What an evaluation here lacks: its packages, the engine for models on this machine, its model, keys' variables.

    `secrets` are all variables with keys, whether they are set here or not.
    """

    suites: bool = False
    packages: bool = False
    engine: bool = False
    model: bool = False
    keys: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether an evaluation can begin."""
        return not (self.suites or self.packages or self.engine or self.model or self.keys)


def missing_setup(workspace: Workspace, project: Project) -> MissingSetup:
    """What is missing before `promptops eval` can ask the models of all suites. What is broken is left to lint."""
    specs = suite_models(workspace, project)
    local = local_runtime(workspace, specs)
    keys = key_variables(specs)
    return MissingSetup(
        suites=not project.all_suites(),
        packages=bool(missing_modules("eval")),
        engine=local.engine and bool(missing_modules("local")),
        model=local.model and not DEFAULT_MODEL.path(workspace.cache).exists(),
        keys=tuple(name for name in keys if not workspace.secrets.get(name)),
        secrets=keys,
    )


def next_steps(scaffolded: Scaffolded, go: str, missing: MissingSetup | None, *, evaluated: bool) -> Iterator[str]:
    """What to fill in, the commands that come next, and then what the forge does by itself.

    `go`: the folder as it was named; `missing` is None where the project cannot be read yet.
    """
    target = scaffolded.target
    if missing is not None and missing.keys:
        yield f"First put what your models ask for into the environment: {', '.join(missing.keys)}"
    if target.folder / EXAMPLE_PROMPT in scaffolded.written:
        yield f"Put your name instead of {PLACEHOLDER_OWNER} in {EXAMPLE_PROMPT}."
    commands = [*_commands(scaffolded, missing, evaluated=evaluated)]
    if go not in ("", ".") and commands:
        command, why = commands[0]
        commands[0] = f"cd {shlex.quote(go)} && {command}", why
    if commands:
        yield "Next:"
    for command, why in commands:
        yield f"  {command}" + (f"     # {why}" if why else "")
    if missing is not None and missing.suites:
        yield "Then write a suite of cases for each prompt, in evals/, so that there is something to evaluate."
    if scaffolded.comments:
        yield ""
        secrets = missing.secrets if missing is not None else ()
        yield from (_on_gitlab if scaffolded.forge == "gitlab" else _on_github)(secrets)


def _on_github(secrets: tuple[str, ...]) -> Iterator[str]:
    yield "Once this is on GitHub, each pull request gets one comment with what it does to the prompts."
    if secrets:
        where = "Settings → Secrets and variables → Actions"
        yield f"For that the repository needs a secret of its own, under {where}: {', '.join(secrets)}"


def _on_gitlab(secrets: tuple[str, ...]) -> Iterator[str]:
    yield "Once this is on GitLab, each merge request gets one note with what it does to the prompts."
    where = "Settings → CI/CD → Variables (masked, not protected)"
    yield f"For that the project needs, under {where}: {', '.join((TOKEN_NAME, *secrets))}"
    yield f"{TOKEN_NAME} is a project access token: Settings → Access tokens, role Reporter, scope api."


def _commands(scaffolded: Scaffolded, missing: MissingSetup | None, *, evaluated: bool) -> Iterator[tuple[str, str]]:
    if missing is None:
        yield "promptops lint", "says what to fix first"
    else:
        if missing.engine:
            yield 'pip install "git-promptops[local]"', "once: what runs a small model on this machine"
        elif missing.packages:
            yield 'pip install "git-promptops[eval]"', "once: what asks models"
        if missing.model:
            yield "promptops model pull", "once: a small model, 98 MB"
        if not missing.suites and not evaluated:
            yield "promptops eval", ""
    if not scaffolded.target.is_repository:
        yield f'git init -b {scaffolded.target.branch} && git add -A && git commit -m "{_MESSAGE}"', ""
    elif scaffolded.written:
        names = dict.fromkeys(_short(path, scaffolded.target.folder) for path in scaffolded.written)
        yield f'git add -- {shlex.join(names)} && git commit -m "{_MESSAGE}"', ""


def _short(path: Path, folder: Path) -> str:
    """The file from the project's folder; for a file in a folder of ours, the folder."""
    name = PurePosixPath(Path(os.path.relpath(path, folder)).as_posix())
    return (name.parent if name.parent.name in ("schemas", "workflows") else name).as_posix()
