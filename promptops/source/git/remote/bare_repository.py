"""Git's commands on the bare copy of a remote: fetch without blobs, ask what is there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from promptops.source.git.errors import GitFailure, explain_failure, shallow_remote_failure
from promptops.source.git.process import GitOutput, run_git_in
from promptops.source.git.remote.remote_url import PROTOCOLS, RemoteUrl

UNBORN = "none"
"""The branch that HEAD of a copy names, which there is none of: the remote's HEAD is followed under another name."""

_REMOTE = "mirrored"  # a name of our own: `origin` may have settings in somebody's home
_MANY_PACKS = 100

# Given with each command and never written down: who only reads finds a missing blob missing and fetches nothing.
_WITHOUT_BLOBS = (f"remote.{_REMOTE}.promisor=true", f"remote.{_REMOTE}.partialclonefilter=blob:none")
# A fetch that looks for something that is not here (what a shallow remote has cut off) starts another for it by the
# remote's name, and that one the next. We name none: ours is the default remote of the branch that HEAD names. Theirs
# is a group by that name, from which nothing can be fetched in this manner; a newer git does not even try.
_NO_FETCH_WITHIN = (f"branch.{UNBORN}.remote={_REMOTE}", f"remotes.{_REMOTE}=none nobody")
# Old repositories hold commits with such blemishes; no prompt is read from there.
_TOLERATED = (
    "badDate", "badTimezone", "missingEmail", "missingNameBeforeEmail", "missingSpaceBeforeDate", "zeroPaddedFilemode",
)  # fmt: skip
_SETTINGS = (
    *_WITHOUT_BLOBS,
    *_NO_FETCH_WITHIN,
    *(f"fetch.fsck.{name}=ignore" for name in _TOLERATED),
    "core.deltaBaseCacheLimit=16m",
    "fetch.fsckObjects=true",
    "protocol.version=2",
    f"core.hooksPath={os.devnull}",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.lowSpeedLimit=1",  # a git that outlived us ends by itself
)
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
}


class BrokenFolderError(Exception):
    """The folder does not hold what git put there."""


class BareRepository:
    """The bare repository `path`, a copy of `address`. Only one process at a time may fetch into it.

    `depth` is 0 for the whole history, 1 for single commits. A `deadline` is a point of `time.monotonic()`, in
    seconds; all methods raise GitTimeoutError when it passes.
    """

    def __init__(self, address: RemoteUrl, path: Path, *, depth: int, timeout: float) -> None:
        self.path = path
        self._settings = [*_SETTINGS, f"remote.{_REMOTE}.url={address.url}", *address.settings()]
        self._settings.append(f"http.lowSpeedTime={max(1, round(timeout))}")
        self._address_environment = address.environment()
        self._depth = [f"--depth={depth}"] if depth else []

    def fetch(
        self, wanted: Sequence[str], deadline: float, *options: str, settings: Sequence[str] = ()
    ) -> GitFailure | None:
        """One `git fetch` of these refs or ids, without blobs that are not named.

        None when all came, else why not. BrokenFolderError when the cause lies in our own folder.
        """
        arguments = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"]
        arguments += ["--no-show-forced-updates", *self._depth, *options, "--stdin"]
        arguments = [*_config_options([*self._settings, *settings]), *arguments]
        done = self._git(arguments, deadline, _lines(wanted), self._address_environment)
        if done.code == 0:
            if re.search("^error:", done.err, re.MULTILINE):  # of packs that are damaged, as others hold all it needs
                raise BrokenFolderError
            return shallow_remote_failure(done.err)
        self.sweep()
        failure = explain_failure(done.err)
        if failure.kind == "unknown" and not self._is_sound(deadline):
            raise BrokenFolderError
        return failure

    def commit_at(self, ref: str, deadline: float) -> str:
        """The full id of the commit this ref of ours points to."""
        done = self._git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"], deadline)
        if done.code:
            raise BrokenFolderError
        return done.out.strip()

    def missing(self, names: Sequence[str], deadline: float) -> list[str]:
        """Those of these objects (an id, or `ID^{tree}`) that are not here or cannot be read."""
        if not names:
            return []
        done = self._git(["cat-file", "--batch-check"], deadline, _lines(names))
        answers = done.out.splitlines()
        if done.code or done.err or len(answers) != len(names):
            raise BrokenFolderError
        return [name for name, answer in zip(names, answers, strict=True) if answer.endswith(" missing")]

    def tidy(self, deadline: float) -> None:
        """Every fetch adds a pack, and many make reading slow: make them one. Readers find it by themselves."""
        if len(list(self.path.glob("objects/pack/*.pack"))) > _MANY_PACKS:
            self._git([*_config_options(_WITHOUT_BLOBS), "repack", "-a", "-d", "--quiet"], deadline)

    def sweep(self) -> None:
        """Remove half-written packs, which a killed git leaves."""
        for half in self.path.glob("objects/pack/tmp_*"):
            half.unlink(missing_ok=True)

    def _is_sound(self, deadline: float) -> bool:
        """Whether no lock was left and every commit and folder our refs reach can be read."""
        left = [*self.path.glob("*.lock"), *self.path.glob("refs/**/*.lock")]
        done = self._git(["rev-list", "--quiet", "--objects", "--missing=allow-any", "--all"], deadline)
        return not left and done.code == 0 and not done.err

    def _git(
        self, arguments: Sequence[str], deadline: float, text: str = "", environment: Mapping[str, str] = {}
    ) -> GitOutput:
        given = {"GIT_DIR": str(self.path), **_ENVIRONMENT, **environment}
        return run_git_in(self.path, arguments, deadline=deadline, text=text, environment=given)


def _config_options(settings: Sequence[str]) -> list[str]:
    return [part for setting in settings for part in ("-c", setting)]


def _lines(items: Sequence[str]) -> str:
    return "".join(f"{item}\n" for item in items)
