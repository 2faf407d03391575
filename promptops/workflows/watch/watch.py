"""What a saved file means: which prompts it concerns, what lint says, and what the model would now receive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from promptops.errors import EvalError, PromptopsError
from promptops.evals.registry import KINDS
from promptops.lint.engine.project_files import ENVIRONMENTS, UNREADABLE, CachedSource, kind_of, open_project
from promptops.lint.engine.runner import Report, lint
from promptops.model.edit import SettingDifference
from promptops.model.outcomes.preview import Preview
from promptops.model.prompt import Prompt
from promptops.source.checkout import Checkout
from promptops.source.files.globs import SKIPPED_FOLDERS, matches
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.project import at_commits
from promptops.templating.closure import Closure
from promptops.templating.render import Renderer
from promptops.workflows.diff.rendered_cases import as_pairs, unrendered_messages
from promptops.workflows.versions.prompt_versions import ResolvedPrompt
from promptops.workflows.versions.settings_diff import compare_settings
from promptops.workflows.watch.dependency_graph import DependencyGraph
from promptops.workflows.workspace import Workspace

MOST_PREVIEWS = 3
MOST_AT_ONCE = 20
"""More files than these (a branch was switched) are looked at after the first answer."""

FileEvent = Literal["saved", "new", "deleted", "renamed"]


class SavedFile(NamedTuple):
    """What happened to a file; `was` is its former path where it was renamed."""

    path: PurePosixPath
    what: FileEvent
    was: PurePosixPath | None = None


class SaveReport(NamedTuple):
    """The answer to a save. `concerned` counts prompts; of `others`, lint has not been asked yet."""

    changes: tuple[SavedFile, ...]
    report: Report
    previews: tuple[Preview, ...]
    concerned: int
    others: tuple[PurePosixPath, ...]


class Watch:
    """A project on disk, and how it was after the last save. `names`: the prompts that matter, all if there are none.

    `case` is the case to show where a prompt has it. Raises PromptopsError for a prompt or a case that is not there.
    """

    def __init__(self, workspace: Workspace, names: Sequence[str] = (), case: str | None = None) -> None:
        self._root = workspace.root
        self._versions = at_commits(self._root, KINDS)
        self._case = case
        self._shown: dict[PurePosixPath, Preview] = {}
        source = CachedSource(Checkout(self._root))
        project = open_project(source, KINDS)
        only = frozenset(project.path_of(name) for name in names) if names else None
        self._graph = DependencyGraph.of(source, project.config, only)
        if case is not None and not any(self._has(case, path) for path in self._graph.prompts):
            hint = "its name stands in the suite's testData, or: promptops render PROMPT --case ID"
            raise EvalError(f"no prompt that is watched has a case '{case}'", hint=hint)
        for path in [*self._graph.prompts][:1]:  # what is imported on first use is imported now
            self._preview(self._graph, self._graph, path)
            self.lint([path])

    def _has(self, case: str, path: PurePosixPath) -> bool:
        return any(one.id == case for _, one in self._graph.cases(path))

    @property
    def prompts(self) -> int:
        """How many prompts are watched."""
        return len(self._graph.prompts)

    @property
    def suites(self) -> int:
        """How many suites test them."""
        tests = self._graph.suites_of
        return sum(len(tests.get(path, ())) for path in self._graph.prompts)

    def may_concern(self, path: PurePosixPath) -> bool:
        """Whether a save of this file may be worth an answer."""
        if path in self._graph.fingerprints or path == CONFIG_FILE:
            return True
        if SKIPPED_FOLDERS.intersection(path.parts):
            return False
        paths = self._graph.config.paths
        globs = (*paths.prompts, *paths.evals, f"{ENVIRONMENTS}/*") if kind_of(path) else ()
        named = (glob for suite in self._graph.suites.values() for glob in suite.globs)
        return any(matches(path, glob) for glob in (*globs, *named))

    def saved(self, paths: Iterable[PurePosixPath]) -> SaveReport | None:
        """What these files now mean; None when nothing that is watched has changed. A folder means all it held."""
        source = CachedSource(Checkout(self._root))
        old = self._graph
        candidates = {file for path in paths for file in self._files(source, path) if self.may_concern(file)}
        new = old.updated(source, candidates)
        changed = {path for path in candidates if new.fingerprints[path] != old.fingerprints.get(path)}
        if CONFIG_FILE in changed:
            config = open_project(source, KINDS).config
            if config is not UNREADABLE and config.paths != old.config.paths:
                new = DependencyGraph.of(source, config, old.only)
        self._graph = new
        suites, prompts = _affected(old, new)
        if old.only is not None:
            about = old.reads | new.reads
            changed &= about
            suites = [path for path in suites if path in about]
        if not changed:
            return None
        prompts.sort(key=lambda path: (path not in changed, path))
        changes = _changes(old, new, changed)
        first = [change.path for change in changes[:MOST_AT_ONCE] if change.what != "deleted"]
        first += [*suites[:MOST_PREVIEWS], *prompts[:MOST_PREVIEWS]]
        everything = dict.fromkeys([*(c.path for c in changes if c.what != "deleted"), *suites, *prompts])
        return SaveReport(
            tuple(changes),
            self.lint(path for path in dict.fromkeys(first) if kind_of(path)),
            tuple(self._preview(old, new, path) for path in prompts[:MOST_PREVIEWS]),
            len(prompts),
            tuple(path for path in everything if path not in set(first) and kind_of(path)),
        )

    def lint(self, paths: Iterable[PurePosixPath]) -> Report:
        """What lint says of these files as they are now."""
        return lint(open_project(Checkout(self._root), KINDS), paths, "files", self._versions)

    def _files(self, source: CachedSource, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """The file, or all that is or was below the folder."""
        yield path
        if path not in self._graph.fingerprints and kind_of(path) is None:
            yield from source.list(f"{path}/**")
            yield from (held for held in self._graph.fingerprints if path in held.parents)

    def _preview(self, old: DependencyGraph, new: DependencyGraph, path: PurePosixPath) -> Preview:
        """One prompt filled with its chosen case, as it is now and as it was last shown, or else before this save."""
        kept, before = new.closures[path], old.closures[path].last_good if path in old.closures else None
        name = new.names[path]
        if kept.error is not None or kept.last_good is None:
            return Preview(name, problem=str(kept.error))
        besides = _settings_differences(before.prompt, kept.last_good.prompt) if before is not None else ()
        cases = new.cases(path)
        wanted = [pair for pair in cases if pair[1].id == self._case] or [p for p in cases if not p[1].held_out]
        if not wanted:
            return _unrendered_preview(name, before, kept.last_good, held_out=bool(cases))._replace(differences=besides)
        suite, case = wanted[0]
        found = Preview(name, case.id, suite, differences=besides)
        try:
            found = found._replace(after=as_pairs(Renderer(kept.last_good).render_case(case)))
        except PromptopsError as exc:
            return found._replace(problem=str(exc))
        last = self._shown.get(path)
        if last is not None and (last.suite, last.case) == (suite, case.id):
            found = found._replace(before=last.after)
        elif before is not None:
            was = next((one for where, one in old.cases(path) if (where, one.id) == (suite, case.id)), None)
            with suppress(PromptopsError):
                found = found._replace(before=as_pairs(Renderer(before).render_case(was)) if was is not None else None)
        self._shown[path] = found
        return found


def _affected(old: DependencyGraph, new: DependencyGraph) -> tuple[list[PurePosixPath], list[PurePosixPath]]:
    """The suites and the prompts that were loaded anew or came, and whatever hangs on those that did or went."""
    suites = [path for path, kept in new.suites.items() if old.suites.get(path) is not kept]
    gone = [path for path in old.suites if path not in new.suites]
    prompts = {path for path, kept in new.closures.items() if old.closures.get(path) is not kept}
    affected = {*suites, *gone}
    for tests in (old.suites_of, new.suites_of):
        prompts |= {prompt for prompt, found in tests.items() if not affected.isdisjoint(found)}
    for path in old.prompts:
        if path not in new.prompts:
            suites += [suite for suite in new.suites if suite in old.suites_of.get(path, ())]
    return suites, [path for path in prompts if path in new.prompts]


def _changes(old: DependencyGraph, new: DependencyGraph, changed: Iterable[PurePosixPath]) -> list[SavedFile]:
    """What happened to each file, sorted by path; one that went while an equal one came was renamed."""
    ordered = sorted(changed)
    gone = {old.fingerprints[path]: path for path in ordered if new.fingerprints[path] is None}
    found = []
    moved = set()
    for path in ordered:
        if new.fingerprints[path] is None:
            continue
        is_new = old.fingerprints.get(path) is None
        was = gone.pop(new.fingerprints[path], None) if is_new else None
        moved.add(was)
        found.append(SavedFile(path, "renamed" if was else "new" if is_new else "saved", was))
    found += [SavedFile(path, "deleted") for path in ordered if new.fingerprints[path] is None and path not in moved]
    return sorted(found, key=lambda change: change.path)


def _unrendered_preview(name: str, before: Closure | None, after: Closure, *, held_out: bool) -> Preview:
    sides = unrendered_messages(*(ResolvedPrompt(closure, "", "") for closure in (before or after, after)))
    why: Literal["held out", "no cases"] = "held out" if held_out else "no cases"
    return Preview(name, before=sides[0] if before is not None else None, after=sides[1], written=why)


def _settings_differences(before: Prompt, after: Prompt) -> tuple[SettingDifference, ...]:
    model = () if before.model == after.model else (SettingDifference("model", before.model, after.model),)
    return (*model, *compare_settings(before, after))
