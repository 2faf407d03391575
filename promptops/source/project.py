"""A project at one version: its settings, and prompts and suites by identifier or path."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import AbsentObjectError, PromptError, PromptopsError, SourceError, UnknownNameError
from promptops.model.config import Config
from promptops.model.prompt import Prompt
from promptops.source.checkout import Checkout, work_tree_top
from promptops.source.file_names import INLINE_PREFIX, PROMPT_SUFFIXES, SUITE_SUFFIXES, rename_hint
from promptops.source.formats.prompts import load_prompt
from promptops.source.formats.settings import CONFIG_FILE, load_config
from promptops.source.source import Source, normalize_path, require_usable_name
from promptops.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from promptops.model.evaluator_kind import Kinds
    from promptops.model.suite import Suite
    from promptops.source.git.repository import Repository

_SUFFIXES = {"prompt": PROMPT_SUFFIXES, "suite": SUITE_SUFFIXES}


def find_root(start: Path) -> Path:
    """The nearest folder upwards with a `promptops.yml`, else the git root, else `start` itself.

    A settings file above the git root is in no version of the project, so the search ends there.
    """
    start = start.resolve()
    top = work_tree_top(start)
    files = Checkout(top) if top else None  # settings that a sparse checkout leaves out are there
    for folder in (start, *start.parents):
        if os.path.lexists(folder / CONFIG_FILE) or folder == top:
            return folder
        if files and files.exists(PurePosixPath(folder.relative_to(files.root).as_posix()) / CONFIG_FILE):
            return folder
    return start


def at_commits(root: Path, kinds: Kinds) -> Callable[[str], Project]:
    """The project at a commit's full id; all commits are read through one git process, started for the first."""

    @cache
    def repository() -> Repository:
        from promptops.source.git.repository import Repository

        opened = Repository(root)
        atexit.register(opened.close)
        return opened

    return lambda commit: Project.commit(root, commit, kinds, repository())


