"""Where a project begins: its folder, and the repository around it."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from promptops.errors import PromptopsError, SourceError
from promptops.model.revision import is_full_id
from promptops.source.formats.settings import CONFIG_FILE

_USUAL = "main"


class TargetDir(NamedTuple):
    """The project's `folder` and the repository's `top` (the folder itself where there is no repository yet).

    `branch` is the default branch, `main` where none can be told. `above` is a folder whose promptops.yml holds here
    too as long as this one has none, None where there is none.
    """

    folder: Path
    top: Path
    is_repository: bool
    branch: str
    above: Path | None

    @property
    def below(self) -> str:
        """The project's folder from the repository's top, `services/bakery`; empty at the top."""
        return "" if self.folder == self.top else self.folder.relative_to(self.top).as_posix()


def find_target_dir(folder: Path) -> TargetDir:
    """The place of a folder that is there or can be made. SourceError where no project can be."""
    if folder.exists() and not folder.is_dir():
        raise SourceError("this is a file", where=str(folder), hint="name a folder")
    try:
        folder = folder.resolve()
    except (OSError, RuntimeError) as exc:  # links in a circle
        raise SourceError("this folder cannot be found", where=str(folder), hint="name another") from exc
    around = (folder, *folder.parents)
    for each in around:
        if _is_git_folder(each):
            hint = "files live in a clone of it: git clone FOLDER, and begin there"
            raise SourceError("this is a git folder without files of its own", where=str(each), hint=hint)
        if (each / ".git").exists():
            break
    top = next((each for each in around if (each / ".git").exists()), None)
    parents = around[1 : around.index(top) + 1] if top else ()
    above = next((each for each in parents if (each / CONFIG_FILE).exists()), None)
    return TargetDir(folder, top or folder, top is not None, _branch(top) if top else _USUAL, above)


def _is_git_folder(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _branch(top: Path) -> str:
    """The branch that pull requests go to, as far as this clone knows."""
    from promptops.source.git.repository import Repository  # starts git

    found: str | None = None
    with suppress(PromptopsError), closing(Repository(top)) as repository:
        found = repository.default_branch()
    if found is None:
        with suppress(OSError, UnicodeDecodeError):  # no commit yet: the branch it will be on
            found = (top / ".git" / "HEAD").read_text("utf-8").strip().removeprefix("ref: refs/heads/")
    name = (found or "").removeprefix("origin/")
    return name if re.fullmatch(r"[A-Za-z_][\w./-]*", name) and not is_full_id(name) else _USUAL
