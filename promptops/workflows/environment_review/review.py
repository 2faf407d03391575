"""A change of environments, reviewed: what a model will receive, how it did, who let it in, what speaks against it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.evals.registry import KINDS
from promptops.model.environment import Environment, Pin, served_versions
from promptops.model.outcomes.check import CheckProblem, ComparisonBase
from promptops.model.outcomes.environment_review import EnvironmentReview, EnvironmentStatus, PinObjection, ReviewedPin
from promptops.model.outcomes.pin_change import PinChange, PinnedVersion, version_named_by
from promptops.pins.commit_sealing import CommitSealer
from promptops.pins.forced_reasons import forced_reasons
from promptops.pins.pin_history import pin_history
from promptops.pins.yaml_format import FORCED
from promptops.source.checkout import Checkout
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.git.writer import GitSettings
from promptops.source.project import Project
from promptops.source.source import MAX_FILE_BYTES, read_text
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.templating.renderer_protocol import MakeRenderer
from promptops.workflows.environment_review.approved_versions import ApprovedVersions
from promptops.workflows.environment_review.changed_environments import (
    ChangedEnvironment,
    changed_environments,
    pins_of,
)
from promptops.workflows.environment_review.pin_steps import pin_steps
from promptops.workflows.notes.evaluation_policy import demands_evaluation
from promptops.workflows.notes.fetched_notes import fetch_noted_results
from promptops.workflows.pin.evidence import PinEvidence
from promptops.workflows.pin.refusal import lowers_percent, with_refusal
from promptops.workflows.pin.rollback import earlier_states
from promptops.workflows.workspace import Workspace

_MEND = "mend it and evaluate it again; or say why it is served all the same, in the file behind the prompt's name"


class EnvironmentReviews(NamedTuple):
    """Every environment that a change touches, and what could not be found out."""

    environments: tuple[EnvironmentReview, ...] = ()
    problems: tuple[CheckProblem, ...] = ()


def review_environments(
    workspace: Workspace,
    base: ComparisonBase,
    settings: GitSettings | None = None,
    *,
    untrusted: bool = False,
) -> EnvironmentReviews:
    """What the files as they are change in the environments of the base. Never raises a PromptopsError.

    Nothing of the change itself decides: the policy, the suites that count and the branch that must have shown a
    version are the base's. `settings` are git's, for fetching notes. `untrusted`: its templates are a stranger's.
    """
    if base.commit is None:
        return EnvironmentReviews()
    try:
        with closing(Repository(workspace.root)) as repository:
            return _reviewed(_ProposedChange(workspace, repository, base, base.commit, untrusted), settings)
    except PromptopsError as exc:
        why = f"what this changes in environments could not be looked at: {exc}"
        return EnvironmentReviews(problems=(CheckProblem("", why, exc.hint),))


class _ProposedChange(NamedTuple):
    workspace: Workspace
    repository: Repository
    base: ComparisonBase
    commit: str
    untrusted: bool

    @property
    def prefix(self) -> PurePosixPath:
        """The project's folder in the repository."""
        return self.repository.prefix(self.workspace.root)

    def project(self, commit: str) -> Project:
        """The project at a commit (full id)."""
        return Project.commit(self.workspace.root, commit, KINDS, self.repository)


def _reviewed(change: _ProposedChange, settings: GitSettings | None) -> EnvironmentReviews:
    source = Checkout(change.workspace.root)
    old = Commit(change.repository, change.commit, change.prefix)
    changed = list(changed_environments(old, source))
    if not changed:
        return EnvironmentReviews()
    unread = fetch_noted_results(change.repository, settings)
    steps = {one.name: _steps(change, one) for one in changed}
    judged = _judged(change, steps, {one.name: _reasons(source, one.after) for one in changed})
    reviews = tuple(_review(one, judged[one.name]) for one in changed)
    return EnvironmentReviews(reviews, tuple(_unknown(reviews, unread)) if unread else ())


def _steps(change: _ProposedChange, one: ChangedEnvironment) -> list[PinChange]:
    before, after = pins_of(one.before), pins_of(one.after)
    if isinstance(one.after, PromptopsError):
        return []
    found = [name for name in dict.fromkeys([*after, *before]) if _differ(before.get(name), after.get(name))]
    was: Mapping[str, Collection[str]] = {}
    if any(name in before and name in after and before[name].digest != after[name].digest for name in found):
        was = _served_before(change, one, {name: before[name] for name in found if name in before})
    return [step for name in found for step in pin_steps(before.get(name), after.get(name), was.get(name, ()))]


def _differ(before: Pin | None, after: Pin | None) -> bool:
    return (before and before.without_spans()) != (after and after.without_spans())


