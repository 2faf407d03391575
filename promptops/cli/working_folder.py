"""The folder a command was started in."""

from __future__ import annotations

from pathlib import Path

from promptops.errors import SourceError


def current_folder() -> Path:
    """The current folder. SourceError when it was deleted under the shell."""
    try:
        return Path.cwd()
    except OSError as exc:
        raise SourceError("the current folder no longer exists", hint="change to one that exists") from exc
