"""What a folder already has: prompts of its own, wherever they lie, and settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os.path import commonpath
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.evals.registry import KINDS
from promptops.model.config import Paths
from promptops.source.checkout import Checkout
from promptops.source.file_names import PROMPT_SUFFIXES
from promptops.source.files.globs import matches
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.project import Project

_USUAL = ("prompts", ".github/prompts")
_MOST_FOLDERS = 5


class ExistingPrompts(NamedTuple):
    """`globs` say where prompts of one's own lie, as `paths.prompts`; empty where there are none.

    `has_settings`: promptops.yml is there; `outside` are places with prompts that it does not name. `why_no_example`
    says why the example would not work beside it.
    """

    globs: tuple[str, ...] = ()
    has_settings: bool = False
    why_no_example: str = ""
    outside: tuple[str, ...] = ()


def find_existing_prompts(folder: Path, examples: Mapping[str, str]) -> ExistingPrompts:
    """What is in the folder. `examples`, path → text, are not somebody's own as long as they are as init wrote them."""
    if not folder.is_dir():
        return ExistingPrompts()
    source = Checkout(folder)
    if source.exists(CONFIG_FILE):
        return _by_settings(source, examples)
    return ExistingPrompts(_globs(_own_prompts(source, examples)))


def _by_settings(source: Checkout, examples: Mapping[str, str]) -> ExistingPrompts:
    try:
        project = Project(source, KINDS)
        paths = [*project.prompt_paths().values()]
        config = project.config
    except PromptopsError as exc:
        return ExistingPrompts(has_settings=True, why_no_example=str(exc))
    own = _own_prompts(source, examples)
    outside = [path for path in own if path not in paths and not any(matches(path, at) for at in config.lint.exclude)]
    if any(not _is_example(source, path, examples) for path in paths):
        return ExistingPrompts(config.paths.prompts, has_settings=True, outside=_globs(outside))
    why = ""
    if config.paths != Paths():
        why = f"{CONFIG_FILE} names other folders for prompts or suites"
    elif "small" not in config.models:
        why = f"{CONFIG_FILE} has no model called small, which the example asks"
    return ExistingPrompts((), has_settings=True, why_no_example=why, outside=_globs(outside))


def _own_prompts(source: Checkout, examples: Mapping[str, str]) -> list[PurePosixPath]:
    """Prompt files wherever they lie, without those of projects further below and without the example."""
    found = [path for suffix in PROMPT_SUFFIXES for path in source.list(f"**/*{suffix}")]
    projects = {
        parent for path in found for parent in path.parents if parent.name and source.exists(parent / CONFIG_FILE)
    }
    return [path for path in found if projects.isdisjoint(path.parents) and not _is_example(source, path, examples)]


def _is_example(source: Checkout, path: PurePosixPath, examples: Mapping[str, str]) -> bool:
    text = examples.get(path.as_posix())
    return text is not None and source.read(path).replace(b"\r\n", b"\n") == text.encode()


def _globs(paths: Iterable[PurePosixPath]) -> tuple[str, ...]:
    """The folders that hold all of these, few enough to read, those with a usual name first."""
    paths = list(paths)
    usual = [PurePosixPath(name) for name in _USUAL if any(path.is_relative_to(name) for path in paths)]
    parents = {path.parent for path in paths if not any(path.is_relative_to(folder) for folder in usual)}
    outer = sorted(parent for parent in parents if parents.isdisjoint(parent.parents))
    if len(outer) > _MOST_FOLDERS:
        outer = [PurePosixPath(commonpath(outer))] if outer[0].parts[0] == outer[-1].parts[0] else [PurePosixPath()]
    return tuple((parent / "**").as_posix() for parent in (*usual, *outer))


def settings_text(starter: str, globs: tuple[str, ...]) -> str:
    """promptops.yml for a folder whose prompts lie at `globs`."""
    if not globs or globs == Paths().prompts:
        return starter
    import json

    shown = ", ".join(json.dumps(glob, ensure_ascii=False) for glob in globs)
    return f"{starter}\npaths:\n  prompts: [{shown}]\n"
