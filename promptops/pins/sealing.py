"""A project's prompt sealed: what its digest covers, and the digest."""

from __future__ import annotations

from promptops.errors import PromptError
from promptops.model.config import resolve_model
from promptops.model.sealed_prompt import Sealed
from promptops.source.formats.prompts import load_prompt
from promptops.source.project import Project
from promptops.templating.closure import make_closure


def seal(project: Project, name: str, *, guess: bool = False) -> Sealed:
    """The prompt with this identifier or path as the project has it. PromptopsError with what keeps it from that.

    `guess`: as for `make_closure`; another digest than the one that must come out says nothing.
    """
    path = project.path_of(name)
    prompt = load_prompt(project.source, path, project.identifier_of(path), served=True)
    try:
        return make_closure(project.source, prompt, project.template_folder, guess=guess).seal(
            resolve_model(project.config, prompt.model)
        )
    except PromptError as exc:
        if exc.where:
            raise
        raise PromptError(exc.args[0], where=str(path), hint=exc.hint, code=exc.code) from exc
    except RecursionError as exc:
        message = f"a value of '{name}' is nested too deeply"
        raise PromptError(message, where=str(path), hint="is this schema meant?") from exc
