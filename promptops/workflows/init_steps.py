"""What to do after `init`: lines that work when they are pasted."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.model.config import ModelSpec
from promptops.providers.models import DEFAULT_MODEL, model_path
from promptops.source.project import Project
from promptops.workflows.init import Begun
from promptops.workflows.project import Workspace

_MESSAGE = "Begin with promptops"
_JUDGES = ("judge", "llm", "uses")


class Needs(NamedTuple):
    """What an evaluation here lacks: the engine for models on this machine, the embedded model, variables with keys."""

    suites: bool = False
    engine: bool = False
    model: bool = False
    keys: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether an evaluation can begin."""
        return not (self.suites or self.engine or self.model or self.keys)


def needs(workspace: Workspace, project: Project) -> Needs:
    """What is missing before `promptops eval` can ask the models of all suites. What is broken is left to lint."""
    specs = {spec for name in project.all_suites() for spec in _asked(workspace, project, name)}
    local = [spec for spec in specs if spec.provider == "local"]
    keys = {spec.api_key_env for spec in specs if spec.provider == "openai" and spec.api_key_env}
    embedded = DEFAULT_MODEL.path(workspace.cache)
    with_embedded = any(model_path(spec.model, workspace.cache, workspace.root) == embedded for spec in local)
    return Needs(
        suites=not project.all_suites(),
        engine=bool(local) and find_spec("xllamacpp") is None,
        model=with_embedded and not embedded.exists(),
        keys=tuple(sorted(name for name in keys if not workspace.secrets.get(name))),
    )


def _asked(workspace: Workspace, project: Project, name: str) -> Iterator[ModelSpec]:
    with suppress(PromptopsError):
        suite = project.suite(name)
        names = [] if suite.replies else [*(suite.models or (project.prompt(suite.prompt).model,))]
        if project.config.judge and any(criterion.kind in _JUDGES for criterion in suite.criteria):
            names.append(project.config.judge)
        for each in names:
            yield workspace.model(project, each)


def next_steps(begun: Begun, go: str, lacks: Needs, *, evaluated: bool) -> Iterator[str]:
    """The commands that come next, and then what GitHub does by itself. `go`: the folder as it was named."""
    place = begun.place
    commands = [*_commands(begun, lacks, evaluated=evaluated)]
    if go not in ("", ".") and commands:
        command, why = commands[0]
        commands[0] = f"cd {shlex.quote(go)} && {command}", why
    if commands:
        yield "Next:"
    for command, why in commands:
        yield f"  {command}" + (f"     # {why}" if why else "")
    if lacks.keys:
        yield f"Before it asks a model it needs a key in the environment: {', '.join(lacks.keys)}"
    if lacks.suites:
        yield "Then write a suite of cases for each prompt, in evals/, so that there is something to evaluate."
    if any(path.parent == place.top / ".github" / "workflows" for path in begun.written):
        yield ""
        yield "Once this is on GitHub, each pull request gets one comment with what it does to the prompts."


def _commands(begun: Begun, lacks: Needs, *, evaluated: bool) -> Iterator[tuple[str, str]]:
    if lacks.engine:
        yield 'pip install "git-promptops[local]"', "once: what runs a small model on this machine"
    if lacks.model:
        yield "promptops model pull", "once: a small model, 98 MB"
    if not lacks.suites and not evaluated:
        yield "promptops eval", ""
    if not begun.place.is_repository:
        yield f'git init -b {begun.place.branch} && git add -A && git commit -m "{_MESSAGE}"', ""
    elif begun.written:
        yield f'git add -- {_names(begun)} && git commit -m "{_MESSAGE}"', ""


def _names(begun: Begun) -> str:
    """What was written, from the project's folder, folders of ours as one."""
    return shlex.join(dict.fromkeys(_short(path, begun.place.folder) for path in begun.written))


def _short(path: Path, folder: Path) -> str:
    name = PurePosixPath(Path(os.path.relpath(path, folder)).as_posix())
    return (name.parent if name.parent.name in ("schemas", "workflows") else name).as_posix()
