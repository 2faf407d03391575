"""`python -m benchmarks.simulate`: how often the rules err, in benchmarks/simulation.md; lint's table of power anew.

    --quick           a tenth of the suites, and nothing is written: a first look
    --only PART…      some of: aa gates coverage power; the page is written when all but power are there
    --resume          settings that an interrupted run finished are not simulated again

Exit code 1 where a figure exceeds its limit: then a rule is to be mended, never the limit.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.simulate import aa_suites, coverage, gate_boundaries
from benchmarks.simulate.figure import SimulatedFigure
from benchmarks.simulate.power_table import write_power_table
from benchmarks.simulate.table import markdown

PAGE = Path(__file__).parents[1] / "simulation.md"
KEPT = Path(".promptops") / "simulation.jsonl"
PROCESSES = 2


class Part(NamedTuple):
    """One kind of simulation, and how many suites each of its settings gets."""

    simulate: Callable[[Any, int, int], list[SimulatedFigure]]
    jobs: Callable[[int], Iterable[tuple[object, int, int]]]
    suites: int


PARTS = {
    "aa": Part(aa_suites.simulate, aa_suites.jobs, 10_000),
    "gates": Part(gate_boundaries.simulate, gate_boundaries.jobs, 20_000),
    "coverage": Part(coverage.simulate, coverage.jobs, 20_000),
}


def main() -> int:
    """Simulate, print, write."""
    options = _options()
    kept = _kept() if options.resume else {}
    KEPT.parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(PROCESSES) as pool, KEPT.open("a" if options.resume else "w", encoding="utf-8") as journal:
        if "power" in options.only and not options.quick:
            write_power_table(pool)
        asked = {}
        for name in [name for name in PARTS if name in options.only]:
            part = PARTS[name]
            for job in part.jobs(part.suites // 10 if options.quick else part.suites):
                key = f"{name}: {job}"
                asked[key] = None if key in kept else pool.submit(part.simulate, *job)
        figures = []
        for key, running in asked.items():
            found = kept[key] if running is None else running.result()
            figures += found
            _say(found)
            if running is not None:
                journal.write(json.dumps({"key": key, "figures": [asdict(one) for one in found]}) + "\n")
                journal.flush()
    if {*PARTS} <= set(options.only) and not options.quick:
        PAGE.write_text(markdown(figures), encoding="utf-8")
    else:
        print(markdown(figures))
    return 0 if all(one.holds for one in figures) else 1


def _kept() -> dict[str, list[SimulatedFigure]]:
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    whole = [json.loads(line) for line in lines if line.endswith("}")]
    return {one["key"]: [SimulatedFigure(**figure) for figure in one["figures"]] for one in whole}


def _say(figures: Iterable[SimulatedFigure]) -> None:
    for one in figures:
        print(f"{'' if one.holds else 'EXCEEDS '}{one.kind}: {one.share:.2%} · {one.setting}", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--only", nargs="+", choices=[*PARTS, "power"], default=[*PARTS, "power"])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
