"""Whether a later commit holds nothing but what people said on the pull request: labels and accepted gates.

Such a commit is made by `/promptops …`, starts no check by itself, and so must not silence the one that is running.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from promptops.errors import ForgeError, PromptopsError
from promptops.forge.github.client import GitHub
from promptops.forge.run_comment import SameContent
from promptops.workflows.comment_commands.check_runs import record_folders
from promptops.workflows.workspace import Workspace

WordFolders = Sequence[PurePosixPath]
"""Folders in the repository that hold nothing but recorded words."""


def word_folders(workspace: Workspace, folder: str) -> WordFolders:
    """Where the project, which lies in `folder` of its repository, keeps them; nowhere if its settings are broken."""
    try:
        return record_folders(workspace.project().config, PurePosixPath(folder or "."))
    except PromptopsError:
        return ()


def only_words_differ(github: GitHub, folders: WordFolders) -> SameContent:
    """A function that tells whether the second commit adds nothing to the first but recorded words."""

    def same(before: str, now: str) -> bool:
        try:
            changed = github.changed_files(before, now) if folders else None
        except ForgeError:
            return False
        paths = [PurePosixPath(path) for path in changed or ()]
        return changed is not None and all(any(path.is_relative_to(one) for one in folders) for path in paths)

    return same
