"""What watch knows of a project: each prompt, its templates and its suites, loaded anew only when a file they read
has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from functools import cached_property, partial
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Generic, NamedTuple, TypeVar

from promptops.errors import PromptError, PromptopsError, SourceError
from promptops.evals.registry import KINDS
from promptops.lint.engine.project_files import all_paths, kind_of
from promptops.model.config import Config
from promptops.model.prompt import Prompt
from promptops.model.suite import Case, Criterion, Suite
from promptops.source.file_names import INLINE_PREFIX, PROMPT_SUFFIXES
from promptops.source.files.globs import matches
from promptops.source.files.read_tracker import ReadTracker
from promptops.source.formats.prompts import load_prompt
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.formats.suites import load_suite
from promptops.source.project import Project
from promptops.source.source import Source, normalize_path
from promptops.templating.closure import Closure, make_closure

T = TypeVar("T")
Paths = Collection[PurePosixPath]


class Loaded(NamedTuple, Generic[T]):
    """Something loaded, or the error; the files that decide which; and the last that could be loaded."""

    error: PromptopsError | None
    paths: frozenset[PurePosixPath]
    globs: frozenset[str]
    last_good: T | None

    def depends_on(self, changed: Paths) -> bool:
        """Whether it has to be loaded again when these files changed."""
        return not self.paths.isdisjoint(changed) or any(matches(p, glob) for glob in self.globs for p in changed)


class DependencyGraph:
    """A project as it was when a file was last saved. `only`: the prompts that matter; None for all."""

    def __init__(self, config: Config, only: frozenset[PurePosixPath] | None = None) -> None:
        self.config = config
        self.only = only
        self.prompts: dict[PurePosixPath, Loaded[Prompt]] = {}
        self.closures: dict[PurePosixPath, Loaded[Closure]] = {}
        self.suites: dict[PurePosixPath, Loaded[Suite]] = {}
        self.names: dict[PurePosixPath, str] = {}
        """The identifiers of prompts and suites."""
        self.fingerprints: dict[PurePosixPath, bytes | None] = {}
        """Every file that matters, as a fingerprint; None for one that was looked for and is not there."""

    @classmethod
    def of(cls, source: Source, config: Config, only: frozenset[PurePosixPath] | None = None) -> DependencyGraph:
        """All of a project; what cannot be loaded is kept with its error."""
        paths = [*all_paths(Project(source, KINDS, config)), *(only or ())]
        return cls(config, only).updated(source, dict.fromkeys(paths))

    def updated(self, source: Source, changed: Paths) -> DependencyGraph:
        """The same after these files changed, came or went; `source` has them as they are now."""
        new = DependencyGraph(self.config, self.only)
        new.prompts, new.closures = dict(self.prompts), dict(self.closures)
        new.suites, new.names, new.fingerprints = dict(self.suites), dict(self.names), dict(self.fingerprints)
        project = Project(source, KINDS, self.config)
        for path in changed:
            new.fingerprints[path] = fingerprint(source, path)
            kind = kind_of(path)
            if kind == "prompt" and (self.only is None or path in self.only):
                new.prompts.setdefault(path, _NOTHING)
            elif kind == "suite":
                new.suites.setdefault(path, _NOTHING)
        for path in [
            path for path in (*new.prompts, *new.suites) if path in changed and new.fingerprints[path] is None
        ]:
            new.prompts.pop(path, None)
            new.closures.pop(path, None)
            new.suites.pop(path, None)
        for path, suite in new.suites.items():
            if suite is _NOTHING or suite.depends_on(changed):
                name = new.names[path] = project.identifier_of(path, "suite")
                new.suites[path] = new._load(source, partial(_suite, path=path, name=name), suite)
        for path, prompt in new.prompts.items():
            fresh = prompt is _NOTHING or prompt.depends_on(changed)
            if fresh:
                name = new.names[path] = project.identifier_of(path)
                load = partial(_prompt, path=path, name=name, folder=project.template_folder)
                prompt = new.prompts[path] = new._load(source, load, prompt)
            old: Loaded[Closure] = new.closures.get(path, _NOTHING)
            if fresh or old.depends_on(changed):
                new.closures[path] = new._load_closure(source, prompt, project.template_folder, old)
        return new

    def _load(self, source: Source, load: Callable[[Source], T], old: Loaded[T]) -> Loaded[T]:
        reads = ReadTracker(source)
        error: PromptopsError | None = None
        last_good = old.last_good
        try:
            last_good = load(reads)
        except PromptopsError as exc:
            error = exc
        except RecursionError:
            error = PromptError("a value is nested too deeply")
        for path in reads.paths:
            if path not in self.fingerprints:
                self.fingerprints[path] = fingerprint(source, path)
        return Loaded(error, frozenset(reads.paths), frozenset(reads.globs), last_good)

    def _load_closure(
        self, source: Source, prompt: Loaded[Prompt], folder: PurePosixPath, old: Loaded[Closure]
    ) -> Loaded[Closure]:
        if prompt.error is not None or prompt.last_good is None:
            return Loaded(prompt.error, frozenset(), frozenset(), old.last_good)
        found = prompt.last_good
        return self._load(source, lambda s: make_closure(s, found, folder), old)

    @cached_property
    def suites_of(self) -> dict[PurePosixPath, list[PurePosixPath]]:
        """Prompt → the suites that test it, sorted; where a suite is broken, what it last said counts."""
        by_name = {self.names[path]: path for path in self.prompts}
        found: dict[PurePosixPath, list[PurePosixPath]] = {}
        for path, suite in sorted(self.suites.items()):
            if suite.last_good is not None:
                name = suite.last_good.prompt
                prompt = PurePosixPath(name) if name.endswith(PROMPT_SUFFIXES) else by_name.get(name)
                if prompt is not None:
                    found.setdefault(prompt, []).append(path)
        return found

    @property
    def reads(self) -> set[PurePosixPath]:
        """The files that the prompts and the suites that test them are made of, and the settings."""
        tests = {suite for prompt in self.prompts for suite in self.suites_of.get(prompt, ())}
        kept: list[Loaded[Any]] = [
            *self.prompts.values(),
            *self.closures.values(),
            *(self.suites[suite] for suite in tests),
        ]
        return {CONFIG_FILE, *tests, *self.prompts}.union(*(one.paths for one in kept))

    def cases(self, prompt: PurePosixPath) -> list[tuple[str, Case]]:
        """The prompt's cases, each with its suite's identifier: its own ones first."""
        kept = self.prompts.get(prompt, _NOTHING).last_good
        found = [(f"{INLINE_PREFIX}{kept.id}", case) for case in kept.test_data] if kept is not None else []
        for path in self.suites_of.get(prompt, ()):
            suite = self.suites[path].last_good
            found += [(suite.id, case) for case in suite.cases] if suite is not None else []
        return found


def _suite(source: Source, path: PurePosixPath, name: str) -> Suite:
    suite = load_suite(source, path, name, KINDS)
    _look_for_python(source, path, suite.criteria)
    return suite


def _prompt(source: Source, path: PurePosixPath, name: str, folder: PurePosixPath) -> Prompt:
    prompt = load_prompt(source, path, name, KINDS, folder)
    _look_for_python(source, path, prompt.evaluators)
    return prompt


def _look_for_python(source: Source, path: PurePosixPath, criteria: Iterable[Criterion]) -> None:
    """The checks' own files count as read, though only an evaluation runs them: lint looks into them."""
    for criterion in criteria:
        if criterion.python is not None:
            with suppress(SourceError):  # outside of the project: lint says so
                source.exists(normalize_path(path.parent / criterion.python[0]))


_NOTHING: Loaded[Any] = Loaded(None, frozenset(), frozenset(), None)


def fingerprint(source: Source, path: PurePosixPath) -> bytes | None:
    """Equal for equal contents; None when there is no such file."""
    try:
        return sha256(source.read(path)).digest()
    except SourceError as exc:
        return str(exc).encode("utf-8", "replace") if source.exists(path) else None
