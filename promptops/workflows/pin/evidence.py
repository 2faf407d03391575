"""What helps to judge a version that is pinned: its digests, what a model receives of it, how it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from promptops.errors import PinError, PromptopsError
from promptops.model.outcomes.diff import PromptDiff
from promptops.model.outcomes.pin_change import Evaluation, PinChange, PinnedVersion
from promptops.pins.sealing import digests_of, seal_prompt
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.templating.renderer_protocol import MakeRenderer
from promptops.workflows.diff.diff import with_changes
from promptops.workflows.diff.impact import ImpactFinder
from promptops.workflows.notes.last_evaluations import last_evaluations
from promptops.workflows.versions.prompt_versions import ResolvedPrompt, resolve_prompt
from promptops.workflows.versions.template_edit import edited_texts
from promptops.workflows.workspace import Workspace


class PinEvidence:
    """Versions at commits (`at` gives the project at one), tested by the suites of `here`.

    `filling` fills the cases of both versions that are compared.
    """

    def __init__(
        self,
        workspace: Workspace,
        repository: Repository,
        at: Callable[[str], Project],
        here: Project,
        filling: MakeRenderer = GuardedRenderer,
    ) -> None:
        self._workspace = workspace
        self._repository = repository
        self._at = at
        self._impact = ImpactFinder(here, {})
        self._filling = filling

    def digests_at(self, name: str, commit: str) -> tuple[str, ...]:
        """Every digest that the prompt may be known by at a commit, first the one of a new pin. PromptopsError."""
        try:
            return digests_of(seal_prompt(self._at(commit), name))
        except PromptopsError as exc:
            raise PinError(f"at commit {commit[:7]} it cannot be pinned: {exc}", where=name, hint=exc.hint) from exc

    def _known_as(self, name: str, arm: PinnedVersion) -> tuple[str, ...]:
        """The digests by which results may name a pinned version, first its own."""
        try:
            return tuple(dict.fromkeys([arm.digest, *self.digests_at(name, arm.commit)]))
        except PromptopsError:  # it is told where the version is demanded
            return (arm.digest,)

    def with_results(self, changes: Sequence[PinChange], has_suite: Callable[[str], bool]) -> list[PinChange]:
        """The changes with how each new version did in the suites that count, and which suites could evaluate it."""
        known_as = {one.new: self._known_as(one.prompt, one.new) for one in changes if one.new is not None}
        digests = {digest for each in known_as.values() for digest in each}
        found = last_evaluations(self._workspace, digests, self._repository)
        return [
            replace(
                one,
                suites=tuple(suite.id for suite in self._impact.suites(one.prompt)),
                evaluations=()
                if one.new is None
                else tuple(each for each in _first_of_each_suite(known_as[one.new], found) if has_suite(each.suite)),
            )
            for one in changes
        ]

    def with_difference(self, one: PinChange) -> PinChange:
        """The change with what a model receives before and after; a note says why that cannot be shown."""
        if one.old is None or one.new is None or one.old.digest == one.new.digest or one.kind == "share":
            return one
        try:
            old, new = (self._version(one.prompt, arm) for arm in (one.old, one.new))
        except PromptopsError as exc:
            return replace(one, notes=(*one.notes, f"what changes cannot be shown: {exc}"))
        empty = PromptDiff(one.prompt, str(new.prompt.path), "changed", new.prompt.title)
        return replace(one, diff=with_changes(empty, old, new, self._impact.suites(one.prompt), self._filling))

    def with_first_text(self, one: PinChange) -> PinChange:
        """A version that is pinned for the first time, with its text as it is written."""
        if one.new is None:
            return one
        try:
            new = self._version(one.prompt, one.new)
        except PromptopsError as exc:
            return replace(one, notes=(*one.notes, f"what it says cannot be shown: {exc}"))
        edit = edited_texts(None, new.closure)
        diff = PromptDiff(one.prompt, str(new.prompt.path), "new", new.prompt.title, edit=edit)
        return replace(one, diff=diff)

    def _version(self, name: str, arm: PinnedVersion) -> ResolvedPrompt:
        found = resolve_prompt(self._workspace, self._at(arm.commit), name, pinned=arm.digest)
        if isinstance(found, PromptopsError):
            raise found
        return found


def _first_of_each_suite(
    known_as: Iterable[str], found: Mapping[str, tuple[Evaluation, ...]]
) -> tuple[Evaluation, ...]:
    """The evaluations of a version. Under another digest an older version of promptops named the same."""
    told: dict[str, str] = {}
    every = [(digest, each) for digest in known_as for each in found.get(digest, ())]
    return tuple(each for digest, each in every if told.setdefault(each.suite, digest) == digest)
