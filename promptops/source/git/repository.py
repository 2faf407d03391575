"""The git repository behind a project: the only place that talks to git for reading."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath

from promptops.errors import SourceError
from promptops.model.revision import is_full_id
from promptops.source.git.ancestry import Ancestry
from promptops.source.git.cat_file import CatFile, CatFileStopped, GitObject, damaged_object
from promptops.source.git.discovery import discover_git
from promptops.source.git.errors import missing_error, unreadable_error
from promptops.source.git.packs.pack_reader import PackReader
from promptops.source.git.process import SAFE_ENVIRONMENT, GitOutput, GitTimeoutError, object_reader, run_git_in
from promptops.source.git.revisions import default_branch, find_meaning
from promptops.source.git.trees.tree_cache import TreeCache
from promptops.source.source import MAX_FILE_BYTES

Fetch = Callable[[Sequence[str]], None]

TIMEOUT = 60.0
"""Seconds for which a git that reads may work on one question."""

_STEPS = (1_000, 30_000, 2**31 - 1)
_FULL_HINT = "write all 40 characters (64 in a repository of SHA-256); `git rev-parse NAME` prints them"


class Repository:
    """A git repository opened once; objects are read by id, many at a time, and each is checked against its id.

    Safe for threads and across `os.fork`. `fetch` is called with the ids that are not here before a read fails for
    them; then they are looked for once more. A git that does not answer within `timeout` seconds is ended, which is a
    SourceError. What the caller's environment says of another repository, as in one's hook, counts for nothing.
    """

    def __init__(self, directory: Path, fetch: Fetch | None = None, timeout: float = TIMEOUT) -> None:
        place = discover_git(directory)
        self._folder, self._common, self.root = place.folder, place.common, place.root
        self._environment = {**SAFE_ENVIRONMENT, **place.environment}
        self._timeout = timeout
        self._objects = CatFile(partial(object_reader, self.root, self._environment), MAX_FILE_BYTES, timeout)
        self._ancestry = Ancestry()
        self._fetch = fetch
        self._warned: set[str] = set()
        self.tree_cache = TreeCache()

    def prefix(self, project_root: Path) -> PurePosixPath:
        """Where the project lies below the repository's top folder."""
        try:
            return PurePosixPath(project_root.resolve().relative_to(self.root).as_posix())
        except ValueError as exc:
            raise SourceError(f"the folder is not in the repository {self.root}", where=str(project_root)) from exc

    def close(self) -> None:
        """End git's process; a later read starts another."""
        self._objects.close()

    # Objects

    def lookup(self, names: Sequence[str]) -> list[GitObject | None]:
        """What each name (`SHA:folder/file`, an id, a revision) stands for in git's own eyes; None where nothing is.

        What comes is what its id says. That it is what the *name* says is for the caller to check.
        """
        try:
            return self._objects.lookup(names)
        except CatFileStopped as exc:
            raise self._stopped_error(exc.stderr, exc.name) from exc
        except GitTimeoutError as exc:
            raise self._timeout_error(self._timeout) from exc
        except OSError as exc:
            raise unreadable_error(str(self._folder), str(exc)) from exc

    def read_objects(self, ids: Sequence[str], kind: str = "") -> list[bytes]:
        """The contents of the objects with these full ids, in this order, each at most MAX_FILE_BYTES.

        With `kind` (`blob`, `tree`, `commit`) each must be of it. SourceError with the id as its place otherwise.
        """
        for object_id in ids:
            self.require_id(object_id)
        found = self.lookup(ids)
        if self._fetch is not None and (absent := [one for one, answer in zip(ids, found, strict=True) if not answer]):
            absent = list(dict.fromkeys(absent))
            self._fetch(absent)
            fetched = dict(zip(absent, self.lookup(absent), strict=True))
            found = [answer or fetched[one] for one, answer in zip(ids, found, strict=True)]
        return [self._content(one, kind, answer) for one, answer in zip(ids, found, strict=True)]

    def _content(self, object_id: str, kind: str, answer: GitObject | None) -> bytes:
        if answer is None:
            # What can be fetched was fetched just now: git holds it for present and cannot read it.
            if self._fetch is not None:
                raise damaged_object(object_id)
            raise missing_error(object_id, kind, is_shallow=self.is_shallow())
        if answer.id != object_id:
            if answer.id.startswith(object_id):  # 40 digits where ids have 64
                raise SourceError("not a full object id", where=object_id, hint=_FULL_HINT)
            raise damaged_object(object_id)
        if kind and answer.kind != kind:
            what = {"blob": "file", "tree": "folder"}.get(kind, kind)
            raise SourceError(f"this object is not a {what}", where=object_id, hint=f"write the full id of a {what}")
        if answer.data is None:
            raise SourceError(f"the file is too large ({answer.size:,} bytes)", where=object_id)
        return answer.data

    def commit_bytes(self, commit: str) -> bytes:
        """The raw commit object with this full id."""
        return self.read_objects([commit], "commit")[0]

    def tree_id(self, commit: str, data: bytes | None = None) -> str:
        """The id of the commit's top tree. `data`: the raw commit object where it was read already."""
        found = re.match(rb"tree ([0-9a-f]+)\n", self.commit_bytes(commit) if data is None else data)
        if found is None:
            raise SourceError("this object is not a commit that can be read", where=commit, hint="see `git fsck`")
        return found[1].decode("ascii")

    @staticmethod
    def require_id(text: str) -> None:
        """SourceError unless the text is 40 or 64 lower-case hexadecimal digits."""
        if not is_full_id(text):
            where = text if text.isprintable() else repr(text)
            raise SourceError("not a full object id", where=where, hint=_FULL_HINT)

    @property
    def can_fetch(self) -> bool:
        """Whether objects that are not here can be fetched."""
        return self._fetch is not None

    def fetch_missing(self, ids: Iterable[str]) -> None:
        """Fetch those of these objects that are not here, all at once, before they are read one after the other."""
        if self._fetch is not None and (absent := self.missing(ids)):
            self._fetch(absent)

    def missing(self, ids: Iterable[str]) -> list[str]:
        """Those of these full ids whose objects are not here, in order. Never raises, never fetches.

        An object is named when in doubt: where git cannot say that it is here.
        """
        wanted = list(dict.fromkeys(ids))
        asked = "\n".join(one for one in wanted if is_full_id(one)) + "\n"
        here: set[str] = set()
        with suppress(SourceError):
            done = self.run("cat-file", "--batch-check=%(objectname)", text=asked)
            if done.code:  # a partial clone: git ends at the first object that it may not fetch
                done = self.run("cat-file", "--batch-check=%(objectname)", "--batch-all-objects")
            here.update(done.out.splitlines())  # of the others it says `ID missing`
        return [one for one in wanted if one not in here]

    # Commits

    def resolve(self, revision: str) -> str:
        """A revision as people write it (branch, tag, `HEAD~1`, short or full id) as a commit's full id.

        See `resolve_branch`.
        """
        return self.resolve_branch(revision)[0]

    def resolve_branch(self, name: str) -> tuple[str, str]:
        """A revision's full id and its name: a branch before all, here or the remote's, else what git takes it for.

        A warning in the log says so where another name might have been meant. SourceError where there is no such
        commit, and for names that git could read as an option, or that hold control characters.
        """
        meaning = find_meaning(name, self.run)
        if meaning is not None and (found := self._commits([meaning.revision])[0]) is not None:
            if (warning := meaning.warning()) and warning not in self._warned:
                import logging  # only where there is something to say

                self._warned.add(warning)
                logging.getLogger("promptops").warning("%s", warning)
            return found.id, meaning.shown
        refs = self.run("for-each-ref", "--format=%(refname:short)", "--count=1000").out.split()
        raise missing_error(name, is_shallow=self.is_shallow(), refs=refs)

    def _commits(self, revisions: Iterable[str]) -> list[GitObject | None]:
        return self.lookup([f"{revision}^{{commit}}" for revision in revisions])

    def require_commit(self, text: str) -> str:
        """The full id of a commit that is here, as it was written; a pin is nothing else.

        SourceError for all that could come to mean something else: short ids, branches, tags, other objects.
        """
        self.commit_bytes(text)
        return text

    def head(self) -> str | None:
        """The commit HEAD stands on; None before the first commit. SourceError where git cannot read it."""
        [found] = self._commits(["HEAD"])
        return found.id if found else None

    def unreachable(self, commits: Collection[str], ref: str) -> list[str]:
        """Those of these commits (full ids) that are neither `ref` (a full id) nor among its ancestors, in order.

        SourceError for an id that is no commit here. In a shallow clone ancestors beyond the cut count as outside.
        """
        wanted = list(dict.fromkeys(commits))
        self.read_objects([*wanted, ref], "commit")  # git passes over ids of other objects in silence
        found = set(self._rev_list([*wanted, f"^{ref}"], ref))
        # Git follows parents without a look at ids; that nobody made a parent of a fork's commit is proven here.
        inside = [commit for commit in wanted if commit not in found]
        if self._ancestry.unproven(inside, ref, self._ancestors(ref), partial(self.read_objects, kind="commit")):
            raise damaged_object(ref)
        return [commit for commit in wanted if commit in found]

    def _ancestors(self, ref: str) -> Iterator[str]:
        """This commit's ancestors, about the newest first; git goes no further back than somebody wants to know."""
        for most in _STEPS:
            listed = self._rev_list([ref], ref, f"--max-count={most}")
            yield from listed
            if len(listed) < most:
                return

    def _rev_list(self, revisions: Sequence[str], ref: str, *options: str) -> list[str]:
        """The commits that git comes to from these."""
        # Parents as the commits themselves tell them, not as an index that is kept for speed does.
        command = ("-c", "core.commitGraph=false", "rev-list", *options, "--stdin")
        done = self.run(*command, text="\n".join(revisions) + "\n")
        if done.code:  # these commits are here, so it is something on the way
            raise damaged_object(ref)
        return done.out.split()

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits (full ids). SourceError with the fix where history is cut off."""
        done = self.run("merge-base", self.resolve(one), self.resolve(other))
        if done.code:
            hint = "fetch the whole history: `git fetch --unshallow`" if self.is_shallow() else "are they related?"
            message = "the two versions have no common ancestor here"
            raise SourceError(message, where=f"{one} {other}", hint=hint)
        return done.out.split()[0]

    @property
    def git_folder(self) -> Path:
        """Git's own folder of this work tree."""
        return self._folder

    @property
    def objects_folder(self) -> Path:
        """Where its objects lie."""
        return self._common / "objects"

    def is_shallow(self) -> bool:
        """Whether history was cut off when cloning."""
        return (self._common / "shallow").exists()

    def is_dirty(self, prefix: PurePosixPath) -> bool:
        """Whether files below `prefix` differ from HEAD (new files count, ignored ones do not).

        SourceError where there is no work tree.
        """
        if "GIT_DIR" in self._environment and "GIT_WORK_TREE" not in self._environment:
            raise SourceError("this is a repository without files of its own", where=str(self._folder))
        done = self.run("status", "--porcelain", "--", str(prefix))
        if done.code:
            raise unreadable_error(str(self._folder), done.err)
        return bool(done.out)

    def default_branch(self) -> str | None:
        """The remote's default branch (`origin/main`), or the first that exists of the usual names."""
        if (done := self.run("rev-parse", "--git-dir")).code:
            raise unreadable_error(str(self._folder), done.err)
        return default_branch(self.run)

    # Git itself

    def packs(self) -> PackReader:
        """The packs that are here now, to compare versions of a file with; nothing in them is checked."""
        return PackReader(self._common / "objects")

    def run(
        self, *arguments: str, text: str = "", environment: Mapping[str, str] | None = None, timeout: float = 0
    ) -> GitOutput:
        """Run `git …` here with `text` as its input; how it ended. SourceError when it cannot start, or takes too long.

        No text of a caller may be among the arguments that git could read as an option. `environment` stands above the
        repository's own; `timeout` is in seconds.
        """
        given, timeout = {**self._environment, **(environment or {})}, timeout or self._timeout
        deadline = time.monotonic() + timeout
        try:
            return run_git_in(self.root, arguments, deadline=deadline, text=text, environment=given)
        except GitTimeoutError as exc:
            raise self._timeout_error(timeout) from exc

    def _timeout_error(self, timeout: float) -> SourceError:
        hint = "does the disk or the server that it lies on answer? then try again"
        return SourceError(f"git gave no answer within {timeout:g} seconds", where=str(self._folder), hint=hint)

    def _stopped_error(self, stderr: str, name: str) -> SourceError:
        """Git ended instead of answering. A later call starts a new process."""
        if name and stderr:  # a damaged object ends git too: then the repository itself can still be opened
            done = self.run("rev-parse", "--git-dir")
            if done.code == 0:
                return damaged_object(name)
            stderr = done.err
        return unreadable_error(str(self._folder), stderr)
