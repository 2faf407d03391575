"""What the suites of one command share while they ask models, and how one of them is carried out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from promptops.errors import EvalError
from promptops.evals.engine.budget import CallTally
from promptops.evals.engine.dispatch import Dispatcher
from promptops.evals.engine.endpoints import Endpoints
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.runner import ProgressListener, RunOutcome, run
from promptops.evals.engine.shared_processes import SharedProcesses
from promptops.evals.engine.shared_replies import SharedReplies
from promptops.evals.engine.spending_limit import SpendingLimit
from promptops.evals.results_builder import make_results
from promptops.model.results import Results
from promptops.providers.prices import reply_cost
from promptops.store.journal import Journal
from promptops.store.reply_cache import ReplyCache
from promptops.workflows.eval.cassette import write_replies
from promptops.workflows.eval.interrupted_runs import make_room, open_cache, resume_journal, save_unsaved_replies
from promptops.workflows.eval.model_targets import provider_factory
from promptops.workflows.eval.prepared_run import PreparedRun
from promptops.workflows.eval.run_paths import JOURNAL, require_run_folder
from promptops.workflows.workspace import Workspace

_Result = TypeVar("_Result")


class SuiteRun(NamedTuple):
    """A prepared run, the folder it writes to, and the command that does the same.

    `resume`: the journal in the folder is gone on with.
    """

    prepared: PreparedRun
    folder: Path
    resume: bool = False
    command: str = ""


class SuiteSession:
    """One event loop's worth of suites: open models with their limits, the cache, and a thread for what takes long.

    An asynchronous context manager; nothing is opened before a suite needs it.
    """

    def __init__(self, workspace: Workspace, version: str) -> None:
        self.workspace, self._version = workspace, version
        self.endpoints = Endpoints(provider_factory(workspace))
        self._cache: ReplyCache | None = None
        self._replies: SharedReplies | None = None
        self._asking: set[Dispatcher] = set()
        self._processes = SharedProcesses()
        self._thread = ThreadPoolExecutor(1, "results")

    async def __aenter__(self) -> SuiteSession:
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._processes.close()
            await self.endpoints.close()
        finally:
            self._thread.shutdown()
            if self._cache is not None:
                self._cache.close()

    async def evaluate(
        self, suite: SuiteRun, budgets: Sequence[SpendingLimit], watch: ProgressListener | None = None, rank: int = 0
    ) -> Results:
        """Carry one plan out. Its journal is written as it goes; of calls that wait the lowest rank goes first."""
        started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
        prepared, plan = suite.prepared, suite.prepared.plan
        if prepared.unchanged:
            outcome = RunOutcome((), CallTally(), 0)
            results = self._results(suite, outcome, started, 0.0)
            same = tuple(replace(comparison, overall="unchanged") for comparison in results.comparisons)
            return replace(results, comparisons=same, gates=())  # nothing changed, so nothing is to be proven
        path = suite.folder / JOURNAL
        require_run_folder(self.workspace, suite.folder)
        resumed = resume_journal(path, plan) if suite.resume else {}
        if not suite.resume:
            make_room(self.workspace, path)
        with closing(Journal(path, plan.digest, anew=not suite.resume, root=self.workspace.root)) as journal:
            shared = self._shared_replies()
            shared.add(resumed)
            replies = KnownReplies(shared, journal, resumed, asked_again=prepared.asked_again)
            outcome = await self._ask(suite, replies, budgets, watch, rank)
        took = time.perf_counter() - clock
        made = await self.in_thread(lambda: self._results(suite, outcome, started, took))
        if prepared.record_to and not outcome.stopped:
            if failed := [one.error for one in outcome.samples if one.error]:
                count = f"{len(failed)} of {len(outcome.samples)}"
                raise EvalError(f"nothing was recorded: {count} calls failed: {failed[0]}")
            write_replies(plan, replies, prepared.record_to, self.workspace.root)
        return replace(made, notes=(*made.notes, *replies.notes))

    async def in_thread(self, work: Callable[[], _Result]) -> _Result:
        """What takes long and asks nobody: meanwhile the replies of other suites are not kept waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def stop(self, why: str) -> None:
        """No suite asks any further."""
        for dispatcher in self._asking:
            dispatcher.stop.set(why)

    async def _ask(
        self,
        suite: SuiteRun,
        replies: KnownReplies,
        budgets: Sequence[SpendingLimit],
        watch: ProgressListener | None,
        rank: int,
    ) -> RunOutcome:
        dispatcher = Dispatcher(
            self.endpoints, reply_cost, replies, budgets=budgets, recorded=suite.prepared.replies, rank=rank
        )
        self._asking.add(dispatcher)
        try:
            return await run(suite.prepared.plan, dispatcher, watch, self.workspace.mask, self._processes)
        finally:
            self._asking.discard(dispatcher)
            if dispatcher.stop.store_failed:  # a full disk is no suite's flaw: others would pay and lose as well
                self.stop(dispatcher.stop.reason)

    def _shared_replies(self) -> SharedReplies:
        """The cache. Replies that runs before wrote down and did not bring there come there first."""
        if self._replies is None:
            self._cache = open_cache(self.workspace)
            save_unsaved_replies(self.workspace, self._cache)
            self._replies = SharedReplies(self._cache)
        return self._replies

    def _results(self, suite: SuiteRun, outcome: RunOutcome, started: str, took: float) -> Results:
        return make_results(
            suite.prepared.plan, outcome, started=started, duration=took, command=suite.command, version=self._version
        )
