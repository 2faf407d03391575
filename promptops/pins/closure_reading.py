"""The files that pinned prompts consist of, read for many commits with few questions to git.

Nothing is listed: settings, prompts and what they include are found by their paths, folders and contents that commits
share are read once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import DamagedError, PromptopsError, SourceError
from promptops.model.config import Config
from promptops.model.evaluator_kind import NO_KINDS
from promptops.source.formats.settings import CONFIG_FILE, load_config
from promptops.source.git.commit import Commit
from promptops.source.git.prefetch import PrefetchedCommit
from promptops.source.git.tree_walk import AT_ONCE, TreeWalk, batches
from promptops.source.project import Project
from promptops.source.references import resolve_reference
from promptops.templating.closure import guess_included_names, guess_linked_names

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository

MOST_IN_MEMORY = 500
"""Prompts whose files are held at a time, unless one commit has more."""
_MOST_STEPS = 40
"""Includes in a row that are followed here; what is deeper is told by whoever follows them for real."""

_Paths = dict[str, set[PurePosixPath]]


class CommitFiles(PrefetchedCommit):
    """What is known of a commit: its files (`source` reads them anew), and its project once its settings were read.

    `damage`: the damaged object that was met, if any. Who reads a file tells it as a mistake in the file.
    """

    damage: DamagedError | None = None
    project: Project | None = None

    def __init__(self, source: Commit) -> None:
        super().__init__(source)
        self.source = source

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError as the commit gives it."""
        try:
            return super().read(path)
        except DamagedError as exc:
            self.damage = exc
            raise


class TheseFiles(CommitFiles):
    """A commit's files, of which only these may be read; which others are there can be asked."""

    def __init__(self, source: Commit, files: Collection[PurePosixPath]) -> None:
        super().__init__(source)
        self._allowed = frozenset(files)

    def read(self, path: PurePosixPath) -> bytes:
        """SourceError also for any other file."""
        if path not in self._allowed:
            raise SourceError("it is not one of the files", where=str(path))
        return super().read(path)


