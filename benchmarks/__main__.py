"""`python -m benchmarks`: every row side by side, the table on stdout and in `benchmarks/results.md`.

    --rows NAME…      only these, and results.md is left as it is: eval-0ms eval-50ms eval-cached eval-one suites-500ms
                      suites-200ms suites-budget suites-recorded startup reading lint lint-hostile scale runtime-start
                      runtime-render runtime-open runtime-get
    --repeat N        rounds; the medians are reported (default 3)
    --quick           one round: a first look
    --no-install      do not fetch promptfoo and yamllint when they are not there yet
    --no-write        leave results.md as it is

Exit code 0 whatever the figures are: a noisy machine must not fail a build.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks import eval_rows, lint_rows, report, runtime_rows, suite_rows
from benchmarks.endpoint import serving
from benchmarks.process import environment, run
from benchmarks.promptfoo import Promptfoo
from benchmarks.reading import reading
from benchmarks.rows import Row
from benchmarks.scale_rows import scale
from benchmarks.startup import startup

RESULTS = Path(__file__).parent / "results.md"
ROWS = (
    "eval-0ms",
    "eval-50ms",
    "eval-cached",
    "eval-one",
    *suite_rows.ROWS,
    "startup",
    "reading",
    "lint",
    "lint-hostile",
    "scale",
    *runtime_rows.ROWS,
)


def main() -> int:
    """Measure, print, write."""
    options = _options()
    repeat = 1 if options.quick else options.repeat
    with (
        tempfile.TemporaryDirectory(prefix="promptops-bench-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        (folder / "promptfoo").mkdir()
        foo = Promptfoo(folder / "promptfoo", install=not options.no_install)
        rows, notes = [], []
        for chosen in options.rows:
            row = _row(chosen, foo, folder, stack, install=not options.no_install)
            report.say(f"{row.name}: {row.title}")
            row.measure(1 if chosen == "scale" else repeat)  # long commands, and processor time differs little
            notes += row.notes()
            rows.append(row)
        floor = run([sys.executable, "-S", "-c", "pass"], cwd=folder, env=environment(folder)).megabytes
    text = report.page(rows, report.machine(repeat), notes + _about_promptfoo(foo), floor)
    print(text)
    if not options.no_write and set(options.rows) == set(ROWS):
        RESULTS.write_text(text, encoding="utf-8")
    return 0


def _row(name: str, foo: Promptfoo, folder: Path, stack: ExitStack, *, install: bool) -> Row:
    if name == "startup":
        return startup(name, folder)
    if name == "reading":
        return reading(name, folder)
    if name == "lint":
        return lint_rows.library(name, folder, install=install)
    if name == "lint-hostile":
        return lint_rows.hostile(name, folder)
    if name == "scale":
        return scale(name, folder)
    if name in runtime_rows.ROWS:
        return runtime_rows.ROWS[name](name, folder)
    if name in suite_rows.SHAPES:
        return suite_rows.suites(name, stack.enter_context(serving(suite_rows.SHAPES[name][2])), folder)
    endpoint = stack.enter_context(serving(50 if name == "eval-50ms" else 0))
    makers: dict[str, Callable[[], Row]] = {
        "eval-0ms": partial(eval_rows.cold, name, 0, endpoint, foo, folder),
        "eval-50ms": partial(eval_rows.cold, name, 50, endpoint, foo, folder),
        "eval-cached": partial(eval_rows.cached, name, endpoint, foo, folder),
        "eval-one": partial(eval_rows.one, name, endpoint, foo, folder),
        "suites-recorded": partial(suite_rows.recorded, name, endpoint, folder),
    }
    return makers[name]()


def _about_promptfoo(foo: Promptfoo) -> list[str]:
    if foo.missing:
        return [f"promptfoo: skipped: {foo.missing}."]
    if foo.peer is None:
        return []
    told = ", ".join(f"`{what}` × {count}" for what, count in sorted(foo.refusals.items())) or "nothing"
    return [
        f"{foo.peer.name}, with telemetry, updates, sharing and remote generation switched off, run behind `guard.js` "
        "only, which refuses every lookup, connection, packet and program that is not loopback or node itself.",
        foo.trial,
        f"In {foo.runs} runs of promptfoo the guard refused: {told}.",
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="measurements side by side with peers")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS, metavar="NAME", help=" ".join(ROWS))
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="rounds (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round: a first look")
    parser.add_argument("--no-install", action="store_true", help="do not fetch promptfoo and yamllint")
    parser.add_argument("--no-write", action="store_true", help="do not write results.md")
    options = parser.parse_args()
    if options.repeat < 1:
        parser.error("--repeat must be at least 1")
    return options


if __name__ == "__main__":
    sys.exit(main())
