"""Runs the rules over files; whatever a file holds becomes a finding or a named skip, never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from promptops.errors import SourceError
from promptops.lint.engine.limits import MAX_SEEN, most_listed
from promptops.lint.engine.one_for_many import one_for_equal_cases
from promptops.lint.engine.prefilter import FileKind
from promptops.lint.engine.project_files import (
    EXCLUDED,
    MAX_CASES_BYTES,
    ProjectFiles,
    Skip,
    all_paths,
    kind_of,
    read_cases_text,
)
from promptops.lint.engine.registry import load
from promptops.lint.engine.rule_index import ACROSS_FILES, CODES, OF_ONE_FILE
from promptops.lint.engine.suppressions import UNUSED, SuppressionIndex
from promptops.lint.engine.target import Survey, Target
from promptops.model.config import LintSettings
from promptops.model.finding import START, Finding, Span
from promptops.source.files.globs import matches
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.project import Project
from promptops.source.source import read_text

Scope = Literal["files", "across", "all"]


class Report(NamedTuple):
    """What was found. `checked` counts files by kind; `sources` are the texts findings point into, by path.

    `hidden` are the places in them that must not be shown: secrets and what belongs to people. `inherited` are the
    findings that were there before the change that is looked at: they are no fault of it.
    """

    findings: tuple[Finding, ...]
    checked: Mapping[FileKind, int]
    skipped: tuple[Skip, ...]
    sources: Mapping[PurePosixPath, str]
    paths: frozenset[PurePosixPath]
    hidden: Mapping[PurePosixPath, tuple[Span, ...]] = {}
    inherited: frozenset[Finding] = frozenset()

    @property
    def failed(self) -> bool:
        """Whether there is anything but advice and what was there before."""
        return any(finding.severity != "note" and finding not in self.inherited for finding in self.findings)

    def below(self, folder: PurePosixPath) -> Report:
        """The same, with every path as it is seen from above the project's folder."""
        return self._replace(
            findings=tuple(finding.below(folder) for finding in self.findings),
            skipped=tuple(skip._replace(path=folder / skip.path) for skip in self.skipped),
            sources={folder / path: text for path, text in self.sources.items()},
            paths=frozenset(folder / path for path in self.paths),
            hidden={folder / path: spans for path, spans in self.hidden.items()},
            inherited=frozenset(finding.below(folder) for finding in self.inherited),
        )

    @classmethod
    def together(cls, reports: Sequence[Report]) -> Report:
        """Reports of several projects as one, in the order of the paths."""
        return cls(
            tuple(sorted((one for report in reports for one in report.findings), key=Finding.sort_key)),
            {kind: sum(report.checked[kind] for report in reports) for kind in reports[0].checked},
            tuple(sorted(skip for report in reports for skip in report.skipped)),
            {path: text for report in reports for path, text in report.sources.items()},
            frozenset[PurePosixPath]().union(*(report.paths for report in reports)),
            {path: spans for report in reports for path, spans in report.hidden.items()},
            frozenset[Finding]().union(*(report.inherited for report in reports)),
        )


def lint(
    project: Project,
    paths: Iterable[PurePosixPath] | None = None,
    scope: Scope | None = None,
    versions: Callable[[str], Project] | None = None,
    comments_of: Callable[[PurePosixPath], str] | None = None,
) -> Report:
    """Look at these files (all of the project's when None): prompts, suites, settings, templates, cases, environments.

    `scope`: the rules of single files, those that see all files together (`across`, for which `paths` says nothing),
    or all; by default all where no paths are named. What is found in one file depends on the project but not on the
    other files named, so that chunks of paths give together what one run gives. A template is checked for what it is
    by itself (its braces and its includes); whether its names are inputs is said when a prompt that includes it is
    checked, at the place in the template. A broken promptops.yml is always reported.
    With `comments_of`, a file's earlier text, comments that take a finding on count only where that has them.
    """
    scope = scope or ("all" if paths is None else "files")
    settings = project.config.lint
    files = ProjectFiles(project, versions)
    every = scope == "across" or paths is None
    chosen = dict.fromkeys(all_paths(project) if paths is None or scope == "across" else paths)
    if not files.models_known:
        chosen[CONFIG_FILE] = None
    targets: list[Target] = []
    skipped: list[Skip] = []
    for path in chosen:
        if any(matches(path, glob) for glob in settings.exclude):
            if not every:
                skipped.append(Skip(path, EXCLUDED))
            continue
        target = files.target(path)
        if isinstance(target, Skip):
            skipped.append(target)
        else:
            targets.append(target)
    suppressions = SuppressionIndex(comments_of)
    found: set[Finding] = set()
    if scope != "across":
        for target in targets:
            found |= one_for_equal_cases(target, _in_file(target, suppressions))
    if scope != "files":
        found |= _across(Survey(files, targets), suppressions)
    found |= _unused(targets, suppressions, scope)
    findings = tuple(sorted((_graded(one, settings) for one in found), key=Finding.sort_key))
    checked: dict[FileKind, int] = dict.fromkeys(("prompt", "suite", "template", "project", "cases", "environment"), 0)
    for target in targets:
        checked[target.kind] += 1
    sources = _sources(project, findings)
    hidden: Mapping[PurePosixPath, tuple[Span, ...]] = {}
    if sources:
        from promptops.lint.engine.redaction import redact

        findings, hidden = redact(findings, sources)
    return Report(findings, checked, tuple(sorted(skipped)), sources, frozenset(chosen), hidden)


