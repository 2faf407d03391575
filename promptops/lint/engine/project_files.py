"""The files of a project as rules see them: what each is by its name, and each built once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import AbsentObjectError, PromptopsError, SourceError
from promptops.lint.engine.prefilter import FileKind
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.model.config import Config
from promptops.model.evaluator_kind import Kinds
from promptops.model.finding import Span
from promptops.model.schemas.formats import PROJECT, prompt_schema, suite_schema
from promptops.source.file_names import PROMPT_SUFFIXES, SUITE_SUFFIXES, TEMPLATE_SUFFIXES, rename_hint
from promptops.source.files.globs import matches
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.project import Project
from promptops.source.source import A_FOLDER, MAX_TEXT_BYTES, NO_SUCH_FILE, Source, read_text
from promptops.source.source import UNREADABLE as UNREADABLE_FILE
from promptops.source.yaml.document import NOT_YAML, Document, read_document
from promptops.source.yaml.validate import FormatProblem

CASE_SUFFIXES = (".jsonl", ".csv", ".tsv")
ENVIRONMENTS = "environments"
MAX_CASES_BYTES = 4 * 1024 * 1024
MAX_CASES = 10_000
"""Lint looks into no larger file of cases: a second is all it may take; eval reads them all."""
_MOST_HELD = 256 * 1024
TOO_MUCH = "too much for lint"
"""The code of an error that says so: no fault of the file."""
UNREADABLE = Config()
"""The settings of a project whose promptops.yml is broken: all defaults, and names of models are not looked up."""

EXCLUDED = "left out by promptops.yml (lint: exclude)"
NOT_OURS = "not a prompt, a suite, a template or promptops.yml"


class Skip(NamedTuple):
    """A file that was not looked into, and why."""

    path: PurePosixPath
    reason: str


class CachedSource:
    """A source of which each file is read at most once, so that all rules see the same bytes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held: dict[PurePosixPath, bytes | SourceError] = {}
        self.revision = source.revision
        self.exists = source.exists
        self._listed: dict[str, list[PurePosixPath]] = {}

    def list(self, glob: str) -> list[PurePosixPath]:
        """Files matching the glob, looked up once."""
        if glob not in self._listed:
            self._listed[glob] = self._source.list(glob)
        return self._listed[glob]

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError as the source gave it, and for a file of cases too large for lint."""
        if path not in self._held:
            try:
                data: bytes | SourceError = self._source.read(path)
            except SourceError as exc:
                data = exc
            if isinstance(data, bytes) and (much := _too_much(path, data)):
                data = SourceError(f"{much} at most", where=str(path), hint="eval reads them all", code=TOO_MUCH)
            if isinstance(data, bytes) and len(data) > _MOST_HELD and kind_of(path) is None:
                return data  # a picture of a case: no rule looks at it twice
            self._held[path] = data
        held = self._held[path]
        if isinstance(held, SourceError):
            raise held
        return held


def _too_much(path: PurePosixPath, data: bytes) -> str:
    kind = kind_of(path)
    if kind not in (None, "cases"):
        return ""  # who reads it says how large it may be, and that is a finding
    is_yaml = path.suffix.lower() in (".yml", ".yaml")
    if kind is None and not is_yaml:
        return ""  # a picture of a case, or a schema
    limit = MAX_TEXT_BYTES if is_yaml else MAX_CASES_BYTES
    if len(data) > limit:
        return f"the file is {len(data):,} bytes; lint looks into {limit:,}"
    if path.suffix.lower() in CASE_SUFFIXES and (lines := data.count(b"\n")) > MAX_CASES:
        return f"the file has {lines:,} lines; lint looks into {MAX_CASES:,}"
    return ""


class ProjectFiles:
    """Every file of one project, opened when first asked for."""

    def __init__(self, project: Project, versions: Callable[[str], Project] | None = None) -> None:
        self.project = project
        self.versions = versions
        self.models_known = project.config is not UNREADABLE
        self.templates: dict[PurePosixPath, TextSpan] = {}
        self._held: dict[PurePosixPath, Target | Skip] = {}

    def find(self, path: PurePosixPath) -> Target | None:
        """The file as rules see it; None where it is not looked into."""
        found = self.target(path)
        return found if isinstance(found, Target) else None

    def target(self, path: PurePosixPath) -> Target | Skip:
        """The file as rules see it, or why it is not looked into."""
        if path not in self._held:
            self._held[path] = self._open(path)
        return self._held[path]

    def _open(self, path: PurePosixPath) -> Target | Skip:
        kind, source = kind_of(path), self.project.source
        if kind is None:
            advice = rename_hint(path.name)
            return Skip(path, f"not a prompt by its name; {advice}" if advice else NOT_OURS)
        try:
            source.read(path)
        except AbsentObjectError:  # no run of lint: of a commit that is not here nothing can be said
            raise
        except SourceError as exc:
            if exc.args[0] in (NO_SUCH_FILE, A_FOLDER) or exc.code == TOO_MUCH:
                return Skip(path, str(exc.args[0]))
            return Target(self, path, kind, "", _refused(path, exc, UNREADABLE_FILE))
        if kind not in ("template", "cases"):
            document = _document(self.project, path, kind)
            return Target(self, path, kind, document.text, document)
        try:
            text = read_cases_text(source, path) if kind == "cases" else read_text(source, path)
            return Target(self, path, kind, text, None)
        except SourceError as exc:
            return Target(self, path, kind, "", _refused(path, exc, NOT_YAML))


def _refused(path: PurePosixPath, exc: SourceError, code: str) -> Document:
    """A file that cannot be used, with the reason as the only thing known of it."""
    line = exc.where.removeprefix(f"{path}:").partition(":")[0]
    place = Span.at(int(line) if line.isdigit() else 1, 1)
    return Document(path, "", None, (FormatProblem(exc.code or code, place, str(exc.args[0]), exc.hint),))


def read_cases_text(source: Source, path: PurePosixPath) -> str:
    """A file of cases as its reader sees it: a table may begin with a byte order mark."""
    from promptops.source.formats.case_files import decode_cases  # most runs see no such file

    return decode_cases(source.read(path), path)


def open_project(source: Source, kinds: Kinds) -> Project:
    """The project, even when its promptops.yml is broken: lint is there to say so."""
    held = CachedSource(source)
    try:
        return Project(held, kinds)
    except PromptopsError:
        return Project(held, kinds, UNREADABLE)


def kind_of(path: PurePosixPath) -> FileKind | None:
    """What lint takes a file for; None for files that are not its business."""
    if path.name.endswith(PROMPT_SUFFIXES):
        return "prompt"
    if path.name.endswith(SUITE_SUFFIXES):
        return "suite"
    if path == CONFIG_FILE:
        return "project"
    if path.suffix in TEMPLATE_SUFFIXES:
        return "template"
    if path.suffix.lower() in CASE_SUFFIXES:
        return "cases"
    return "environment" if path.parts[:1] == (ENVIRONMENTS,) and path.suffix in (".yml", ".yaml") else None


def all_paths(project: Project) -> list[PurePosixPath]:
    """Every file of the project that lint looks at."""
    paths, source = project.config.paths, project.source
    globs = (*paths.prompts, *paths.evals, f"{ENVIRONMENTS}/*")
    found = {path for glob in globs for path in source.list(glob) if kind_of(path)}
    if source.exists(CONFIG_FILE):
        found.add(CONFIG_FILE)
    return sorted(found)


def is_part(path: PurePosixPath, config: Config) -> bool:
    """Whether a file with this name belongs to the project: by the folders of its settings, whoever reads it."""
    if path == CONFIG_FILE or path.parts[:1] == (ENVIRONMENTS,):
        return True
    paths = config.paths
    if any(folder and path.is_relative_to(folder) for folder in (*paths.prompt_folders, *paths.eval_folders)):
        return True
    return kind_of(path) is not None and any(matches(path, glob) for glob in (*paths.prompts, *paths.evals))


def _document(project: Project, path: PurePosixPath, kind: FileKind) -> Document:
    source, kinds = project.source, project.kinds
    if kind == "environment":
        from promptops.source.formats.environments import read_environment

        return read_environment(source, path)
    schema = prompt_schema(kinds) if kind == "prompt" else suite_schema(kinds) if kind == "suite" else PROJECT
    return read_document(source, path, schema)
