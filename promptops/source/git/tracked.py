"""What git tracks: what came with a commit, or would go into the next one."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.source.git.process import GitOutput
from promptops.source.git.repository import Repository


def is_tracked(repository: Repository, path: PurePosixPath) -> bool:
    """Whether the index or HEAD holds this path or anything below it. SourceError where git cannot say.

    In whichever case it is written: on some disks `.PromptOps` is the same folder as `.promptops`.
    """
    done = _list_files(repository, path, "--with-tree=HEAD")
    if done.code and repository.head() is None:  # before the first commit there is the index alone
        done = _list_files(repository, path)
    if done.code:
        raise SourceError("git cannot say which files it tracks", where=str(path), hint=done.err.strip()[:300])
    return bool(done.out)


def _list_files(repository: Repository, path: PurePosixPath, *options: str) -> GitOutput:
    wanted = f":(icase,literal){path}"
    return repository.run("ls-files", *options, "-z", "--", wanted, environment={"GIT_LITERAL_PATHSPECS": "0"})
