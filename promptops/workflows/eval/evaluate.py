"""Carrying out a run that was prepared: from its plan to results."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from promptops.errors import EvalError
from promptops.evals.engine.budget import CallTally
from promptops.evals.engine.dispatch import Dispatcher
from promptops.evals.engine.endpoint_health import EndpointHealth
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.runner import ProgressListener, RunOutcome, run
from promptops.evals.results_builder import make_results
from promptops.model.results import Results
from promptops.providers.prices import reply_cost
from promptops.store.journal import Journal
from promptops.workflows.eval.cassette import write_replies
from promptops.workflows.eval.interrupted_runs import make_room, open_cache, resume_journal, save_unsaved_replies
from promptops.workflows.eval.model_targets import provider_factory
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice, PreparedRun
from promptops.workflows.eval.run_paths import JOURNAL, require_run_folder
from promptops.workflows.workspace import Workspace


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
    require_run_folder(workspace, out)
    resumed = resume_journal(path, plan) if resume else {}
    if not resume:
        make_room(workspace, path)
    with (
        closing(Journal(path, plan.digest, anew=not resume, root=workspace.root)) as journal,
        closing(open_cache(workspace)) as cache,
    ):
        save_unsaved_replies(workspace, cache)
        replies = KnownReplies(cache, journal, resumed, asked_again=prepared.asked_again)
        models = provider_factory(workspace, prepared.replies)
        dispatcher = Dispatcher(
            models, reply_cost, replies, max_cost=prepared.max_cost, spent_before=prepared.spent_before, health=health
        )
        outcome = asyncio.run(run(plan, dispatcher, watch, workspace.mask))
    took = time.perf_counter() - clock
    made = make_results(plan, outcome, started=started, duration=took, command=command, version=version)
    if prepared.record_to and not outcome.stopped:
        if failed := [one.error for one in outcome.samples if one.error]:
            raise EvalError(f"nothing was recorded: {len(failed)} of {len(outcome.samples)} calls failed: {failed[0]}")
        write_replies(plan, replies, prepared.record_to, workspace.root)
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
