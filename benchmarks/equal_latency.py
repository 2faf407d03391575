"""How often two equal versions are called faster or slower than one another, at a real endpoint on loopback.

    python -m benchmarks.equal_latency [--runs 200] [--cases 20] [--delay-ms 4] [--concurrency 8]

Each run asks a base and a head that differ in a space, which the endpoint does not see. Both ways are tried in turn:
each pair in an order drawn by chance, as the product does it, and base first in each pair. The test of latency alone
is counted, which may err in 5% of the runs; in a suite it has a tenth of that. Exit code 1 where it errs more often, by
the lower end of a 99% interval.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from benchmarks.endpoint import serving
from promptops.evals.arms import ModelTarget, PromptAtRevision
from promptops.evals.engine import runner
from promptops.evals.engine.dispatch import Dispatcher
from promptops.evals.engine.endpoints import Endpoints
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.pair_order import PlacedUnit, in_drawn_order
from promptops.evals.measures import compare_measures
from promptops.evals.plan import Plan, Unit, make_plan
from promptops.evals.registry import KINDS
from promptops.evals.results_builder import split_samples
from promptops.evals.scoring_inputs import ScoringInputs
from promptops.model.chat.message_template import text_message
from promptops.model.config import Limits, ModelSpec
from promptops.model.prompt import Input, Prompt
from promptops.model.results import Arm, MeasureComparison, Side
from promptops.model.revision import Revision
from promptops.model.suite import Case, Criterion, Suite
from promptops.providers.openai.chat_completions import ChatCompletionsProvider
from promptops.statistics.intervals import clopper_pearson
from promptops.store.reply_cache import ReplyCache
from promptops.templating.closure import Closure

LEVEL = 0.05
_CHECK = Criterion("names the case", KINDS["string"], {"contains": "case"})
_WAYS = ("in an order drawn by chance", "base first in each pair")


class Equal(NamedTuple):
    """Of so many runs, those whose latency differed at the level; `ratios` are head/base."""

    different: int
    ratios: Sequence[float]

    def __str__(self) -> str:
        runs = len(self.ratios)
        return f"{self.different} of {runs} differ ({self.different / runs:.1%}), head/base {fmean(self.ratios):.3f}"


def main() -> int:
    """Run, print, judge."""
    options = _options()
    with serving(options.delay_ms) as endpoint, TemporaryDirectory(prefix="promptops-") as folder:
        spec = ModelSpec("m", "openai", "m", base_url=endpoint.url, limits=Limits(concurrency=options.concurrency))
        found: dict[str, list[MeasureComparison]] = {way: [] for way in _WAYS}
        for run in range(options.runs):
            for way in _WAYS:
                plan = _plan(spec, options.cases, f"{run}-{_WAYS.index(way)}")
                with patch.object(runner, "in_drawn_order", in_drawn_order if way == _WAYS[0] else _as_planned):
                    found[way].append(asyncio.run(_latency(plan, Path(folder) / f"{run}-{way[:4]}.db")))
    counted = {way: Equal(sum((one.p_value or 1) < LEVEL for one in each), [one.ratio or 1 for one in each])
               for way, each in found.items()}  # fmt: skip
    for way, equal in counted.items():
        print(f"{way}: {equal}")
    drawn = counted[_WAYS[0]]
    return 0 if clopper_pearson(drawn.different, options.runs, 0.99)[0] <= LEVEL else 1


def _plan(spec: ModelSpec, cases: int, run: str) -> Plan:
    path = PurePosixPath("prompts/p.prompt.yml")

    def version(side: Side, text: str) -> PromptAtRevision:
        return PromptAtRevision(
            side, Closure(Prompt("p", path, (text_message("user", text),), inputs=(Input("word"),))), Revision("a" * 40)
        )

    suite = Suite(
        "s",
        PurePosixPath("evals/s.eval.yml"),
        "p",
        tuple(Case(f"{run}-{number}", {"word": f"case-{number}"}) for number in range(cases)),
        (_CHECK,),
    )
    target = ModelTarget(spec, "loopback")
    return make_plan(
        suite, version("head", "Say {{ word }} "), version("base", "Say {{ word }}"), [target], ScoringInputs("", {})
    )


async def _latency(plan: Plan, cache: Path) -> MeasureComparison:
    endpoints = Endpoints(ChatCompletionsProvider)
    dispatcher = Dispatcher(endpoints, lambda spec, usage: 0.0, KnownReplies(ReplyCache(cache)))
    outcome = await runner.run(plan, dispatcher)
    await endpoints.close()
    base, head = split_samples(outcome.samples, plan.arms)["m"]
    return next(one for one in compare_measures(base, head) if one.name == "latency")


def _as_planned(units: Iterator[Unit], arms: Sequence[Arm], seed: str) -> Iterator[PlacedUnit]:
    return (PlacedUnit(place, unit) for place, unit in enumerate(units))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.equal_latency", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--delay-ms", type=int, default=4)
    parser.add_argument("--concurrency", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
