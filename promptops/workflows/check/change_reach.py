"""What a change touches of a project: a change that touches nothing has nothing evaluated and needs no comment."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path, PurePosixPath

from promptops.errors import PromptopsError
from promptops.lint.engine.project_files import is_part, kind_of
from promptops.model.config import Config
from promptops.source.files.globs import matches
from promptops.source.files.read_tracker import ReadTracker
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.git.repository import Repository
from promptops.source.git.work_tree.changes import changed_since
from promptops.source.project import Project
from promptops.templating.closure import make_closure

Paths = Collection[PurePosixPath]
_OWNERS = "CODEOWNERS"
"""Lint reads it, but a new owner of some folder is no change of a prompt."""


def changed_files(root: Path, base: str) -> frozenset[PurePosixPath] | None:
    """The project's files, from its folder, that differ from the commit `base`; None where that cannot be told."""
    try:
        with closing(Repository(root)) as repository:
            return changed_since(repository, base, repository.prefix(root))
    except (PromptopsError, ValueError):
        return None


def touched_files(changed: Paths, config: Config, reads: ReadTracker) -> frozenset[PurePosixPath]:
    """Those of the changed files that the project is made of: they lie in its folders, or lint looked for them."""
    return frozenset(path for path in changed if is_part(path, config) or _is_read(path, config, reads))


def needs_a_look(touched: Paths) -> bool:
    """Whether one of these files can change what a model receives, how it is judged, or what is served."""
    return any(path.name != _OWNERS for path in touched)


def touches_suite(project: Project, name: str, touched: Paths) -> bool:
    """Whether one of these files is part of the suite, its prompt or what both reach, broken or not."""
    config, reads = project.config, ReadTracker(project.source)
    seen = Project(reads, project.kinds, config)
    with suppress(PromptopsError):
        prompt = seen.prompt(seen.suite(name).prompt)
        make_closure(reads, prompt, seen.template_folder)
    return any(path == CONFIG_FILE or _is_aid(path, config) or _is_read(path, config, reads) for path in touched)


def _is_read(path: PurePosixPath, config: Config, reads: ReadTracker) -> bool:
    globs = reads.globs.difference(config.paths.prompts, config.paths.evals)  # which may be as wide as `**`
    return path in reads.paths or any(matches(path, glob) for glob in globs)


def _is_aid(path: PurePosixPath, config: Config) -> bool:
    """Labels, acceptances, checks in Python: which suites use them is not asked."""
    folders = [folder for folder in config.paths.eval_folders if path.is_relative_to(folder)]
    return any(path.is_relative_to(f"{folder}/labels") or kind_of(path) is None for folder in folders)
