"""What lies in `.promptops/` counts as answers of models and results of runs, so no commit may bring it along."""

from __future__ import annotations

from promptops.errors import SourceError, StoreError
from promptops.source.git.repository import Repository
from promptops.workflows.workspace import Workspace


def refuse_committed_state(workspace: Workspace) -> None:
    """StoreError where the state folder is part of the newest commit, or a link to another place."""
    state = workspace.state
    if state.is_symlink() or _is_committed(workspace):
        raise StoreError(
            "this folder came with the commit: whoever wrote it could have made up replies and results",
            where=state.name,
            hint=f"take it out of git, and keep it out: git rm -r --cached {state.name}",
        )


def _is_committed(workspace: Workspace) -> bool:
    try:
        repository = Repository(workspace.root)
    except SourceError:  # no git, no commit
        return False
    try:
        path = (repository.prefix(workspace.root) / workspace.state.name).as_posix()
        head = repository.head()
        return head is not None and "\n" not in path and repository.lookup([f"{head}:{path}"]) != [None]
    finally:
        repository.close()
