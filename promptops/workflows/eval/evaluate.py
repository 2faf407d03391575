"""From names of suites to results: plan every run, then carry it out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Container, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from promptops.errors import EvalError, PromptopsError, UnknownNameError
from promptops.evals.arms import PromptAtRevision
from promptops.evals.engine.budget import CallTally
from promptops.evals.engine.dispatch import Dispatcher
from promptops.evals.engine.endpoint_health import EndpointHealth
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.runner import ProgressListener, RunOutcome, run
from promptops.evals.plan import Plan, make_plan
from promptops.evals.results_builder import make_results
from promptops.evals.suite_check import check_suite
from promptops.model.prompt import Prompt
from promptops.model.results import Results
from promptops.model.revision import Revision
from promptops.model.schemas.formats import prompt_schema
from promptops.model.suite import Suite
from promptops.providers.cassette import RECORDED, CassetteProvider
from promptops.providers.prices import reply_cost
from promptops.source.project import Project
from promptops.source.yaml.document import read_document
from promptops.source.yaml.validate import UNKNOWN_KEY
from promptops.store.journal import Journal
from promptops.templating.closure import make_closure
from promptops.templating.render import Renderer
from promptops.workflows.eval.asked_again import keys_asked_again
from promptops.workflows.eval.cassette import write_replies
from promptops.workflows.eval.cost_estimate import budget_note
from promptops.workflows.eval.fork_policy import ForkPolicy, open_fork
from promptops.workflows.eval.interrupted_runs import make_room, open_cache, resume_journal, save_unsaved_replies
from promptops.workflows.eval.model_targets import (
    base_cassette,
    base_target,
    head_cassette,
    provider_factory,
    target_of,
)
from promptops.workflows.eval.run_paths import JOURNAL
from promptops.workflows.eval.scoring_inputs import read_scoring, suite_changed
from promptops.workflows.versions.base_head import read_base, read_head
from promptops.workflows.versions.rename_detection import FormerNames
from promptops.workflows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class EvalChoice:
    """What to evaluate. Empty `suites` means all; `base` a revision; `changed` only what differs from the base.

    `exact`: the base is compared with as it is, not where the work left it; a shallow clone may not know where.
    `untrusted`: the change comes from a fork; see promptops.workflows.eval.fork_policy. `fresh`: no known reply is
    used; `retry_errors`: none that led to an error in the suite's last run.
    """

    suites: tuple[str, ...] = ()
    base: str | None = None
    changed: bool = False
    at: str | None = None
    models: tuple[str, ...] = ()
    trials: int | None = None
    max_cost: float | None = None
    record: bool = False
    exact: bool = False
    untrusted: bool = False
    fresh: bool = False
    retry_errors: bool = False


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A plan and what its run needs besides: cassettes by fingerprint, if the suite has one and it is not to be
    recorded anew (then `record_to` says where), the budget and what is spent of it (US dollars), and the reply keys
    that are asked again though they are known."""

    plan: Plan
    replies: Mapping[str, CassetteProvider]
    record_to: Path | None
    max_cost: float | None
    suite_changed: bool = False
    asked_again: Container[str] = ()
    spent_before: float = 0.0

    @property
    def unchanged(self) -> bool:
        """Whether base and head are the same to every model and no case is new, so that there is nothing to ask."""
        if self.suite_changed:
            return False
        digests: dict[str, set[str]] = {}
        for arm in self.plan.arms:
            digests.setdefault(arm.model, set()).add(arm.evaluation_digest)
        has_base = any(arm.side == "base" for arm in self.plan.arms)
        return has_base and all(len(found) == 1 for found in digests.values())

    def within(self, max_cost: float | None, spent: float) -> PreparedRun:
        """Held to a budget for several suites together, of which so much is spent, or to its own where less is left."""
        if max_cost is None or (self.max_cost is not None and self.max_cost < max_cost - spent):
            return self
        return replace(self, max_cost=max_cost, spent_before=spent)


def prepare(workspace: Workspace, choice: EvalChoice) -> list[PreparedRun]:
    """Plans for the chosen suites, in their order. Reads every file once; calls no model."""
    prepared = []
    for _, one in prepare_each(workspace, choice):
        if isinstance(one, PromptopsError):
            raise one
        prepared.append(one)
    return prepared


