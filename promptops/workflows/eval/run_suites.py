"""The suites of a command side by side: one event loop, one set of limits, one budget, results in the given order."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from promptops.errors import PromptopsError, StoreError
from promptops.evals.engine.runner import ProgressListener, RunProgress
from promptops.evals.engine.spending_limit import SpendingLimit
from promptops.evals.plan import Plan
from promptops.model.results import Results
from promptops.providers.cassette import RECORDED
from promptops.providers.endpoint_key import EndpointKey, model_key
from promptops.workflows.eval.suite_session import SuiteRun, SuiteSession
from promptops.workflows.workspace import Workspace

MOST_OPEN = 100
"""So many suites are open at the same time at the most: each has a file open, and its replies in memory."""
_AHEAD = 2.0
"""For each call that a model takes at once so many replies are still to get, else another suite is opened."""
_RECORDED_AT_ONCE = 50
_Ended = TypeVar("_Ended")


def run_suites(
    workspace: Workspace,
    suites: list[SuiteRun],
    *,
    finish: Callable[[SuiteRun, Results], _Ended],
    tell: Callable[[SuiteRun, _Ended | PromptopsError], None],
    max_cost: float | None = None,
    version: str = "",
    watch: ProgressListener = lambda progress: None,
) -> None:
    """Evaluate all suites. As many are open at a time as it takes to keep their models busy, the first ones first.

    `finish` is given a suite's results, in another thread, when it ends; `tell` what became of it, in the suites'
    order, so a later one waits for its turn. `watch` is told of the progress of all. `max_cost` is in US dollars and
    holds for all of them. Suites are taken out of the list as they end.

    Raises StoreError where results or replies cannot be kept, once the suites that are open have ended: a full disk is
    no suite's flaw, and the next one would be paid for and lost as well.
    """
    side_by_side = _SideBySide(suites, finish, tell, _CommandProgress(suites, watch), max_cost)

    async def run() -> None:
        async with SuiteSession(workspace, version) as session:
            await side_by_side.run(session)

    asyncio.run(run())


class _SideBySide(Generic[_Ended]):
    def __init__(
        self,
        suites: list[SuiteRun],
        finish: Callable[[SuiteRun, Results], _Ended],
        tell: Callable[[SuiteRun, _Ended | PromptopsError], None],
        progress: _CommandProgress,
        max_cost: float | None,
    ) -> None:
        self._suites: dict[int, SuiteRun] = dict(enumerate(suites))
        suites.clear()
        self._finish, self._tell, self._progress, self._max_cost = finish, tell, progress, max_cost
        self._budget = None if max_cost is None else SpendingLimit(max_cost)
        self._waiting = list(self._suites)
        self._open: dict[int, asyncio.Task[None]] = {}
        self._ended: dict[int, _Ended | PromptopsError] = {}
        self._room = asyncio.Event()
        self._failure: BaseException | None = None

    async def run(self, session: SuiteSession) -> None:
        demand = _Demand(session, self._suites)
        try:
            while self._open or (self._waiting and self._failure is None):
                self._open_more(session, demand)
                await self._room.wait()
                self._room.clear()
                self._tell_in_order()
        finally:
            for task in self._open.values():
                task.cancel()
            await asyncio.gather(*self._open.values(), return_exceptions=True)
            self._tell_in_order(skip=True)
        if self._failure is not None:
            raise self._failure

    def _open_more(self, session: SuiteSession, demand: _Demand) -> None:
        for place in list(self._waiting):
            if self._failure is not None or len(self._open) >= MOST_OPEN:
                return
            if demand.has_room_for(place):
                self._waiting.remove(place)
                demand.begin(place)
                self._open[place] = asyncio.create_task(self._evaluate(session, demand, place))

    async def _evaluate(self, session: SuiteSession, demand: _Demand, place: int) -> None:
        suite = self._suites[place]

        def watch(progress: RunProgress) -> None:
            demand.done(place, progress.done)
            if self._waiting and demand.has_room:
                self._room.set()
            self._progress.tell(place, progress)

        try:
            results = await session.evaluate(suite, self._budgets(suite), watch, place)
            self._ended[place] = await session.in_thread(lambda: self._finish(suite, results))
        except StoreError as exc:
            self._fail(session, exc)
        except PromptopsError as exc:
            self._ended[place] = exc
        except Exception as exc:  # an error of ours: nobody should pay for the rest
            self._fail(session, exc)
        finally:
            del self._open[place]
            demand.end(place)
            self._progress.end(place)
            self._room.set()

    def _fail(self, session: SuiteSession, exc: Exception) -> None:
        self._failure = self._failure or exc
        session.stop(str(exc))

    def _budgets(self, suite: SuiteRun) -> Sequence[SpendingLimit]:
        """The command's, and the suite's own where that is another, or less."""
        own, most = suite.prepared.max_cost, self._max_cost
        limits = [self._budget] if self._budget is not None else []
        return [SpendingLimit(own), *limits] if own is not None and (most is None or own < most) else limits

    def _tell_in_order(self, *, skip: bool = False) -> None:
        """Tell what ended, up to the first suite that did not; `skip`: also what comes after that."""
        for place in list(self._suites):
            if place in self._ended:
                self._tell(self._suites.pop(place), self._ended.pop(place))
            elif not skip:
                return


class _Demand:
    """How many replies open suites still have to get from each model, so that none has less to do than it can."""

    def __init__(self, session: SuiteSession, suites: Mapping[int, SuiteRun]) -> None:
        self._shares = {place: _shares(suite.prepared.plan) for place, suite in suites.items()}
        self._capacity: dict[EndpointKey, float] = {(RECORDED,): _RECORDED_AT_ONCE}
        for plan in (suite.prepared.plan for suite in suites.values()):
            # Of the base a model may be another one, though its alias is the same.
            for target in (*plan.targets.values(), *(planned.target for planned in plan.planned_arms)):
                limit = session.endpoints.limit(target.spec)  # each is known before the first call: the stricter counts
                self._capacity[model_key(target.spec)] = _AHEAD * limit.slots.width
        self._left: defaultdict[EndpointKey, float] = defaultdict(float)
        self._done: dict[int, int] = {}

    @property
    def has_room(self) -> bool:
        """Whether some model that a suite was opened for will soon have nothing to do."""
        return any(self._left[key] < self._capacity[key] for key in self._left)

    def has_room_for(self, place: int) -> bool:
        """Whether this suite gives work to a model that will soon have none."""
        return any(self._left[key] < self._capacity[key] for key in self._shares[place])

    def begin(self, place: int) -> None:
        """The suite is opened."""
        self._done[place] = 0
        for key, share in self._shares[place].items():
            self._left[key] += share

    def done(self, place: int, units: int) -> None:
        """So many of the suite's units are done by now."""
        self._take(place, units - self._done[place])
        self._done[place] = units

    def end(self, place: int) -> None:
        """The suite has ended, however far it came."""
        size = sum(self._shares[place].values())
        self._take(place, size - self._done.pop(place))

    def _take(self, place: int, units: int) -> None:
        shares = self._shares[place]
        size = sum(shares.values())
        for key, share in shares.items():
            self._left[key] -= units * share / size  # which model answered is not told


