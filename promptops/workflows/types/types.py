"""The module with the types of a project's prompts: written, or compared with what is there."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from promptops.errors import SourceError, StoreError
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import read_plain, write_hint
from promptops.source.project import Project
from promptops.workflows.types.module_source import MARK, module_source


def types_source(project: Project, names: Sequence[str] = ()) -> str:
    """The module for these prompts (identifiers or paths), or for all. PromptopsError for the first that is broken."""
    wanted = names or project.prompt_paths()
    return module_source({(prompt := project.prompt(name)).id: prompt for name in wanted}.values())


def write_types(text: str, out: Path, root: Path) -> bool:
    """Write the module, whole or not at all; False where it was there already, as it is.

    SourceError where the file is somebody else's, StoreError where it cannot be written.
    """
    if _written(out, root) == text:
        return False
    try:
        write_atomically(out, text.encode(), root=root)
    except OSError as exc:
        hint = write_hint(exc) or "name a file in a folder that is there and may be written"
        raise StoreError(f"the types cannot be written: {exc.strerror or exc}", where=str(out), hint=hint) from exc
    return True


def types_diff(text: str, out: Path, root: Path) -> list[str]:
    """How the file differs from what the prompts say now, as lines of a unified diff; none where it does not.

    SourceError where there is no such file, or it is somebody else's.
    """
    found = _written(out, root)
    if found is None:
        raise SourceError("there is no such file", where=str(out), hint=f"write it: promptops types --out {out}")
    return list(difflib.unified_diff(found.split("\n"), text.split("\n"), str(out), "the prompts", lineterm=""))


def _written(out: Path, root: Path) -> str | None:
    """The module that is there, whichever line ends git gave it; None for none."""
    try:
        text = read_plain(out, root=root).decode().replace("\r\n", "\n")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "it is not a Python module"
        raise SourceError(f"cannot be read: {reason}", where=str(out), hint="name another file") from exc
    if text and not text.startswith(MARK):
        hint = "move it, or name another file"
        raise SourceError("this file was not made by promptops types, so it is left alone", where=str(out), hint=hint)
    return text