def _served_before(change: _ProposedChange, one: ChangedEnvironment, now: Mapping[str, Pin]) -> dict[str, set[str]]:
    """Prompt → digests that the environment pinned before what it pins at the base, and did not take back."""
    were: dict[str, list[Pin]] = {name: [] for name in now}
    for changes in pin_history(change.repository, change.prefix / one.path, change.commit):
        for name in were.keys() & changes.after.keys():
            if (pin := changes.after[name]) is not None:
                were[name].append(pin)
    return {
        name: {pin.digest for pin in earlier_states(past, now[name], lambda pin: pin.digest)}
        for name, past in were.items()
    }


def _reasons(source: Checkout, found: Environment | PromptopsError | None) -> dict[str, str]:
    if not isinstance(found, Environment):
        return {}
    return forced_reasons(read_text(source, found.path, MAX_FILE_BYTES), str(found.path))


def _judged(
    change: _ProposedChange, steps: Mapping[str, list[PinChange]], reasons: Mapping[str, Mapping[str, str]]
) -> dict[str, list[ReviewedPin]]:
    every = [step for found in steps.values() for step in found]
    sealer = CommitSealer(change.repository, change.prefix)
    versions = [pin for step in every if (pin := _new_pin(step)) is not None]
    approved = ApprovedVersions(sealer, versions, change.base)
    demanded = demands_evaluation(change.workspace, change.repository, change.commit)
    told = iter(_with_evidence(change, every))
    found: dict[str, list[ReviewedPin]] = {}
    for name, mine in steps.items():
        found[name] = []
        for _ in mine:
            step = next(told)
            reason = reasons[name].get(step.prompt, "")
            one = with_refusal(step, forced=bool(reason), demanded=demanded)
            pin = _new_pin(one)
            objections = (
                *_refused(one),
                *(approved.objections(pin, name) if pin and _is_served_more(one) else ()),
            )
            written = approved.written(pin) if pin is not None else None
            found[name].append(ReviewedPin(one, objections, reason if one.refused else "", written))
    return found


def _with_evidence(change: _ProposedChange, steps: Sequence[PinChange]) -> list[PinChange]:
    """The base's suites count beside those of the change: taking a suite out hides no gate that failed."""
    base = change.project(change.commit)
    here = change.workspace.project()
    evidence = PinEvidence(
        change.workspace, change.repository, cache(change.project), here, _filling(untrusted=change.untrusted)
    )
    compared = [
        evidence.with_first_text(one) if one.kind == "first" else evidence.with_difference(one) for one in steps
    ]
    return evidence.with_results(compared, lambda suite: base.has_suite(suite) or here.has_suite(suite))


def _filling(*, untrusted: bool) -> MakeRenderer:
    if not untrusted:
        return GuardedRenderer
    from promptops.templating.isolated_renderer import TemplateProcess  # 4 ms that other changes need not pay

    return TemplateProcess().renderer


def _new_pin(step: PinChange) -> Pin | None:
    """The version that the step is about, as a pin; None where it takes one away."""
    if step.new is None or step.after is None:
        return None
    return next((pin for pin in served_versions([step.after]) if version_named_by(pin) == step.new), None)


def _is_served_more(step: PinChange) -> bool:
    return step.kind != "ended" and not lowers_percent(step)


def _refused(step: PinChange) -> Iterator[PinObjection]:
    if step.refused and not step.forced:
        yield PinObjection(step.refused, f"{_MEND}: # {FORCED}TEXT")


def _review(one: ChangedEnvironment, pins: Sequence[ReviewedPin]) -> EnvironmentReview:
    if isinstance(one.after, PromptopsError):
        return EnvironmentReview(one.name, one.path, "unreadable", error=str(one.after), hint=one.after.hint)
    status: EnvironmentStatus = "new" if one.before is None else "removed" if one.after is None else "changed"
    notes = ("its file could not be read before",) if isinstance(one.before, PromptopsError) else ()
    return EnvironmentReview(one.name, one.path, status, tuple(pins), notes=notes)


def _unknown(reviews: Sequence[EnvironmentReview], unread: str) -> Iterator[CheckProblem]:
    """Notes that did not come: of which versions nobody can tell then how they did."""
    silent: dict[PinnedVersion, str] = {}
    for review in reviews:
        for one in review.pins:
            step = one.change
            if step.new is not None and step.kind not in ("moved", "ended") and not step.evaluations:
                silent[step.new] = f"{step.prompt} {step.new.commit[:7]}"
    if silent:
        which = ", ".join([*silent.values()][:5])
        yield CheckProblem("", f"{unread}; so nobody can tell how {which} did", "run the check again in a moment")
