"""A prompt's past, version by version, read from git's objects without a checkout.

Of ten thousand commits only those are looked at that changed a file of the prompt's closure or the settings; git finds
them, and a look at the files' object ids passes over those that changed nothing for a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import AbsentObjectError, PromptopsError, SourceError
from promptops.evals.registry import KINDS
from promptops.model.config import Config
from promptops.model.outcomes.history import PromptRename
from promptops.source.formats.settings import CONFIG_FILE, load_config
from promptops.source.git.commit import Commit
from promptops.source.git.log import commits_that_changed, parents
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.workflows.versions.prompt_versions import PromptOrError, ResolvedPrompt, resolve_prompt, resolve_readable
from promptops.workflows.versions.rename_detection import detect_renames
from promptops.workflows.workspace import Workspace


class PromptState(NamedTuple):
    """The prompt as it was from `commit` on, until the state before this one in the list.

    `found` is None where the prompt is not there. `cut`: a shallow clone ends here, so the commit may be about
    anything.
    """

    commit: str
    name: str
    found: PromptOrError | None
    cut: bool = False


class PromptLog:
    """Reads a project's prompts at many commits. What was read for one commit serves the next where ids are equal."""

    def __init__(self, workspace: Workspace, repository: Repository) -> None:
        self.workspace = workspace
        self.repository = repository
        self.prefix = repository.prefix(workspace.root)
        self._configs: dict[str, Config] = {}
        self._last_read: tuple[object, PromptOrError] | None = None

    def project(self, commit: str) -> Project:
        """The project at a commit (full id). PromptopsError when its settings cannot be read."""
        source = Commit(self.repository, commit, self.prefix)
        settings = source.file_id(CONFIG_FILE)
        config = self._configs.get(settings)
        if config is None:
            config = self._configs[settings] = load_config(source)
        return Project(source, KINDS, config)

    def read(self, name: str, commit: str) -> PromptOrError | None:
        """The prompt at a commit, or why it cannot be read; None where it is not there."""
        try:
            project = self.project(commit)
            if not project.has_prompt(name):
                return None
            key = self._identity(project, name)
        except AbsentObjectError:
            raise
        except PromptopsError as exc:
            return exc
        if key is not None and self._last_read is not None and self._last_read[0] == key:
            return self._last_read[1]
        found = resolve_prompt(self.workspace, project, name)
        if isinstance(found, ResolvedPrompt):
            self._last_read = None, found  # the paths that the key is made of
            self._last_read = self._identity(project, name), found
        return found

    def states(self, name: str, head: str, beyond: Sequence[str] = ()) -> Iterator[PromptState]:
        """The prompt's states along the first parents of `head`, newest first; equal ones may follow one another.

        `beyond`: commits whose own past is left out. The prompt is followed when its file is renamed.
        """
        commit: str | None = head
        found, paths = self.read(name, head), self._closure_paths(name, head, None)
        while commit is not None:
            start, commit = commit, None
            paths = self._closure_paths(name, start, found) or paths
            for changed in commits_that_changed(self.repository, paths, start, beyond):
                before = self.parent(changed)
                yield PromptState(changed, name, found, cut=before is None and bool(parents(self.repository, changed)))
                if before is None:
                    return
                newer, found = found, self.read(name, before)
                if found is None and (was := self._former_name(name, newer, changed, before)):
                    name, found = was, self.read(was, before)
                more = self._closure_paths(name, before, found) or paths
                if not set(more) <= set(paths):  # other files count from here on, so git is asked again
                    commit = before
                    break

    def _former_name(self, name: str, found: PromptOrError | None, changed: str, before: str) -> str:
        """What the prompt was called before a commit; empty where that did not rename it."""
        if not isinstance(found, ResolvedPrompt):
            return ""
        try:
            old, new = self.project(before), self.project(changed)
            gone = [one for one in old.prompt_names() if not new.has_prompt(one)]
        except PromptopsError:
            return ""
        return detect_renames(resolve_readable(self.workspace, old, gone), {name: found}).get(name, "")

    def parent(self, commit: str) -> str | None:
        """The first parent, where it is here."""
        first = next(iter(parents(self.repository, commit)), None)
        return first if first is not None and self.repository.lookup([first])[0] is not None else None

    def _identity(self, project: Project, name: str) -> object:
        """What decides the version, as ids; None while nothing was read that it could be equal to."""
        if self._last_read is None or not isinstance(last := self._last_read[1], ResolvedPrompt):
            return None
        path, source = project.path_of(name), project.source
        assert isinstance(source, Commit)
        files = [path, *_templates(last)]
        try:
            model = self.workspace.model(project, last.prompt.model).full_name
        except PromptopsError:
            model = ""
        return name, project.template_folder, tuple((each, source.file_id(each)) for each in files), model

    def _closure_paths(self, name: str, commit: str, found: PromptOrError | None) -> list[PurePosixPath]:
        """The files that decide the version, from the repository's top; none where it cannot be said."""
        try:
            path = self.project(commit).path_of(name)
        except PromptopsError:
            return []
        templates = _templates(found) if isinstance(found, ResolvedPrompt) else []
        return [self.prefix / each for each in (CONFIG_FILE, path, *templates)]


def _templates(version: ResolvedPrompt) -> list[PurePosixPath]:
    """What the prompt includes, also what it would include if it were there."""
    closure = version.closure
    named = [path for names in closure.references.values() for path in names.values()]
    return sorted({PurePosixPath(path) for path in (*closure.templates, *named)})


class VersionStep(NamedTuple):
    """A version, and the commit that brought it. `renamed`: commits that gave it another name, newest first."""

    commit: str
    name: str
    version: ResolvedPrompt
    cut: bool = False
    renamed: tuple[PromptRename, ...] = ()


def distinct_versions(states: Iterator[PromptState], unreadable: list[PromptState]) -> Iterator[VersionStep]:
    """Of these states the versions, newest first: equal ones in a row are one, which the oldest commit brought.

    States that cannot be read go to `unreadable`; states without the prompt are passed over.
    """
    step: VersionStep | None = None
    last: PromptState | None = None
    for state in states:
        if step is not None and last is not None and last.name != state.name:
            step = step._replace(renamed=(*step.renamed, PromptRename(last.commit, state.name, last.name)))
        last = state
        if isinstance(state.found, PromptopsError):
            unreadable.append(state)
        if not isinstance(state.found, ResolvedPrompt):
            continue
        if step is not None and step.version.key != state.found.key:
            yield step
            step = None
        renamed = step.renamed if step is not None else ()
        step = VersionStep(state.commit, state.name, state.found, state.cut, renamed)
    if step is not None:
        yield step


def require_head(repository: Repository, revision: str | None) -> str:
    """The full id of a revision, by default HEAD. SourceError before the first commit."""
    if revision is None and repository.head() is None:
        message = "nothing is committed here yet, so there is no history"
        raise SourceError(message, where=str(repository.root), hint="commit the prompts first")
    return repository.resolve(revision or "HEAD")
