"""The git repository behind a project: the only place that talks to git for reading."""

from __future__ import annotations

import re
import threading
from pathlib import Path, PurePosixPath
from typing import Any

from promptops.errors import SourceError
from promptops.source.base import MAX_FILE_BYTES

_FULL_ID = re.compile(r"[0-9a-f]{40}")
_SAFE_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # an id means the object itself, never a local stand-in
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}


class Repository:
    """A git repository opened once; objects are read by id through one persistent `git cat-file --batch`."""

    def __init__(self, directory: Path) -> None:
        try:
            import git  # 60 ms, and it fails where no git is installed: only when a commit is really read
        except ImportError as exc:
            raise SourceError("git is not installed", hint="install git, or work on files only") from exc
        try:
            self._repo = git.Repo(directory, search_parent_directories=True)
        except git.exc.NoSuchPathError as exc:
            raise SourceError("no such folder", where=str(directory)) from exc
        except git.exc.InvalidGitRepositoryError as exc:
            raise SourceError(
                "this folder is not in a git repository",
                where=str(directory),
                hint="run `git init` first",
            ) from exc
        self._git_errors: tuple[type[Exception], ...] = (git.exc.GitError, ValueError, OSError, IndexError)
        self._repo.git.update_environment(**_SAFE_ENVIRONMENT)
        self._lock = threading.Lock()

    @classmethod
    def at(cls, directory: Path) -> Repository:
        """The repository that holds `directory`; SourceError when there is none."""
        return cls(directory)

    @property
    def root(self) -> Path:
        """The work tree's top folder (the git folder itself for a bare repository)."""
        return Path(self._repo.working_tree_dir or self._repo.git_dir).resolve()

    def prefix(self, project_root: Path) -> PurePosixPath:
        """Where the project lies below the repository's top folder."""
        try:
            return PurePosixPath(project_root.resolve().relative_to(self.root).as_posix())
        except ValueError as exc:
            raise SourceError(f"the folder is not in the repository {self.root}", where=str(project_root)) from exc

    def close(self) -> None:
        """End the `cat-file` processes."""
        self._repo.close()

    def object_data(self, object_id: str) -> bytes:
        """The raw content of the object with this full id, at most MAX_FILE_BYTES."""
        return self._object(object_id)[1]

    def blob(self, object_id: str) -> bytes:
        """A file's content by its object id."""
        return self.object_data(object_id)

    def tree_id(self, commit: str) -> str:
        """The id of the commit's top tree."""
        kind, data = self._object(commit)
        if kind != "commit":
            raise SourceError("this object is not a commit", where=commit)
        return data[5:45].decode("ascii")

    def _object(self, object_id: str) -> tuple[str, bytes]:
        if not _FULL_ID.fullmatch(object_id):
            raise SourceError("not a full object id", where=object_id)
        try:
            with self._lock:
                _, kind, size, stream = self._repo.git.stream_object_data(object_id)
                if size <= MAX_FILE_BYTES:
                    return _ascii(kind), stream.read()
                while stream.read(MAX_FILE_BYTES):  # the next answer comes behind this one
                    pass
        except self._git_errors as exc:
            raise self._translated(exc, object_id) from exc
        raise SourceError(f"the file is too large ({size:,} bytes)", where=object_id)

    def resolve(self, revision: str) -> str:
        """A revision as people write it (branch, tag, `HEAD~1`, short or full id) as a commit's full id.

        Names that git could read as an option, or that hold control characters, are refused.
        """
        if not revision or revision.startswith("-") or any(ord(char) < 33 or char == "\x7f" for char in revision):
            raise SourceError("this is not a revision", where=repr(revision), hint="give a branch, a tag or a commit")
        try:
            with self._lock:
                found, _, _ = self._repo.git.get_object_header(f"{revision}^{{commit}}")
        except self._git_errors as exc:
            raise self._translated(exc, revision) from exc
        return _ascii(found)

    def head(self) -> str | None:
        """The commit HEAD stands on; None before the first commit."""
        try:
            return self.resolve("HEAD")
        except SourceError:
            return None

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits (full ids). SourceError with the fix where history is cut off."""
        try:
            found = str(self._repo.git.merge_base(self.resolve(one), self.resolve(other)))
        except self._git_errors as exc:
            hint = "fetch the whole history: `git fetch --unshallow`" if self.is_shallow() else "are they related?"
            raise SourceError(
                "the two versions have no common ancestor here", where=f"{one} {other}", hint=hint
            ) from exc
        return found.splitlines()[0]

    def is_shallow(self) -> bool:
        """Whether history was cut off when cloning."""
        return (Path(self._repo.common_dir) / "shallow").exists()

    def is_dirty(self, prefix: PurePosixPath) -> bool:
        """Whether files below `prefix` differ from HEAD (new files count, ignored ones do not)."""
        try:
            return bool(self._repo.git.status("--porcelain", "--", str(prefix)))
        except self._git_errors as exc:
            raise self._translated(exc, "HEAD") from exc

    def default_branch(self) -> str | None:
        """The remote's default branch (`origin/main`), or the first that exists of the usual names."""
        for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
            try:
                self.resolve(name)
            except SourceError:
                continue
            if name == "origin/HEAD":
                return str(self._repo.git.rev_parse("--abbrev-ref", "origin/HEAD"))
            return name
        return None

    def _translated(self, exc: Exception, what: str) -> SourceError:
        text = str(exc)
        if isinstance(exc, OSError) or "SHA is empty" in text:
            return self._why_git_ended()
        if "Failed to parse header" in text:
            return SourceError("the repository has SHA-256 object ids, which are not supported yet", where=what)
        if self.is_shallow():
            return SourceError(
                "no such version in this shallow clone",
                where=what,
                hint="fetch the whole history: `git fetch --unshallow`",
            )
        return SourceError(
            "no such version in this repository", where=what, hint="check the name, or `git fetch` first"
        )

    def _why_git_ended(self) -> SourceError:
        """The process that answers is gone: a command of its own says why. A later call starts a new process."""
        self._repo.git.clear_cache()
        reason = ""
        try:
            self._repo.git.rev_parse("--git-dir")
        except self._git_errors as exc:
            reason = str(exc)
        where = str(self._repo.git_dir)
        if "dubious ownership" in reason:
            hint = "run `git config --global --add safe.directory PATH` for this one path, if you trust it"
            return SourceError("git refuses this folder because it belongs to another user", where=where, hint=hint)
        return SourceError("git cannot read this repository", where=where, hint="see what `git status` says there")


def _ascii(value: Any) -> str:
    """GitPython's annotations say str where it gives bytes."""
    return value.decode("ascii") if isinstance(value, bytes) else str(value)
