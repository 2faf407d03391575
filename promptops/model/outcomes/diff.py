"""What differs between two versions of a project, as the model would notice, and whom it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from promptops.model.edit import FileEdit, SettingDifference

Messages = tuple[tuple[str, str], ...]
"""(role, text) pairs."""

Change = Literal["changed", "new", "deleted"]
Status = Literal["changed", "new", "deleted", "renamed", "unreadable"]
"""`renamed` alone means that the model receives the same; a renamed prompt that also changed is `changed`."""


@dataclass(frozen=True, slots=True)
class CaseDiff:
    """A case's messages on both sides. None where the case does not fit that version; the problem says why.

    Tokens are estimates over all messages; a case that is `held_out` is counted and never shown.
    """

    case: str
    fields: Mapping[str, Any]
    held_out: bool
    base: Messages | None
    head: Messages | None
    base_problem: str = ""
    head_problem: str = ""
    base_tokens: int = 0
    head_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Impact:
    """Whom a change concerns. `suites` test the prompts; `environments` pin them, and stay with what they pinned.

    `unowned` are those of the prompts that name no owner.
    """

    prompts: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    unowned: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedChange:
    """A changed file that prompts include, or a changed model of promptops.yml, with all it reaches.

    `what` is the template's path or the model's alias; `old` and `new` are what the alias stands for, empty for files.
    """

    kind: Literal["template", "model"]
    what: str
    status: Change
    reach: Impact
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class PromptDiff:
    """One prompt that is not as it was.

    `was` is its former identifier and `was_path` its former file, where these differ. `edit` is what was edited in its
    messages as written and in the templates it includes. `digests` are the pin digests before and after; None where
    there is none, also because nobody knows the model. `errors` say why a side cannot be loaded.
    """

    id: str
    path: str
    status: Status
    title: str = ""
    was: str = ""
    was_path: str = ""
    errors: tuple[str, str] = ("", "")
    cases: tuple[CaseDiff, ...] = ()
    edit: tuple[FileEdit, ...] = ()
    differences: tuple[SettingDifference, ...] = ()
    reach: Impact = field(default_factory=Impact)
    digests: tuple[str | None, str | None] = (None, None)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectDiff:
    """Two versions compared. `base` and `head` are short names of the versions; commits are 40 hex, None for files.

    `base_words` says how the base was found. `unchanged` counts the prompts that are the same to every model.
    """

    base: str
    head: str
    base_commit: str | None
    head_commit: str | None
    base_words: str
    prompts: tuple[PromptDiff, ...] = ()
    shared: tuple[SharedChange, ...] = ()
    unchanged: int = 0
    notes: tuple[str, ...] = ()
