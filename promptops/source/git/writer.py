"""The only git writer: objects and refs of our own, never the index, the work tree, HEAD or anybody's branch."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from promptops.errors import SourceError
from promptops.source.git.errors import GitFailure, explain_failure, git_complaint, shallow_remote_failure
from promptops.source.git.process import GitOutput
from promptops.text.key_mask import without_users

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

SECONDS = 120.0
"""For one command of git. A remote that does not answer must not hold a workflow for hours."""

_WHO = "promptops <promptops@localhost>"
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
_OVERTAKEN = r"\[rejected\]|cannot lock ref|failed to update ref|already exists|incorrect old value"
_RACE = r"Not updating|cannot lock ref .*(?:is at|but expected|already exists)|\.lock': File exists"
_MAY_NOT_WRITE = "in a workflow: `permissions: {contents: write}`; elsewhere check who may push to this repository"

GitSettings = Mapping[str, Sequence[str]]
"""Settings of git for one command, given in its environment, where no list of processes shows them."""


class FileChange(NamedTuple):
    """A file of a commit that is written: `text`, or the full id of an object that is here; None takes it away."""

    path: str
    text: str | None = None
    object_id: str = ""


def commit_files(
    repository: Repository, ref: str, changes: Sequence[FileChange], parents: Sequence[str], message: str
) -> bool:
    """A commit on `ref` with these files besides those of its first parent. Paths must need no quotes.

    False when the ref does not stand on one of the parents any more: nothing is overwritten then.
    """
    lines = [f"commit {ref}", f"committer {_WHO} {int(time.time())} +0000", _data_command(message)]
    lines += [f"{word} {parent}" for word, parent in zip(("from", *["merge"] * len(parents)), parents, strict=False)]
    for change in changes:
        if change.object_id:
            lines.append(f"M 100644 {change.object_id} {change.path}")
        elif change.text is not None:
            lines += [f"M 100644 inline {change.path}", _data_command(change.text)]
        else:
            lines.append(f"D {change.path}")
    done = _git(repository, ["fast-import", "--quiet", "--done"], "\n".join([*lines, "", "done", ""]))
    if done.code and not re.search(_RACE, done.err):
        shown = git_complaint(done.err)
        raise SourceError("git cannot write here", hint=f"git says: {shown}" if shown else "see what `git fsck` says")
    return done.code == 0


def move_ref(repository: Repository, ref: str, new: str, old: str) -> bool:
    """Let `ref` stand on `new` (full ids; `old` empty: there is none yet). False when it is not on `old` any more."""
    text = f"update {ref} {new} {old or '0' * len(new)}\n"
    return _git(repository, ["update-ref", "--stdin"], text).code == 0


def fetch_ref(
    repository: Repository,
    remote: str,
    ref: str,
    to: str,
    settings: GitSettings | None = None,
    *,
    seconds: float = SECONDS,
) -> bool:
    """Bring the remote's `ref` here as `to`. False when the remote has none; SourceError when it cannot be asked."""
    failure = _fetch(repository, remote, f"+{ref}:{to}", settings, seconds=seconds)
    if failure is not None and failure.kind != "no branch":
        raise failure.error(remote)
    return failure is None


def fetch_commit(repository: Repository, remote: str, commit: str, settings: GitSettings | None = None) -> None:
    """Bring this one commit (full id) with its files here, and no ref. What is here is kept as it is.

    In a shallow clone the commit comes without its history. SourceError when the remote does not give it.
    """
    repository.require_id(commit)
    if not repository.missing([commit]):
        return
    options = ["--depth=1"] if repository.is_shallow() else []  # elsewhere it would cut off what is here
    if failure := _fetch(repository, remote, commit, settings, *options):
        raise failure.error(f"{remote} {commit}")


def _fetch(
    repository: Repository,
    remote: str,
    wanted: str,
    settings: GitSettings | None,
    *options: str,
    seconds: float = SECONDS,
) -> GitFailure | None:
    """Why it did not come; None when it came."""
    words = ["-c", "gc.auto=0", "-c", "maintenance.auto=false", "fetch", "--quiet", "--no-tags", *options]
    words += ["--no-write-fetch-head", "--recurse-submodules=no", "--no-filter", "--end-of-options"]
    done = _git(repository, [*words, _checked_remote(remote), wanted], settings=settings, seconds=seconds)
    return explain_failure(done.err) if done.code else shallow_remote_failure(done.err)


def push_ref(
    repository: Repository, remote: str, ref: str, settings: GitSettings | None = None
) -> Literal["pushed", "overtaken"]:
    """Give this one ref to the remote, never by force. `overtaken`: somebody was there first; fetch and try again.

    SourceError when the remote refuses it.
    """
    options = ["--porcelain", "--no-verify", "--recurse-submodules=no", "--no-follow-tags"]
    arguments = ["-c", "push.gpgSign=false", "push", *options, "--end-of-options", _checked_remote(remote)]
    done = _git(repository, [*arguments, f"{ref}:{ref}"], settings=settings)
    if done.code == 0:
        return "pushed"
    refused = next((line for line in done.out.splitlines() if line.startswith("!")), "")
    if re.search(_OVERTAKEN, refused):
        return "overtaken"
    if refused:
        told = without_users(refused.split("\t")[-1])
        why = "".join(char for char in told[:200] if char.isprintable())
        raise SourceError(f"the server does not take {ref}: {why}", where=remote, hint=_MAY_NOT_WRITE)
    failure = explain_failure(done.err)
    message = failure.message.replace("read this", "write here")
    raise SourceError(message, where=remote, hint=_MAY_NOT_WRITE if "refuses" in message else failure.hint)


def _git(
    repository: Repository,
    arguments: Sequence[str],
    text: str = "",
    settings: GitSettings | None = None,
    seconds: float = SECONDS,
) -> GitOutput:
    pairs = [(key, value) for key, values in (settings or {}).items() for value in values]
    given = {"GIT_CONFIG_COUNT": str(len(pairs))} if pairs else {}
    for number, (key, value) in enumerate(pairs):
        given |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    words = [*_NO_HOOKS, *arguments]  # what is written here is not what the user's hooks are for
    return repository.run(*words, text=text, environment=given, timeout=seconds)


def _data_command(text: str) -> str:
    """A text as git takes it from a stream: its length in bytes says where it ends, so nothing in it is a command."""
    return f"data {len(text.encode())}\n{text}"


def _checked_remote(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][\w./-]{0,200}", name):
        raise SourceError("this is not the name of a remote", where=repr(name[:80]), hint="see `git remote`")
    return name