def _shares(plan: Plan) -> Counter[EndpointKey]:
    """Model → how many replies the plan asks of it, at the most."""
    shares: Counter[EndpointKey] = Counter()
    for planned in plan.planned_arms:
        recorded = planned.target.fingerprint.startswith(RECORDED)
        key = (RECORDED,) if recorded else model_key(planned.target.spec)
        shares[key] += plan.trials * len(plan.suite.cases)
    return shares


class _CommandProgress:
    """The progress of all suites as that of one run."""

    def __init__(self, suites: Sequence[SuiteRun], watch: ProgressListener) -> None:
        sizes = [suite.prepared.plan.size for suite in suites]
        self._told = {place: RunProgress(0, size, 0.0, 0, 0) for place, size in enumerate(sizes)}
        self._all = RunProgress(0, sum(sizes), 0.0, 0, 0)
        self._watch = watch

    def tell(self, place: int, progress: RunProgress) -> None:
        """A suite came so far."""
        self._add(place, progress)
        self._watch(replace(self._all, failure=progress.failure))

    def end(self, place: int) -> None:
        """A suite has ended; nothing more of it is to come, whether or not all was asked."""
        last = self._told[place]
        self._add(place, replace(last, done=last.total))

    def _add(self, place: int, now: RunProgress) -> None:
        all_, was = self._all, self._told[place]
        self._told[place] = now
        self._all = RunProgress(
            all_.done + now.done - was.done,
            all_.total + now.total - was.total,
            all_.cost + now.cost - was.cost,
            all_.errors + now.errors - was.errors,
            all_.cached + now.cached - was.cached,
        )
