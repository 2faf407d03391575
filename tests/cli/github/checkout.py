"""A workflow's clone of a remote, in which `promptops github pin` runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from tests.conftest import Files, GitRepository

Run = Callable[..., Result]


class Checkout:
    """A workflow's clone of a bare remote, whose branch is `trunk`."""

    def __init__(self, folder: Path, files: Files) -> None:
        self.bare = GitRepository(folder / "remote.git", "--bare")
        self.work = GitRepository(folder / "work")
        self.work.git("remote", "add", "origin", f"file://{self.bare.root}")
        self.push(files)
        self.bare.git("symbolic-ref", "HEAD", "refs/heads/trunk")
        self.root = folder / "checkout"
        self.renew()

    def push(self, files: Files) -> str:
        """Somebody's commit on the default branch."""
        commit = self.work.commit(files)
        self.work.git("push", "--quiet", "origin", "HEAD:trunk")
        return commit

    def renew(self) -> None:
        """The next workflow run begins with a clone of its own, in the same folder."""
        fresh = self.root.with_name("fresh")
        self.bare.git("clone", "--quiet", f"file://{self.bare.root}", str(fresh))
        self.root.mkdir(exist_ok=True)
        for old in self.root.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        for new in fresh.iterdir():
            new.rename(self.root / new.name)
        fresh.rmdir()

    def branches(self) -> list[str]:
        """The branches that the remote has."""
        return self.bare.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
