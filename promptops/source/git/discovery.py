"""Where the repository lies that holds a folder, whatever the caller's environment says of others."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from promptops.errors import NoRepositoryError, SourceError
from promptops.source.callers_repository import callers_repository
from promptops.source.git.errors import unreadable_error
from promptops.source.git.process import GitOutput, GitTimeoutError, run_git_in

_QUESTIONS = ("--is-inside-work-tree", "--absolute-git-dir", "--is-bare-repository", "--git-common-dir")
_NONE = "not a git repository (or any"
"""What git says where no folder above has a `.git`; of one that leads nowhere it says something else."""
_TIMEOUT = 60.0
"""Seconds for git to find the repository."""


class GitLocation(NamedTuple):
    """`folder` is git's own, `common` the one that all work trees of the repository share.

    `root`: the work tree's top folder, the git folder itself for a bare repository. `environment`: what tells git so.
    """

    folder: Path
    common: Path
    root: Path
    environment: dict[str, str]


def discover_git(directory: Path) -> GitLocation:
    """The repository that holds this folder.

    NoRepositoryError when there is none, or no git; SourceError when it is there and git does not read it.
    """
    directory = Path(os.path.realpath(directory))
    if not directory.is_dir():
        raise SourceError("no such folder", where=str(directory))
    done = _ask(directory, {})
    given: dict[str, str] = {}
    if _NONE in done.err and (given := callers_repository()):
        done = _ask(directory, given)
        if not done.out.startswith("true\n"):  # its work tree is elsewhere, so it is another repository
            done, given = GitOutput(128, "", _NONE), {}
    # Git answers line by line until one makes no sense: in a git folder there is no work tree.
    in_work_tree, _, rest = done.out.partition("\n")
    if not rest:
        raise _failure(directory, done.err)
    folder, is_bare, rest = _parted(rest)
    common, _, top = rest.partition(f"\n{is_bare}\n")
    root = Path(top.removesuffix("\n") if in_work_tree == "true" else folder)
    place = GitLocation(Path(folder), Path(os.path.join(directory, common)), Path(os.path.realpath(root)), {})
    place.environment.update(_quarantine(place.common / "objects"))
    if in_work_tree != "true":  # named, it is read by users too whose git opens no bare repository it merely comes upon
        place.environment["GIT_DIR"] = folder
    elif given:
        place.environment.update(GIT_DIR=folder, GIT_WORK_TREE=str(root))
    return place


def _parted(text: str) -> tuple[str, str, str]:
    """A path (which may hold line ends), whether the repository is bare, and the rest."""
    at, word = min((text.index(f"\n{word}\n"), word) for word in ("true", "false") if f"\n{word}\n" in text)
    return text[:at], word, text[at + len(word) + 2 :]


def _ask(directory: Path, environment: Mapping[str, str]) -> GitOutput:
    words = ["rev-parse", *_QUESTIONS, "--is-bare-repository", "--show-toplevel"]
    if (directory / "HEAD").is_file() and (directory / "objects").is_dir():
        words = ["-c", "safe.bareRepository=all", *words]  # it is this one that is named, not one it merely comes upon
    try:
        return run_git_in(directory, words, deadline=time.monotonic() + _TIMEOUT, environment=environment)
    except GitTimeoutError as exc:
        message = f"git gave no answer within {_TIMEOUT:g} seconds"
        raise SourceError(message, where=str(directory), hint="does the disk that it lies on answer?") from exc


def _failure(directory: Path, stderr: str) -> SourceError:
    if _NONE in stderr:
        return NoRepositoryError(
            "this folder is not in a git repository", where=str(directory), hint="run `git init` first"
        )
    return unreadable_error(str(directory), stderr)


def _quarantine(own: Path) -> dict[str, str]:
    """In a hook that decides over a push, what was pushed lies apart, below the repository's own objects."""
    objects = Path(os.environ.get("GIT_OBJECT_DIRECTORY") or own)
    if own.resolve() not in objects.resolve().parents:
        return {}
    quoted = str(own).replace("\\", "\\\\").replace('"', '\\"')
    return {"GIT_OBJECT_DIRECTORY": str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"'}