def prepare_each(workspace: Workspace, choice: EvalChoice) -> Iterator[tuple[str, PreparedRun | PromptopsError]]:
    """Each chosen suite with its plan, or with why it has none: one that is broken hides no other.

    PromptopsError for what concerns all of them.
    """
    if choice.record and choice.at:
        raise EvalError("--record writes beside the suite of the work tree", hint="leave out --at")
    if choice.record and choice.untrusted:
        raise EvalError("a fork's replies are not recorded", hint="leave out --record or --untrusted")
    head, revision = read_head(workspace, choice.at)
    base: Project | None = None
    notes: tuple[str, ...] = ()
    if choice.base is not None or choice.changed:
        base, notes = read_base(workspace, choice.base, choice.at, exact=choice.exact)
    fork = open_fork(workspace, base) if choice.untrusted else None
    if fork is not None:
        head = fork.with_base_settings(head)
    for model in choice.models:
        workspace.model(head, model)  # one that is not known is no suite's flaw
    names = choice.suites or tuple(head.all_suites())
    if not names and choice.changed:
        return
    if not names:
        raise EvalError("there is no suite here", hint="write one in evals/, or begin with `promptops init`")
    former = None if base is None else FormerNames(workspace, base, head)
    for name in names:
        try:
            one = _prepare_suite(workspace, choice, head, revision, head.suite(name), notes, former, fork)
        except PromptopsError as exc:
            yield name, exc
            continue
        if not (choice.changed and one.unchanged):
            yield name, one