def _in_file(target: Target, suppressions: SuppressionIndex) -> set[Finding]:
    settings = target.project.config.lint
    kinds = [kind for kind, _ in target.evaluators]
    found: set[Finding] = set()
    for code, (module, prefilter) in OF_ONE_FILE.items():
        if target.kind in prefilter.kinds and prefilter.passes(code, target.text, target.reported, kinds):
            if _severity(settings, code, "error") is None:
                continue
            found |= _uncovered(load(module).check, code, target, suppressions)
    return found


def _uncovered(
    check: Callable[[Target], Iterator[Finding]], code: str, target: Target, suppressions: SuppressionIndex
) -> set[Finding]:
    """What a rule finds and no comment takes on. Where it is not looked at to its end, that is a finding of its own,
    which no comment can hide."""
    most, found = most_listed(check), set[Finding]()
    for number, finding in enumerate(check(target)):
        if len(found) == most or number == MAX_SEEN:
            message = f"only the first {most if len(found) == most else number:,} findings of {code} in this file are "
            message += "listed" if len(found) == most else "looked at"
            hint = "when these are mended, look again"
            found.add(Finding(target.path, START, code, message, hint, finding.severity))
            break
        if not suppressions.cover(target, finding):
            found.add(finding)
    return found


def _across(survey: Survey, suppressions: SuppressionIndex) -> set[Finding]:
    settings = survey.project.config.lint
    found: set[Finding] = set()
    for code, module in ACROSS_FILES.items():
        if _severity(settings, code, "error") is not None:
            found.update(load(module).check(survey))
    places = {finding: survey.files.find(finding.path) for finding in found}
    return {one for one, place in places.items() if place is None or not suppressions.cover(place, one)}


def _unused(targets: list[Target], suppressions: SuppressionIndex, scope: Scope) -> set[Finding]:
    """Comments that take on what is not there. Those of a template are known only once all prompts were looked at."""
    judged = {"files": OF_ONE_FILE.keys(), "across": ACROSS_FILES.keys(), "all": CODES}[scope]
    found: set[Finding] = set()
    for target in targets:
        settings = target.project.config.lint
        if (target.kind == "template" and scope != "all") or _severity(settings, UNUSED, "error") is None:
            continue
        if suppressions.of(target):
            running = {code for code in judged if _severity(settings, code, "error") is not None}
            if target.kind == "suite":  # what the file of cases holds is found when that file is looked at
                running -= {code for code, (_, prefilter) in OF_ONE_FILE.items() if "cases" in prefilter.kinds}
            found.update(suppressions.unused(target, running))
    return found


def _severity(settings: LintSettings, code: str, default: str) -> str | None:
    """How strictly a rule is taken: by its own code, else by its group, else as it is written."""
    severities = settings.severities
    if not severities:
        return default
    return severities.get(code, severities.get(code[:2], default))


def _graded(finding: Finding, settings: LintSettings) -> Finding:
    severity = _severity(settings, finding.code, finding.severity)
    return finding if severity == finding.severity else finding._replace(severity=severity)  # type: ignore[arg-type]


def _sources(project: Project, findings: tuple[Finding, ...]) -> dict[PurePosixPath, str]:
    """The texts that findings point into; those that cannot be shown are left out."""
    texts: dict[PurePosixPath, str] = {}
    for path in {path for one in findings for path in (one.path, *(place.path for place in one.places))}:
        try:
            is_cases = kind_of(path) == "cases"
            texts[path] = (
                read_cases_text(project.source, path) if is_cases else read_text(project.source, path, MAX_CASES_BYTES)
            )
        except SourceError:
            continue
    return texts
