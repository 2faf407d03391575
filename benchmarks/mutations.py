"""Lint over a great many broken files: no exception, no hang, and a report in every form.

    python -m benchmarks.mutations --count 100000 --seed 1
    python -m benchmarks.mutations --seed 1 --only 4711        one of them again, with its traceback

    --corpus DIR     prompts, suites and templates below this folder are broken too
    --out DIR        where crashes and hangs are kept, one folder each with the whole small project
                     (default .promptops/mutations)

More than a second of the processor's time for one file counts as a hang. Two processes share the work. The same files
are broken in the same way in every run with the same seed, as long as the projects they begin from are the same; the
first 2,000 of seed 1 are part of the tests.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.mutate import ROOT, Mutant, Mutants
from promptops.errors import SourceError
from promptops.model.revision import Revision

if TYPE_CHECKING:
    from collections.abc import Mapping

OUT = ROOT / ".promptops" / "mutations"
HANG = 1.0
"""Seconds of the processor's time that one file may take at most."""
LONGEST = 20.0
"""Seconds after which a file is given up."""
_WORKERS, _CHUNK = 2, 50


class Tried(NamedTuple):
    """What became of one mutant: seconds of the processor's time, and the traceback when it crashed."""

    number: int
    path: str
    seconds: float
    problem: str = ""

    @property
    def is_hang(self) -> bool:
        """Whether it took longer than anything may."""
        return self.seconds > HANG


class Memory:
    """A source over a mapping, as a project's files are one over a folder."""

    revision = Revision()

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes; SourceError when it is not there."""
        if str(path) not in self.files:
            raise SourceError("no such file", where=str(path))
        return self.files[str(path)]

    def list(self, glob: str) -> list[PurePosixPath]:
        """Files matching the glob, sorted."""
        from promptops.source.files.globs import matches

        return sorted(path for path in map(PurePosixPath, self.files) if matches(path, glob))

    def exists(self, path: PurePosixPath) -> bool:
        """Whether `read` would find it."""
        return str(path) in self.files


def lint_mutant(mutant: Mutant) -> None:
    """Lint the project, put the fixes in, make every report. Whatever it raises is a bug of ours."""
    from promptops.evals.registry import KINDS
    from promptops.lint.engine.fixes import apply
    from promptops.lint.engine.project_files import open_project
    from promptops.lint.engine.runner import lint
    from promptops.report.lint import findings
    from promptops.report.lint.sarif import sarif

    report = lint(open_project(Memory(mutant.files), KINDS))
    for form in (partial(findings.text, color=True), findings.text, findings.json, findings.github, sarif):
        form(report).encode("utf-8")
    for path in {finding.path for finding in report.findings if finding.fix}:
        apply(mutant.files[str(path)], [one.fix for one in report.findings if one.fix and one.path == path])


def attempt(mutants: Mutants, number: int) -> Tried:
    """One mutant, and what became of it."""
    mutant = mutants.number(number)
    start = time.process_time()
    problem = ""
    try:
        with _given_up_after(LONGEST):
            lint_mutant(mutant)
    except Exception:
        problem = traceback.format_exc()
    return Tried(number, mutant.path, time.process_time() - start, problem)


class _GivenUp(Exception):
    """A file took too long."""


@contextmanager
def _given_up_after(seconds: float) -> Iterator[None]:
    import signal

    def give_up(_signal: int, _frame: object) -> None:
        raise _GivenUp(f"given up after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


_shared: Mutants


def _begin(seed: int, corpus: Path | None) -> None:
    global _shared
    _shared = Mutants(seed, corpus)


def _attempt(number: int) -> Tried:
    return attempt(_shared, number)


def keep(mutant: Mutant, tried: Tried, folder: Path) -> Path:
    """Write the small project below `folder`, with what was said about it; paths that lead out are left out."""
    place = folder / f"{mutant.number}"
    for name, data in mutant.files.items():
        path = place / name
        if ".." not in path.parts and path.resolve().is_relative_to(place.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    place.mkdir(parents=True, exist_ok=True)
    (place / "problem.txt").write_text(f"{tried.path} {tried.seconds:.2f} s\n{tried.problem}", encoding="utf-8")
    return place


def main() -> int:
    """Try them all, say what became of them; 1 when there was a crash or a hang."""
    options = _options()
    _begin(options.seed, options.corpus)
    if options.only is not None:
        tried = attempt(_shared, options.only)
        place = keep(_shared.number(options.only), tried, options.out)
        print(f"{tried.problem}{place / tried.path}: {tried.seconds:.3f} s")
        return int(bool(tried.problem) or tried.is_hang)
    start = time.monotonic()
    bad: list[Tried] = []
    slowest = Tried(0, "", 0.0)
    with multiprocessing.Pool(_WORKERS, _begin, (options.seed, options.corpus)) as pool:
        numbers = range(options.first, options.first + options.count)
        for done, tried in enumerate(pool.imap_unordered(_attempt, numbers, _CHUNK), 1):
            slowest = max(slowest, tried, key=lambda one: one.seconds)
            if tried.problem or tried.is_hang:
                bad.append(tried)
                keep(_shared.number(tried.number), tried, options.out)
            if done % 500 == 0 or done == options.count:
                pace = done / (time.monotonic() - start)
                said = f"\r{done:,} of {options.count:,} · {pace:.0f} a second · {len(bad)} crashes and hangs"
                print(said, end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(_summary(bad, slowest, options.count, time.monotonic() - start, options.seed))
    return int(bool(bad))


def _summary(bad: Iterable[Tried], slowest: Tried, count: int, seconds: float, seed: int) -> str:
    crashes = sorted(one for one in bad if one.problem)
    hangs = sorted(one for one in bad if one.is_hang)
    lines = [
        f"{count:,} files in {seconds:.0f} s, {count / seconds:.0f} a second; "
        f"{len(crashes)} crashes, {len(hangs)} hangs",
        f"slowest: {slowest.number} {slowest.path} {slowest.seconds:.2f} s",
    ]
    by_reason: dict[str, list[Tried]] = {}
    for one in crashes:
        by_reason.setdefault(_reason(one.problem), []).append(one)
    for reason, all_of_it in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        first = all_of_it[0]
        lines.append(f"{len(all_of_it)} × {reason}: --seed {seed} --only {first.number} ({first.path})")
    lines += [f"hang: --seed {seed} --only {one.number} ({one.path}, {one.seconds:.2f} s)" for one in hangs]
    return "\n".join(lines)


def _reason(problem: str) -> str:
    """The error, and the last line of ours that it passed."""
    places = [line.strip() for line in problem.splitlines() if "promptops/" in line and line.strip().startswith("File")]
    return f"{problem.strip().splitlines()[-1][:120]} at {places[-1] if places else 'no place of ours'}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description="lint over broken files")
    parser.add_argument("--count", type=int, default=100_000, metavar="N", help="how many (default 100000)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first (default 0)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="(default 1)")
    parser.add_argument("--only", type=int, metavar="N", help="this one alone, with its traceback")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="break the files below this folder too")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="where crashes are kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