def execute(
    workspace: Workspace,
    prepared: PreparedRun,
    out: Path,
    *,
    resume: bool = False,
    command: str = "",
    version: str = "",
    watch: ProgressListener | None = None,
    health: EndpointHealth | None = None,
) -> Results:
    """Carry a plan out. The journal in `out` is written as it goes; with `resume` it is gone on with.

    Replies that runs before wrote down and did not bring into the cache come there first. `health` is what the command
    knows of its endpoints: one that answers no suite is asked for no further one.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    plan = prepared.plan
    if prepared.unchanged:
        outcome = RunOutcome((), CallTally(), 0)
        results = make_results(plan, outcome, started=started, duration=0.0, command=command, version=version)
        same = tuple(replace(comparison, overall="unchanged") for comparison in results.comparisons)
        return replace(results, comparisons=same, gates=())  # nothing changed, so nothing is to be proven
    path = out / JOURNAL
    resumed = resume_journal(path, plan) if resume else {}
    if not resume:
        make_room(workspace, path)
    with (
        closing(Journal(path, plan.digest, anew=not resume)) as journal,
        closing(open_cache(workspace)) as cache,
    ):
        save_unsaved_replies(workspace, cache)
        replies = KnownReplies(cache, journal, resumed, asked_again=prepared.asked_again)
        models = provider_factory(workspace, prepared.replies)
        dispatcher = Dispatcher(
            models, reply_cost, replies, max_cost=prepared.max_cost, spent_before=prepared.spent_before, health=health
        )
        outcome = asyncio.run(run(plan, dispatcher, watch))
    took = time.perf_counter() - clock
    made = make_results(plan, outcome, started=started, duration=took, command=command, version=version)
    if prepared.record_to and not outcome.stopped:
        if failed := [one.error for one in outcome.samples if one.error]:
            raise EvalError(f"nothing was recorded: {len(failed)} of {len(outcome.samples)} calls failed: {failed[0]}")
        write_replies(plan, replies, prepared.record_to)
    return replace(made, notes=(*made.notes, *replies.notes))


def run_case(workspace: Workspace, suite: str, case: str, max_cost: float | None = None) -> Results:
    """One case alone, as while a prompt is written: the reply of the suite's first model and its scores.

    Raises PromptopsError for what keeps it from being asked; a call that fails is in the results.
    """
    (prepared,) = prepare(workspace, EvalChoice((suite,), trials=1, max_cost=max_cost))
    plan = prepared.plan.narrowed(case)
    if not plan.suite.cases:
        raise EvalError(f"the suite '{suite}' has no case '{case}' any more")
    with TemporaryDirectory(prefix="promptops-") as folder:  # the cache keeps the reply, nobody reads the journal
        return execute(workspace, replace(prepared, plan=plan), Path(folder), command="promptops watch --eval")


def _prepare_suite(
    workspace: Workspace,
    choice: EvalChoice,
    head: Project,
    revision: Revision,
    suite: Suite,
    notes: tuple[str, ...],
    former: FormerNames | None,
    fork: ForkPolicy | None,
) -> PreparedRun:
    """One suite's plan; `former` knows the base, where there is one."""
    try:
        prompt = head.prompt(suite.prompt)
    except UnknownNameError as exc:
        raise EvalError(str(exc), hint=exc.hint) from None
    scoring = read_scoring(workspace, head, suite)
    cassette, record_to = head_cassette(workspace, head, suite, record=choice.record)
    names = dict.fromkeys(choice.models or suite.models or (prompt.model,))
    targets = [target_of(workspace, head, name, cassette) for name in names]
    base_version, base_targets, cassettes, changed = None, targets, [cassette], False
    if former is not None:
        base = former.base
        base_version, said = _base_version(former, suite.prompt)
        changed = suite_changed(workspace, base, suite, scoring, former.suite(suite.id))
        notes = (*notes, *said)
        if base_version is not None:
            old_cassette = None if choice.record else base_cassette(base, suite, cassette)
            cassettes.append(old_cassette)
            own = () if choice.models or suite.models else (base_version.closure.prompt.model,)
            pairs = zip(own or [target.spec.alias for target in targets], targets, strict=True)
            base_targets = [base_target(workspace, base, name, target, old_cassette) for name, target in pairs]
            if changed:
                notes = (*notes, "the suite itself changed; its new cases and criteria judge both versions")
    notes = (*notes, *_unknown_keys(head, prompt))
    if fork is not None:
        scoring, said = fork.with_base_checks(scoring, suite)
        notes = (*notes, *said)
    budgets = (choice.max_cost, suite.budget.max_cost, head.config.budget.max_cost)
    limits = [limit for limit in budgets if limit is not None]
    # A fork may spend less than the base allows, never more.
    max_cost = next(iter(limits), None) if fork is None else min(limits, default=None)
    called = (*targets, *(base_targets if base_version is not None else ()), *scoring.judges.values())
    notes = (*notes, *filter(None, [budget_note(max_cost, called)]))
    plan = make_plan(
        suite,
        PromptAtRevision("head", make_closure(head.source, prompt, head.template_folder), revision),
        base_version,
        targets,
        scoring,
        base_models=base_targets,
        trials=choice.trials,
        notes=notes,
        filling=fork.filling if fork is not None else Renderer,
    )
    check_suite(plan)
    if fork is not None:
        fork.check_models(plan)
    replies = {RECORDED + found.digest: found for found in cassettes if found is not None}
    again = keys_asked_again(workspace, suite.id, fresh=choice.fresh, retry_errors=choice.retry_errors)
    return PreparedRun(plan, replies, record_to, max_cost, changed, again)


def _unknown_keys(head: Project, prompt: Prompt) -> Iterator[str]:
    """Misspelt keys: files of other tools may have keys we do not know, but nobody should wonder about a result."""
    for problem in read_document(head.source, prompt.path, prompt_schema(head.kinds)).problems:
        if problem.code == UNKNOWN_KEY and not prompt.plain:
            yield f"{prompt.path}:{problem.span.line}: {problem.message}, so it has no effect"


def _base_version(former: FormerNames, prompt: str) -> tuple[PromptAtRevision | None, tuple[str, ...]]:
    """The prompt as it was, or a word on why there is nothing to compare with."""
    base, name = former.base, former.prompt(prompt)
    label = base.source.revision.label
    if not base.has_prompt(name):
        return None, (f"the prompt is new: {label} does not have it",)
    try:
        closure = make_closure(base.source, base.prompt(name), base.template_folder)
    except PromptopsError as exc:  # who mends a prompt must not be stopped by what was broken
        return None, (f"nothing to compare with: the prompt at {label} cannot be read ({exc})",)
    renamed = () if name == prompt else (f"the prompt was renamed: at {label} it is called '{name}'",)
    return PromptAtRevision("base", closure, base.source.revision), renamed