class Project:
    """Prompts and suites of one source. Loaded values are kept, so each file is read once.

    `kinds` are the evaluators that suites may name.
    """

    def __init__(self, source: Source, kinds: Kinds, config: Config | None = None) -> None:
        self.source = source
        self.kinds = kinds
        self.config = config if config is not None else load_config(source)
        self._prompts: dict[str, Prompt] = {}
        self._suites: dict[str, Suite] = {}

    @classmethod
    def worktree(cls, root: Path, kinds: Kinds) -> Project:
        """The project's files as they are now."""
        return cls(Checkout(root), kinds)

    @classmethod
    def commit(cls, root: Path, revision: str, kinds: Kinds, repository: Repository | None = None) -> Project:
        """The project below the same folder at another version; any name git knows for it."""
        # Imported here: lint of a work tree needs neither.
        from promptops.source.git.commit import Commit
        from promptops.source.git.repository import Repository

        repository = repository or Repository(root)
        return cls(Commit(repository, repository.resolve(revision), repository.prefix(root)), kinds)

    @cached_property
    def template_folder(self) -> PurePosixPath:
        """Where names in include statements begin."""
        return PurePosixPath(self.config.paths.prompt_folders[0])

    def prompt_paths(self) -> dict[str, PurePosixPath]:
        """Identifier → file, sorted by identifier."""
        return self._paths("prompt")

    def prompt_names(self) -> list[str]:
        """Identifiers of all prompts, sorted; one that two files have stands once."""
        return sorted({name for name, _ in self._named("prompt")})

    def suite_paths(self) -> dict[str, PurePosixPath]:
        """Identifier → file, sorted by identifier; inline suites are not among them."""
        return self._paths("suite")

    def prompt(self, name: str) -> Prompt:
        """The prompt with this identifier or path."""
        identifier, path = self._locate(name, "prompt")
        if identifier not in self._prompts:
            self._prompts[identifier] = load_prompt(self.source, path, identifier, self.kinds, self.template_folder)
        return self._prompts[identifier]

    def path_of(self, name: str) -> PurePosixPath:
        """The file of the prompt with this identifier or path; SourceError when there is none."""
        return self._locate(name, "prompt")[1]

    def candidate_paths(self, name: str, kind: str = "prompt") -> tuple[PurePosixPath, ...]:
        """Where the file with this identifier or path is looked for first. SourceError where that is outside."""
        return _candidate_paths(name, self._folders(kind), _SUFFIXES[kind])

    def has_prompt(self, identifier: str) -> bool:
        """Whether this version has the prompt. AbsentObjectError where a partial clone leaves out what would tell."""
        try:
            return any(map(self.source.exists, self.candidate_paths(identifier)))
        except AbsentObjectError:
            raise
        except SourceError:
            return False

    def suite(self, name: str) -> Suite:
        """The suite with this identifier or path; `prompt:ID` is the one inside a prompt file."""
        from promptops.source.formats.suites import inline_suite, load_suite  # lint of a prompt needs neither

        if name.startswith(INLINE_PREFIX) or name.endswith(PROMPT_SUFFIXES):
            prompt = self.prompt(name.removeprefix(INLINE_PREFIX))
            if suite := inline_suite(prompt, self.config):
                return suite
            message = "this prompt has no cases and evaluators of its own"
            hint = "add testData and evaluators, or write a suite in evals/"
            raise PromptError(message, where=str(prompt.path), hint=hint)
        identifier, path = self._locate(name, "suite")
        if identifier not in self._suites:
            self._suites[identifier] = load_suite(self.source, path, identifier, self.kinds, self.config)
        return self._suites[identifier]

    def all_suites(self) -> list[str]:
        """Identifiers of all suites, inline ones included."""
        return [
            *self.suite_paths(),
            *(INLINE_PREFIX + name for name in self.prompt_paths() if self._has_inline_suite(name)),
        ]

    def has_suite(self, identifier: str) -> bool:
        """Whether it is one of all suites; at most one prompt is read for it."""
        if not identifier.startswith(INLINE_PREFIX):
            return identifier in self.suite_paths()
        prompt = identifier.removeprefix(INLINE_PREFIX)
        return prompt in self.prompt_paths() and self._has_inline_suite(prompt)

    def _has_inline_suite(self, identifier: str) -> bool:
        from promptops.source.formats.suites import inline_suite

        try:
            return inline_suite(self.prompt(identifier)) is not None
        except PromptopsError:  # it counts, so that whoever loads it sees what is wrong
            return True

    def prompt_identifier(self, name: str) -> str:
        """What a prompt is called that is named by its identifier or its path; it need not be there."""
        return self.identifier_of(PurePosixPath(name)) if name.endswith(PROMPT_SUFFIXES) else name

    def identifier_of(self, path: PurePosixPath, kind: str = "prompt") -> str:
        """A file's identifier: its path under the folder, without the ending; elsewhere the whole path."""
        return _identifier(path, self._folders(kind), _SUFFIXES[kind])

    def _folders(self, kind: str) -> tuple[str, ...]:
        return self.config.paths.prompt_folders if kind == "prompt" else self.config.paths.eval_folders

    def _locate(self, name: str, kind: str) -> tuple[str, PurePosixPath]:
        for path in self.candidate_paths(name, kind):
            if self.source.exists(path):
                return (self.identifier_of(path, kind) if name.endswith(_SUFFIXES[kind]) else name), path
        known = dict(self._named(kind))
        if name in known:
            return name, known[name]
        message = f"no {kind} called '{name}' ({self.source.revision.label})"
        if advice := rename_hint(name):
            raise UnknownNameError(message, hint=advice)
        none = f"there are none under {', '.join(self._folders(kind))}/"
        if kind == "prompt":
            none += "; others are named in promptops.yml: paths: {prompts: .github/prompts/**}"
        # Two paths are alike by their endings; their identifiers are not.
        identifier = self.identifier_of(PurePosixPath(name), kind)
        raise UnknownNameError(message, hint=did_you_mean(identifier, known, none))

    def _paths(self, kind: str) -> dict[str, PurePosixPath]:
        found: dict[str, PurePosixPath] = {}
        for identifier, path in self._named(kind):
            require_usable_name(path)
            if identifier in found:
                message = f"this file and {found[identifier]} are both called '{identifier}'"
                raise PromptError(message, where=str(path), hint="rename one of the two", code="P009")
            found[identifier] = path
        return found

    def _named(self, kind: str) -> list[tuple[str, PurePosixPath]]:
        """Every file's identifier and path, sorted; two files may have the same."""
        globs = self.config.paths.prompts if kind == "prompt" else self.config.paths.evals
        files = {path for glob in globs for path in self.source.list(glob) if path.name.endswith(_SUFFIXES[kind])}
        return sorted((self.identifier_of(path, kind), path) for path in files)


@lru_cache(maxsize=4096)
def _candidate_paths(name: str, folders: tuple[str, ...], suffixes: tuple[str, ...]) -> tuple[PurePosixPath, ...]:
    if name.endswith(suffixes):
        return (normalize_path(PurePosixPath(name)),)
    places = [PurePosixPath(folder) for folder in folders]
    return tuple(normalize_path(place / f"{name}{suffix}") for place in places for suffix in suffixes)


def _identifier(path: PurePosixPath, folders: tuple[str, ...], suffixes: tuple[str, ...]) -> str:
    whole = text = path.as_posix()
    for suffix in suffixes:
        text = text.removesuffix(suffix)
    for folder in folders:
        if folder and text.startswith(f"{folder}/"):
            return text.removeprefix(f"{folder}/")
    # With its ending it can be asked for again, and no file inside the folders is called the same.
    return text if "" in folders else whole
