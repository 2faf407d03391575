"""Which file a name in a prompt or a template means."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.source.source import WINDOWS_PATH, normalize_path


def resolve_reference(name: str, includer: PurePosixPath, folder: PurePosixPath) -> PurePosixPath:
    """The project path that a name means: `./` and `../` from the including file, other names from `folder`.

    Raises SourceError when it leaves the project.
    """
    target = PurePosixPath(name)
    if "\\" in name and ".." not in name:
        portable = name.replace("\\", "/")
        resolve_reference(portable, includer, folder)  # if it leads out as well, that is what is told
        raise SourceError(WINDOWS_PATH, where=name, hint=f"write {portable}")
    if name.startswith(("./", "../")):
        return normalize_path(includer.parent / target)
    if target.is_absolute() or "\\" in name:
        raise SourceError("the path is outside the project", where=name, hint="use a path inside the project")
    return normalize_path(folder / target)
