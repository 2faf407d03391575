"""What the written workflows are called: by their own names, unless a workflow of somebody else has one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path, PurePosixPath

from promptops.errors import SourceError
from promptops.source.checkout import Checkout, work_tree_top
from promptops.source.files.plain_file import read_plain
from promptops.workflows.init.files import WRITTEN_BY

WORKFLOWS = ("prompts", "prompts-comment", "prompts-nightly", "pin")
FOLDER = ".github/workflows"
_OURS = re.compile(rb"%s|\bpromptops github " % WRITTEN_BY.encode())
_MOST_BYTES = 1 << 20


def workflow_names(top: Path, prefix: str) -> dict[str, str]:
    """Each of WORKFLOWS → its file's name without the ending. `prefix` tells projects of one repository apart."""
    return {
        name: next(each for each in _names(name, prefix) if not _is_foreign(top / FOLDER, each)) for name in WORKFLOWS
    }


def renamed_workflows(top: Path, prefix: str, names: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Each workflow that has another name than usual: its file, and why in words."""
    for name, chosen in names.items():
        if chosen != f"{prefix}{name}":
            words = (
                f"{FOLDER} has a workflow of your own called {prefix}{name}, so the one written here is {chosen}.yml"
            )
            yield top / FOLDER / f"{chosen}.yml", words


def waits_for_other_workflow(comment: Path, name: str) -> bool:
    """Whether a file of ours that posts forks' results does so for another workflow than the one called `name`."""
    data = _read(comment) or b""
    return WRITTEN_BY.encode() in data and f'workflows: ["{name}"]'.encode() not in data


def _names(name: str, prefix: str) -> Iterator[str]:
    other = f"promptops{name.removeprefix('prompts')}" if name.startswith("prompts") else f"promptops-{name}"
    yield f"{prefix}{name}"
    yield f"{prefix}{other}"
    yield from (f"{prefix}{other}-{number}" for number in count(2))


def _is_foreign(folder: Path, name: str) -> bool:
    """Whether a workflow of this name is there that neither `init` wrote nor does what ours do."""
    files = (_read(folder / f"{name}{ending}") for ending in (".yml", ".yaml"))
    return any(data is not None and not _OURS.search(data) for data in files)


def _read(path: Path) -> bytes | None:
    """What is there, also where a sparse checkout leaves it out; None where nothing is, or what cannot be read.

    That stays, and why it cannot be read is said.
    """
    try:
        return read_plain(path, _MOST_BYTES)
    except FileNotFoundError:
        return _left_out(path)
    except OSError:
        return None


def _left_out(path: Path) -> bytes | None:
    if (top := work_tree_top(path.parent)) is None:
        return None
    with suppress(SourceError):
        return Checkout(top).read(PurePosixPath(path.relative_to(top).as_posix()))
    return None
