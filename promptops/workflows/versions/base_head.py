"""Which two versions are compared."""

from __future__ import annotations

from dataclasses import dataclass

from promptops.errors import EvalError, NoRepositoryError, PromptError, PromptopsError
from promptops.evals.registry import KINDS
from promptops.model.config import Config
from promptops.model.revision import Revision
from promptops.source.checkout import Checkout
from promptops.source.formats.settings import load_config
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.git.work_tree.index import has_hidden_changes
from promptops.source.project import Project
from promptops.source.source import Source
from promptops.text.sanitize import shell_word
from promptops.workflows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class BaseAndHead:
    """Two versions of one project, how the earlier one was found, and what is to be said about the two."""

    base: Project
    head: Project
    base_words: str
    notes: tuple[str, ...] = ()


def merge_base(repository: Repository, name: str | None, head: str, how: str) -> tuple[str, str]:
    """Where the work of `head` left `name`, by default the remote's default branch: the full id, and that name.

    `how` tells people how to name one where there is none.
    """
    name = name or repository.default_branch()
    if name is None:
        hint = f"name one: {how}; in CI fetch the whole history (fetch-depth: 0)"
        raise EvalError("there is no branch to compare with", hint=hint)
    return repository.merge_base(name, head), name


def read_head(workspace: Workspace, at: str | None) -> tuple[Project, Revision]:
    """The files as they are, or at the revision `at`, and which version that is; outside of git it is none."""
    head = workspace.project(at)
    if at:
        return head, head.source.revision
    try:
        repository = Repository(workspace.root)
    except NoRepositoryError:
        return head, Revision()
    try:
        prefix = repository.prefix(workspace.root)
        is_dirty = repository.is_dirty(prefix) or has_hidden_changes(repository, prefix)
        return head, Revision(repository.head(), is_dirty)
    finally:
        repository.close()


def read_base(
    workspace: Workspace, name: str | None, at: str | None, *, exact: bool
) -> tuple[Project | None, tuple[str, ...]]:
    """The project where the work of `at` left `name` (`exact`: at `name` itself), and a word on which that is."""
    repository = Repository(workspace.root)
    if name and exact:
        sha, left = repository.resolve(name), name
    else:
        sha, left = merge_base(repository, name, at or "HEAD", "--base REV")
    notes = () if name else (f"compared with {sha[:7]}, where this work left {left}",)
    try:
        return Project.commit(workspace.root, sha, KINDS, repository), notes
    except PromptError as exc:  # who mends the settings must not be stopped by what was broken
        return None, (*notes, f"nothing to compare with: the settings at {sha[:7]} cannot be read ({exc})")


def open_base_and_head(workspace: Workspace, base: str | None, head: str | None, at: str | None) -> BaseAndHead:
    """Base and head of a diff.

    With `head`, these two revisions. Else the files as they are (or at the revision `at`), and the version where they
    left `base`, which is the remote's default branch when none is named.
    """
    repository = Repository(workspace.root)
    prefix = repository.prefix(workspace.root)
    notes: tuple[str, ...] = ()
    if base is not None and head is not None:
        sha, words = repository.resolve(base), base
        notes = _divergence_notes(repository, base, sha, head)
    else:
        sha, name = merge_base(repository, base, at or "HEAD", "promptops diff BASE")
        is_last = sha == repository.resolve(at or "HEAD")
        words = f"the last commit, which {name} has too" if is_last else f"where this work left {name}"
    later = head or at
    old = Commit(repository, sha, prefix)
    new = Commit(repository, repository.resolve(later), prefix) if later else Checkout(workspace.root)
    return _with_settings(old, new, words, notes)


def _divergence_notes(repository: Repository, base: str, sha: str, head: str) -> tuple[str, ...]:
    """A word of warning where the base holds work that the head does not have, which then looks undone."""
    try:
        common = repository.merge_base(sha, head)
    except PromptopsError:
        return ()
    if common == sha:
        return ()
    return (
        f"{base} has changes that {head} does not have, and they look undone here; "
        f"for what {head} itself changed: promptops diff {shell_word(base)} --at {shell_word(head)}",
    )


def _with_settings(old: Source, new: Source, words: str, notes: tuple[str, ...]) -> BaseAndHead:
    """Who mends the settings must not be stopped by what was broken: then one side's settings hold for both."""
    (before, why_before), (after, why_after) = _settings(old), _settings(new)
    if before is None and after is None:
        assert why_after is not None
        raise why_after
    for source, why in ((old, why_before), (new, why_after)):
        if why is not None:
            label = source.revision.label
            notes = (*notes, f"the settings of {label} cannot be read, so the other version's are taken ({why})")
    return BaseAndHead(Project(old, KINDS, before or after), Project(new, KINDS, after or before), words, notes)


def _settings(source: Source) -> tuple[Config | None, PromptopsError | None]:
    try:
        return load_config(source), None
    except PromptopsError as exc:
        return None, exc
