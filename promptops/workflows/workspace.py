"""Where a command works: the project's folder, its settings, and what it may know of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from promptops.errors import StoreError
from promptops.evals.registry import KINDS
from promptops.model.config import ModelSpec, resolve_model
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder
from promptops.source.project import Project, find_root
from promptops.text.key_mask import KeyMask
from promptops.workflows.state_folder import STATE, require_own_results, require_own_state


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project on this machine. `secrets` are environment variables, read by the command line and only passed on."""

    root: Path
    cache: Path
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    _trusted: list[Path] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def at(cls, start: Path, cache: Path, secrets: Mapping[str, str]) -> Workspace:
        """The workspace of the project that holds `start`."""
        return cls(find_root(start), cache, secrets)

    @property
    def state(self) -> Path:
        """`.promptops/`: cache and results, ignored by git. The only way to them, so that nobody forgets to look first.

        StoreError where it is not this user's own: see promptops.workflows.state_folder.
        """
        state = self.root / STATE
        if not self._trusted:  # once for a command: what appears later, it made itself
            require_own_state(state)
            self._trusted.append(state)
        return state

    def require_own(self, path: Path) -> None:
        """The same for a folder or a file that somebody named, where it lies in this or another project's state."""
        if path.absolute().is_relative_to(self.root / STATE):
            _ = self.state
        else:
            require_own_results(path)

    def project(self, revision: str | None = None) -> Project:
        """The project's files as they are, or at a revision."""
        return Project.commit(self.root, revision, KINDS) if revision else Project.worktree(self.root, KINDS)

    def model(self, project: Project, name: str) -> ModelSpec:
        """The model an alias stands for in this project, with the address that the environment gives it."""
        from promptops.providers.endpoint import locate  # not for the commands that name no model

        return locate(resolve_model(project.config, name), self.secrets)

    @property
    def mask(self) -> KeyMask:
        """What takes the keys of this machine's environment out of texts that others wrote."""
        return KeyMask.of_variables(self.secrets)

    def ready_state(self) -> Path:
        """The state folder, made if needed, with a note that git ignores it."""
        ignore = self.state / ".gitignore"
        try:
            make_folder(self.state, self.root)
            if not ignore.exists():
                write_atomically(ignore, b"*\n", root=self.root, durable=False)
        except OSError as exc:
            raise StoreError(
                f"replies and results cannot be kept here: {exc.strerror or exc}",
                where=str(self.state),
                hint="it must be a folder that may be written: rename a file of this name, or use a writable copy",
            ) from exc
        return self.state


def relative(path: Path, root: Path) -> PurePosixPath:
    """The path as people see it from the project's root."""
    return PurePosixPath(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix())
