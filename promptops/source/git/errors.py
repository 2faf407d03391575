"""What git says when it fails to fetch or to read, told apart and put in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from promptops.errors import AbsentObjectError, SourceError
from promptops.model.revision import FULL_ID, is_full_id
from promptops.text.key_mask import without_users
from promptops.text.suggestions import closest

Kind = Literal["full", "no branch", "no ids", "shallow", "format", "remote", "unknown"]


class GitFailure(NamedTuple):
    """Why a command of git failed. Only `unknown` may have its cause in our own folder.

    `object_id` is the one git speaks of, if any.
    """

    kind: Kind
    message: str
    hint: str
    object_id: str = ""

    def error(self, where: str) -> SourceError:
        """The same as an error to raise."""
        return SourceError(self.message, where=f"{where} {self.object_id}".rstrip(), hint=self.hint)


_FULL = GitFailure("full", "there is no room left on the disk of the cache", "make room, or give another cache folder")
_NO_BRANCH = GitFailure("no branch", "there is no such branch or tag", "check its name; was it deleted?")
_NO_IDS = GitFailure(
    "no ids", "the server does not hand out this version by its id", "put it on a branch or a tag there"
)
_NO_VERSION = GitFailure("remote", "the server has no such version", "is the commit pushed to this repository?")
_UNKNOWN_HOST = GitFailure("remote", "no server has this name", "check the address, and that the network is up")
_NOT_FOUND = GitFailure(
    "remote", "there is no such repository, or it is hidden from you", "check the address and who may read it"
)
_KEY = GitFailure("remote", "the server's ssh key is not known here", "add it to known_hosts, once you have checked it")
_REFUSED = GitFailure(
    "remote", "the server refuses to let you read this", "check the user, token or key and its rights"
)
_MOVED = GitFailure("remote", "the address leads somewhere else", "write the address it leads to")
_UNREACHABLE = GitFailure("remote", "the server cannot be reached", "check the address, and that the network is up")
_BROKE_OFF = GitFailure(
    "unknown",
    "the server broke off in the middle",
    "try again; nothing half-read is used. If that repository is itself a partial copy, name its source",
)
_SERVER_ERROR = GitFailure("remote", "the server has a problem of its own", "try again later")
_HARMFUL = GitFailure(
    "remote",
    "the server sent objects that are damaged or meant to do harm",
    "run `git fsck` where the repository lives",
)
OTHER_FORMAT = GitFailure("format", "the repository has object ids of another kind than its copy here", "")

_SHALLOW = GitFailure(
    "shallow",
    "this repository is itself a shallow copy, whose history is cut off",
    "name its source, the repository it was cloned from; or run `git fetch --unshallow` where it lies",
)
_INCOMPLETE = _SHALLOW._replace(kind="unknown", message="this repository is itself a shallow copy, or is damaged")
_PARTIAL = GitFailure(
    "remote", "this repository is itself a partial copy, which lacks some files", "name its source, which has them all"
)

# The first that is found decides, so what is more exact stands first.
_PATTERNS = (
    (_FULL, r"No space left on device|Disk quota exceeded|File too large|died of signal 25|Not enough space"),
    (_NO_BRANCH, r"couldn't find remote ref"),
    # The second is what a fetch within our fetch says (an older git tries one), where something is cut off.
    (_INCOMPLETE, r"did not send all necessary objects|--filter can only be used with the remote configured"),
    (_PARTIAL, r"could not fetch [0-9a-f]+ from promisor"),
    (_NO_VERSION, r"not our ref|\bwant [0-9a-f]{40,64} not valid"),
    (_NO_IDS, r"unadvertised object"),
    (OTHER_FORMAT, r"mismatched algorithms|mismatched object format|unknown object format"),
    (_UNKNOWN_HOST, r"Could not resolve (?:host|proxy)|unable to look up|Name or service not known"),
    (_KEY, r"Host key verification failed"),
    (_REFUSED, r"Authentication failed|could not read (?:Username|Password)|Permission denied \(|error: 40[13]"),
    (_NOT_FOUND, r"[Rr]epository (?:'' )?not found|does not appear to be a git repo|not exported|error: 4(?:04|10)"),
    (_MOVED, r"unable to update url base|from redirection"),
    (_SERVER_ERROR, r"returned error: \d\d\d|remote error:|not valid: (?:is|could)|bad line length"),
    (_HARMFUL, r"fsck error|collision"),
    (_UNREACHABLE, r"[Cc]onnection (?:refused|timed out)|[Cc]ouldn't connect|[Ff]ailed to connect|unable to connect"),
    (_UNREACHABLE, r"unreachable|No route to host|Could not read from remote|SSL|certificate|unable to access '"),
    (_BROKE_OFF, r"early EOF|hung up|RPC failed|disconnect|[Cc]onnection reset|too slow|protocol error"),
    (_BROKE_OFF, r"expected ''"),  # a packfile
)


_OWNER = "dubious ownership"
_PARTIAL_CLONE = "a partial clone leaves it out: fetch all by `git fetch --refetch --no-filter`"


def ownership_failure(stderr: str) -> GitFailure | None:
    """What to say where git wrote that a repository belongs to another user, which it does not read then."""
    if _OWNER not in stderr:
        return None
    # The path as git wants to see it, which is not always the one that was asked for; nothing a shell could act on.
    named = re.search(r"safe\.directory ([\w./-]{1,1000})'?$", stderr, re.MULTILINE)
    hint = f"if you trust it: `git config --global --add safe.directory {named[1] if named else 'PATH'}`, where it lies"
    return GitFailure("remote", "git refuses this folder because it belongs to another user", hint)


def unreadable_error(folder: str, stderr: str) -> SourceError:
    """The error for a repository in `folder` that git does not read, by what it wrote to `stderr`."""
    if owned := ownership_failure(stderr):
        return owned.error(folder)
    return SourceError("git cannot read this repository", where=folder, hint="see what `git status` says there")


def unreadable_history(folder: str, stderr: str) -> SourceError:
    """The error for a history that git does not walk to its end, by what it wrote to `stderr`."""
    hint = "see what `git log` says there; a shallow clone may lack it: `git fetch --unshallow`"
    if "promisor" in stderr:
        return AbsentObjectError("git cannot read the history", where=folder, hint=_PARTIAL_CLONE)
    return SourceError("git cannot read the history", where=folder, hint=hint)


def missing_error(what: str, kind: str = "", *, is_shallow: bool, refs: Iterable[str] = ()) -> SourceError:
    """The error for a version, or an object of a `kind` (`blob`, `tree`), that the repository does not hold.

    `refs` are the branches and tags that may have been meant.
    """
    if kind in ("blob", "tree"):
        message = f"the content of a {'file' if kind == 'blob' else 'folder'} is not in this repository"
        return AbsentObjectError(message, where=what, hint=f"{_PARTIAL_CLONE}, or see `git fsck`")
    if is_shallow:
        hint = "fetch the whole history: `git fetch --unshallow`"
        if is_full_id(what):
            hint += f", or this version alone: `git fetch origin {what}`"
        return SourceError("no such version in this shallow clone", where=what, hint=hint)
    close = closest(what, refs)
    hint = f"did you mean '{close}'?" if close else "check the name, or `git fetch` first"
    return SourceError("no such version in this repository", where=what, hint=hint)


def shallow_remote_failure(stderr: str) -> GitFailure | None:
    """What to say where git wrote that it left out what would cut off the history here; that is no failure to it."""
    return _SHALLOW if re.search(r"^warning: rejected \S+ because shallow roots", stderr, re.MULTILINE) else None


def git_complaint(stderr: str) -> str:
    """The first line in which git itself complains, fit to be shown; empty for none."""
    line = next((line for line in stderr.splitlines() if line.startswith(("fatal:", "error:"))), "")
    return "".join(char for char in without_users(line)[:200] if char.isprintable())


def explain_failure(stderr: str) -> GitFailure:
    """Find out what is wrong from what git wrote to its standard error.

    Lines the server may write at will (`remote: …`) and names of files and addresses count for nothing.
    """
    own = "\n".join(line for line in stderr.splitlines() if not line.startswith("remote:"))
    signs = re.sub(r"'[^'\n]*'|(?<!\S)/\S*", "''", own)  # a repository may be named like any failure
    if _OWNER in signs and (owned := ownership_failure(own)):
        return owned
    for failure, pattern in _PATTERNS:
        if re.search(pattern, signs):
            found = re.search(rf"\b{FULL_ID}\b", own) if failure in (_NO_VERSION, _NO_IDS) else None
            return failure._replace(object_id=found[0] if found else "")
    shown = git_complaint(own)
    return GitFailure("unknown", "git cannot fetch from here", f"git says: {shown}" if shown else "")
