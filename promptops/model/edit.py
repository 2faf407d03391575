"""What an edit did to the files that decide what a model receives, before any value fills them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """Something besides the messages: `temperature`, `0` → `0.7`. None where it was not there."""

    what: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file's edit. `path` is the file's from the project's root, `was` its former one where it was renamed.

    `diff` is of its text as it is written, placeholders and all; lines begin with ' ', '+', '-' or '@@'. A prompt's is
    message by message, below `@@ system @@`. `settings` are what else of the file a model notices.
    """

    path: str
    diff: tuple[str, ...] = ()
    settings: tuple[SettingDifference, ...] = ()
    was: str = ""