class ClosureReader:
    """The files of a repository's commits below `prefix`, the project's folder.

    `want` says which prompts will be asked for; then their files come in one go with those of other commits.
    """

    def __init__(self, repository: Repository, prefix: PurePosixPath) -> None:
        self.repository = repository
        self.prefix = prefix
        self._wanted: dict[str, dict[PurePosixPath, str]] = {}  # by commit the files that are not read yet, with ids
        self._settings: dict[str, str] = {}  # by commit the id of their content, empty where there are none
        self._configs: dict[str, Config] = {}  # by their content's id
        self._files: dict[str, CommitFiles] = {}

    def files(self, commit: str) -> CommitFiles:
        """The files of a commit."""
        if commit not in self._files:
            self._files[commit] = CommitFiles(Commit(self.repository, commit, self.prefix))
        return self._files[commit]

    def project(self, commit: str) -> Project:
        """The project at a commit. PromptopsError where its settings cannot be read."""
        files = self.files(commit)
        if files.project is None:
            if commit not in self._settings:
                self._settings[commit] = files.source.file_id(CONFIG_FILE)
            files.project = Project(files, NO_KINDS, self._config(files, self._settings[commit]))
        return files.project

    def config(self, files: CommitFiles) -> Config:
        """The settings that these files have. PromptopsError where they cannot be read."""
        return self._config(files, files.source.file_id(CONFIG_FILE))

    def _config(self, files: CommitFiles, settings: str) -> Config:
        if settings not in self._configs:
            files.prefetch([CONFIG_FILE] if settings else [])
            self._configs[settings] = load_config(files)
        return self._configs[settings]

    def want(self, prompts: Iterable[tuple[str, str]]) -> None:
        """Say which prompts (identifier, commit) will be asked for; what is not here is fetched.

        PromptopsError where it cannot be fetched: it is the remote's fault and not that of a prompt.
        """
        names: dict[str, dict[str, None]] = {}
        for name, commit in prompts:
            names.setdefault(commit, {})[name] = None
        try:
            for commit, found in self._locate(names).items():
                self._wanted.setdefault(commit, {}).update(found)
        except PromptopsError:  # only haste: whatever is wrong shows again at the prompt it is with
            if self.repository.can_fetch:
                raise

    def load(self, commit: str) -> None:
        """Read what was wanted of a commit, and of those that were wanted next; what was read before is forgotten."""
        if commit not in self._wanted:
            return
        part = {commit: self._wanted.pop(commit)}
        room = MOST_IN_MEMORY - len(part[commit])
        for each in list(islice(self._wanted, max(0, room))):
            if (room := room - len(self._wanted[each])) < 0:
                break
            part[each] = self._wanted.pop(each)
        self._files = {each: self.files(each) for each in part}
        with suppress(PromptopsError):  # as above
            for owner, path, data in self._contents(part):
                self._files[owner].add(path, data)

    def _locate(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, dict[PurePosixPath, str]]:
        """By commit the files that these prompts seem to consist of, but for their settings, with their ids."""
        walk = TreeWalk(self.repository)
        found: dict[str, dict[PurePosixPath, str]] = {commit: {} for commit in wanted}
        paths = self._prompt_paths(walk, wanted)
        for _ in range(_MOST_STEPS):
            new = self._find(walk, paths)
            for commit, ids in new.items():
                found[commit].update(ids)
            paths = {}
            for commit, path, data in self._contents(new):
                # Not as a difference of sets: that would look at all that was found.
                if included := {each for each in self._included(commit, path, data) if each not in found[commit]}:
                    paths.setdefault(commit, set()).update(included)
            if not paths:
                break
        return found

    def _prompt_paths(self, walk: TreeWalk, wanted: Mapping[str, Iterable[str]]) -> _Paths:
        """Where these prompts may lie, as the settings of their commits say."""
        self._load_settings(walk, [commit for commit in wanted if commit not in self._settings])
        paths: _Paths = {}
        for commit, names in wanted.items():
            with suppress(PromptopsError):  # told where a prompt of this commit is asked for
                project = self.project(commit)
                paths[commit] = {path for name in names for path in project.candidate_paths(name)}
        return paths

    def _load_settings(self, walk: TreeWalk, commits: Collection[str]) -> None:
        for commit, found in self._find(walk, {commit: {CONFIG_FILE} for commit in commits}).items():
            self._settings[commit] = found.get(CONFIG_FILE, "")
        by_id = {self._settings[commit]: commit for commit in commits}
        new = [each for each in by_id if each and each not in self._configs]
        for each, data in zip(new, self.repository.read_objects(new, "blob"), strict=True):
            self.files(by_id[each]).add(CONFIG_FILE, data)

    def _find(
        self, walk: TreeWalk, paths: Mapping[str, Collection[PurePosixPath]]
    ) -> dict[str, dict[PurePosixPath, str]]:
        """As the walk finds them, with paths below the prefix."""
        tops = {commit: {self.prefix / path: path for path in asked} for commit, asked in paths.items()}
        found = walk.find(tops)
        return {commit: {tops[commit][top]: each for top, each in ids.items()} for commit, ids in found.items()}

    def _contents(self, found: Mapping[str, Mapping[PurePosixPath, str]]) -> Iterator[tuple[str, PurePosixPath, bytes]]:
        """Each file with its content, which is read once, however many commits have it."""
        places: dict[str, list[tuple[str, PurePosixPath]]] = {}
        for commit, ids in found.items():
            for path, each in ids.items():
                places.setdefault(each, []).append((commit, path))
        self.repository.fetch_missing(places)
        for part in batches(places, AT_ONCE):
            for each, data in zip(part, self.repository.read_objects(part, "blob"), strict=True):
                yield from ((commit, path, data) for commit, path in places[each])

    def _included(self, commit: str, path: PurePosixPath, data: bytes) -> Iterator[PurePosixPath]:
        """What a file seems to include. A guess saves questions and no more: whoever seals a prompt looks for real."""
        folder = self.project(commit).template_folder
        text = data.decode("utf-8", "replace").replace('\\"', '"')
        for name in (*guess_included_names(text), *guess_linked_names(text)):
            with suppress(SourceError):
                yield resolve_reference(name, path, folder)
