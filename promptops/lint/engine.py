"""Runs the rules over files; whatever a file holds becomes a finding or a named skip, never an exception."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError, SourceError
from promptops.lint.base import Kind, Rule, Target
from promptops.lint.registry import RULES
from promptops.model.config import Config
from promptops.model.finding import Finding, Span
from promptops.model.schemas import PROJECT, PROMPT, SUITE
from promptops.source.base import MAX_TEXT_BYTES, Source, read_text
from promptops.source.config import CONFIG_FILE
from promptops.source.documents import NOT_YAML, Document, read_document
from promptops.source.project import Project
from promptops.source.prompts import SUFFIXES as PROMPT_SUFFIXES
from promptops.source.prompts import misnamed
from promptops.source.shape import Problem
from promptops.source.suites import SUFFIXES as SUITE_SUFFIXES

TEMPLATE_SUFFIXES = (".j2", ".jinja", ".jinja2")
UNREADABLE = Config()
"""The settings of a project whose promptops.yml is broken: all defaults, and names of models are not looked up."""

_NOT_OURS = "not a prompt, a suite, a template or promptops.yml"
_SCHEMAS = {"prompt": PROMPT, "suite": SUITE, "project": PROJECT}


class Skip(NamedTuple):
    """A file that was not looked into, and why."""

    path: PurePosixPath
    reason: str


class Report(NamedTuple):
    """What was found. `checked` counts files by kind; `sources` are the texts findings point into, by path."""

    findings: tuple[Finding, ...]
    checked: Mapping[Kind, int]
    skipped: tuple[Skip, ...]
    sources: Mapping[PurePosixPath, str]
    paths: frozenset[PurePosixPath]


class Snapshot:
    """A source of which each file is read at most once, so that all rules see the same bytes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held: dict[PurePosixPath, bytes | SourceError] = {}
        self.revision = source.revision
        self.list = source.list
        self.exists = source.exists

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError as the source gave it."""
        if path not in self._held:
            try:
                data: bytes | SourceError = self._source.read(path)
            except SourceError as exc:
                data = exc
            if isinstance(data, bytes) and len(data) > MAX_TEXT_BYTES:
                return data  # a file of cases: read once, and too large to keep
            self._held[path] = data
        held = self._held[path]
        if isinstance(held, SourceError):
            raise held
        return held


def open_project(source: Source) -> Project:
    """The project, even when its promptops.yml is broken: lint is there to say so."""
    held = Snapshot(source)
    try:
        return Project(held)
    except PromptopsError:
        return Project(held, UNREADABLE)


def kind_of(path: PurePosixPath) -> Kind | None:
    """What lint takes a file for; None for files that are not its business."""
    if path.name.endswith(PROMPT_SUFFIXES):
        return "prompt"
    if path.name.endswith(SUITE_SUFFIXES):
        return "suite"
    if path == CONFIG_FILE:
        return "project"
    return "template" if path.suffix in TEMPLATE_SUFFIXES else None


def all_paths(project: Project) -> list[PurePosixPath]:
    """Every file of the project that lint looks at."""
    paths = project.config.paths
    found = {path for glob in (*paths.prompts, *paths.evals) for path in project.source.list(glob) if kind_of(path)}
    if project.source.exists(CONFIG_FILE):
        found.add(CONFIG_FILE)
    return sorted(found)


def lint(project: Project, paths: Iterable[PurePosixPath] | None = None, rules: tuple[Rule, ...] = RULES) -> Report:
    """Look at these files (all of the project's when None): prompts, suites, promptops.yml and templates.

    What is found in one file depends on the project but not on the other files named, so that chunks of paths give
    together what one run gives. A template is checked for what it is by itself (its braces and its includes); whether
    its names are inputs is said when a prompt that includes it is checked, at the place in the template. A broken
    promptops.yml is always reported.
    """
    chosen = dict.fromkeys(all_paths(project) if paths is None else paths)
    if project.config is UNREADABLE:
        chosen[CONFIG_FILE] = None
    findings: set[Finding] = set()
    checked: dict[Kind, int] = {"prompt": 0, "suite": 0, "template": 0, "project": 0}
    skipped: list[Skip] = []
    sources: dict[PurePosixPath, str] = {}
    for path in chosen:
        target = _target(project, path)
        if isinstance(target, Skip):
            skipped.append(target)
            continue
        checked[target.kind] += 1
        found = {finding for rule in rules for finding in rule.check(target)}
        findings |= found
        texts = {passage.path: "\n".join(passage.rows) for passage in target.templates} if found else {}
        texts[path] = target.text
        sources.update((place, texts[place]) for place in {finding.path for finding in found} if place in texts)
    ordered = tuple(sorted(findings, key=Finding.sort_key))
    return Report(ordered, checked, tuple(sorted(skipped)), sources, frozenset(chosen))


def _target(project: Project, path: PurePosixPath) -> Target | Skip:
    kind = kind_of(path)
    if kind is None:
        advice = misnamed(path.name)
        return Skip(path, f"not a prompt by its name; {advice}" if advice else _NOT_OURS)
    try:
        project.source.read(path)
    except SourceError as exc:
        return Skip(path, str(exc.args[0]))
    models_known = project.config is not UNREADABLE
    if kind != "template":
        document = read_document(project.source, path, _SCHEMAS[kind])
        return Target(project, path, kind, document.text, document, models_known)
    try:
        return Target(project, path, kind, read_text(project.source, path), None, models_known)
    except SourceError as exc:
        line = exc.where.removeprefix(f"{path}:").partition(":")[0]
        place = Span.at(int(line) if line.isdigit() else 1, 1)
        problem = Problem(NOT_YAML, place, str(exc.args[0]), exc.hint)
        return Target(project, path, kind, "", Document(path, "", None, (problem,)), models_known)
