"""What is written on a pull request's branch: nobody else's line is lost, none is written twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from promptops.errors import ForbiddenError, ForgeError, PromptError
from promptops.forge.github.client import GitHub
from promptops.source.source import MAX_TEXT_BYTES, decode

_ATTEMPTS = 10
"""Of so many who write at once, each in step with the others, all come through."""
_LONGEST_WAIT = 8.0


def branch_ref(branch: str) -> str:
    """The branch and nothing else: a tag may have the same name, and anybody who may push can make one."""
    return f"refs/heads/{branch}"


def read_branch_file(github: GitHub, path: PurePosixPath, branch: str) -> tuple[str, str | None]:
    """The file's text on the branch and its blob's id; empty and None where there is no such file."""
    stored = github.read_file(path, branch_ref(branch))
    return ("", None) if stored is None else (decode(stored.content, str(path)), stored.sha)


def append_lines(
    github: GitHub,
    path: PurePosixPath,
    branch: str,
    lines: Sequence[str],
    message: str,
    check: Callable[[str], object],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """The file's text with the lines at its end, written as one commit.

    Whoever wrote in between wins, and the lines go behind theirs; an answer that got lost is looked up. `check` raises
    a PromptopsError for a text that is no such file; then, and when it would be too long, nothing is written.
    """

    def with_lines(text: str) -> str:
        check(text)
        there = set(text.split("\n"))
        fresh = [line for line in lines if line.rstrip("\n") not in there]
        return text + "\n" * (text != "" and not text.endswith("\n") and fresh != []) + "".join(fresh)

    return _write(github, path, branch, with_lines, message, sleep)


def add_file(
    github: GitHub,
    path: PurePosixPath,
    branch: str,
    text: str,
    message: str,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """A new file, written as one commit; one that is there stays as it is."""
    _write(github, path, branch, lambda there: there or text, message, sleep)


def _write(
    github: GitHub,
    path: PurePosixPath,
    branch: str,
    change: Callable[[str], str],
    message: str,
    sleep: Callable[[float], None],
) -> str:
    """The file's text as `change` makes it of what is there; nothing is written where that is the same."""
    for attempt in range(_ATTEMPTS):
        before, sha = read_branch_file(github, path, branch)
        text = change(before)
        if text == before:
            return text
        data = text.encode()
        if len(data) > MAX_TEXT_BYTES:
            raise PromptError("the file would grow beyond 1 MiB", where=str(path), hint="move old lines elsewhere")
        try:
            github.write_file(path, branch, data, message, sha)
        except ForbiddenError as exc:
            hint = "the job that obeys comments needs `permissions: contents: write`; a protected branch takes nothing"
            raise ForbiddenError(str(exc), hint=hint, status=exc.status) from None
        except ForgeError as exc:
            if not (exc.conflict or exc.unsure) or attempt + 1 == _ATTEMPTS:
                raise
            sleep(min(_LONGEST_WAIT, 0.5 * 2**attempt))
        else:
            return text
    raise AssertionError("the last attempt returns or raises")
