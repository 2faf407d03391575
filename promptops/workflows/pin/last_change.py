"""Which commit last changed a prompt: a pin names whatever commit was the newest when it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from promptops.errors import PromptopsError
from promptops.source.git.log import last_change
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.templating.closure import make_closure

MAX_VERSIONS = 40
"""So many versions are looked up: each is a walk through the history, and a long report is only skimmed."""

PromptAtCommit = tuple[str, str]
"""A prompt's identifier and a commit (full id)."""


def last_changes(
    repository: Repository, root: Path, at: Callable[[str], Project], versions: Iterable[PromptAtCommit]
) -> dict[PromptAtCommit, str]:
    """Version → the commit (full id) that last changed the prompt's file or a template it reaches there.

    `root` is the project's folder, `at` gives the project at a commit. Versions for which it
    cannot be told are left out.
    """
    found: dict[PromptAtCommit, str] = {}
    for name, commit in list(dict.fromkeys(versions))[:MAX_VERSIONS]:
        with suppress(PromptopsError, RecursionError):  # whatever is wrong is told where the version is compared
            project, prefix = at(commit), repository.prefix(root)
            templates = make_closure(project.source, project.prompt(name), project.template_folder).templates
            paths = [prefix / project.path_of(name), *(prefix / path for path in templates)]
            if changed := last_change(repository, paths, commit):
                found[name, commit] = changed
    return found
