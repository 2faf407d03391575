"""The four rows on the runtime: a first prompt, a warm render, 10,000 pinned prompts, and `get` during a refresh.

Why these: an application that starts often (a job, a function in a cloud) pays for every import; a render stands in the
way of every call of a model; a company's prompts all lie in one repository; and nobody may wait because somebody else
merged something.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import getting, rendering
from benchmarks.imports import sentence
from benchmarks.pinned import SMALL, VALUES, make_pinned, name_of
from benchmarks.process import Ran, environment, run
from benchmarks.report import shown
from benchmarks.rows import Contender, Hold, Row, Sample

FEW, MANY = 10, 10_000
BANNED = ("git", "yaml", "openai")
FIRST, JINJA = "promptops: import, bundle, first render", "import jinja2"
COLD, BROUGHT, AGAIN, CHANGED = "cold", "cold, with a bundle", "second start", "one change since"
BUNDLE = "from its bundle"
MOST_SECONDS, MOST_MEGABYTES, MOST_WAIT = 2.0, 100.0, 50e-6
CHANGES = {1_000: 20, MANY: 3}
_TIMED = "import time; start = time.perf_counter()\n{}\nprint(time.perf_counter() - start)"
_FIRST = "from promptops import Prompts\nPrompts.from_bundle({!r}).get({!r}).render(**{!r})"
_SERVE = "from promptops import Prompts\nPrompts.from_git({!r}, env='prod', cache={!r}, refresh=None)"
_OPEN = "from promptops import Prompts\nprompts = Prompts.{}\nstatus = prompts.status()\n"
_OPEN += "print(len(prompts), status.commit, status.reason)"


def start(name: str, folder: Path) -> Row:
    """In process, from before the first import: the start of Python itself, the same for both, is not counted."""
    bundle = _bundle(folder / name, FEW)
    first = _FIRST.format(str(bundle), name_of(3), VALUES)
    contenders = [
        Contender(FIRST, partial(_timed, folder / name, first)),
        Contender(JINJA, partial(_timed, folder / name, JINJA)),
    ]
    for contender in contenders:
        contender.measure()  # not counted: the first start may have to write its bytecode
    notes = partial(_imports, folder / name, first)
    title = f"a bundle of {FEW}, its first render"
    return Row(name, title, contenders, [Hold(FIRST, JINJA, 2.0)], rounds=7, notes=notes)


def render(name: str, folder: Path) -> Row:
    """A prompt of 2 kB, and one of two sentences as an aim."""
    bundle = _bundle(folder / name, FEW)
    prompts = {"2 kB": name_of(3), "two sentences": SMALL}
    contenders = [
        Contender(f"{way}, {size}", partial(rendering.measure, bundle, prompt, way))
        for size, prompt in prompts.items()
        for way in (rendering.OURS, rendering.SANDBOX)
    ]
    holds = [
        Hold(f"{rendering.OURS}, {size}", f"{rendering.SANDBOX}, {size}", 1.15, is_aim=size != "2 kB")
        for size in prompts
    ]
    return Row(name, "a warm render, inputs checked", contenders, holds, rounds=7)


def many(name: str, folder: Path) -> Row:
    """Whole processes that open 10,000 pinned prompts and end."""
    home = folder / name
    repository = home / "prompts.git"
    pinned, changed = make_pinned(repository, MANY, 1)
    bundle = _write_bundle(repository, pinned, home)
    kept = home / "kept"
    places = {COLD: (pinned, None), AGAIN: (pinned, kept), CHANGED: (changed, kept)}
    contenders = [Contender(way, partial(_open, repository, *place, home)) for way, place in places.items()]
    contenders.append(Contender(BROUGHT, partial(_open, repository, pinned, None, home, bundle)))
    contenders.append(Contender(BUNDLE, partial(_opened, f"from_bundle({str(bundle)!r})", pinned, home)))
    holds = [Hold(one.name, "", 0, plus=MOST_SECONDS) for one in contenders]
    holds += [Hold(one.name, "", 0, "megabytes", plus=MOST_MEGABYTES) for one in contenders]
    notes = partial(_sizes, bundle, repository, pinned)
    return Row(name, f"open {MANY:,} pinned prompts", contenders, holds, notes=notes)


def get(name: str, folder: Path) -> Row:
    """The figure is the p99 of a `get` while the refresh runs without a pause."""
    contenders: list[Contender] = []
    holds: list[Hold] = []
    seen: list[dict[str, Any]] = []
    for prompts, changes in CHANGES.items():
        repository = folder / name / f"{prompts}.git"
        commits = make_pinned(repository, prompts, changes)
        for way in (getting.PACED, getting.TIGHT, getting.QUIET):
            shown_name = f"{way}, {prompts:,} prompts"
            contenders.append(Contender(shown_name, partial(getting.measure, repository, commits, prompts, way, seen)))
            if way != getting.QUIET:
                holds.append(Hold(shown_name, "", 0, plus=MOST_WAIT))
    return Row(name, "p99 of `get` while a refresh runs", contenders, holds, notes=partial(_waits, seen))


def _bundle(home: Path, prompts: int) -> Path:
    repository = home / "prompts.git"
    return _write_bundle(repository, make_pinned(repository, prompts)[0], home)


def _write_bundle(repository: Path, commit: str, home: Path) -> Path:
    """The bundle of the environment: what a first start keeps, below `home`/kept, is one."""
    bundle, kept = home / "prompts.bundle", home / "kept"
    _point(repository, commit)
    ran = _python(_SERVE.format(str(repository), str(kept)), home)
    if ran.code:
        raise RuntimeError(f"what is to be measured could not be made: {ran.tail()}")
    [written] = kept.glob("served/*.bundle")
    shutil.copy(written, bundle)
    return bundle


def _point(repository: Path, commit: str) -> None:
    command = ["git", "-C", str(repository), "update-ref", "refs/heads/main", commit]
    subprocess.run(command, check=True, timeout=60, env=environment(repository.parent))


def _python(code: str, home: Path, *options: str) -> Ran:
    return run([sys.executable, *options, "-c", code], cwd=home, env=environment(home))


def _timed(home: Path, code: str) -> Sample:
    ran = _python(_TIMED.format(code), home)
    return Sample(problem=ran.tail()) if ran.code else Sample(float(ran.output), ran.megabytes)


def _open(repository: Path, commit: str, kept: Path | None, home: Path, bundle: Path | None = None) -> Sample:
    """Each run has a cache of its own: empty, or as another start left it."""
    cache = home / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    if kept is not None:
        shutil.copytree(kept, cache)
    _point(repository, commit)
    brought = f", bundle={str(bundle)!r}" if bundle else ""
    call = f"from_git({str(repository)!r}, env='prod', cache={str(cache)!r}, refresh=None{brought})"
    return _opened(call, commit, home)


def _opened(call: str, commit: str, home: Path) -> Sample:
    ran = _python(_OPEN.format(call), home)
    said = ran.output.strip()
    if not ran.code and said != f"{MANY + 1} {commit}":
        return Sample(problem=f"it serves something else: {said[:200]}")
    return Sample(ran.seconds, ran.megabytes, ran.tail() if ran.code else "")


def _imports(home: Path, code: str) -> list[str]:
    return [sentence(FIRST, _python(code, home, "-X", "importtime"), BANNED)]


def _sizes(bundle: Path, repository: Path, commit: str) -> list[str]:
    listing = ["git", "-C", str(repository), "cat-file", "-s", f"{commit}:environments/prod.yml"]
    size = int(subprocess.run(listing, check=True, capture_output=True, timeout=60).stdout)
    return [
        f"The environment of {MANY:,} pins is {size / 1e6:.1f} MB, its bundle {bundle.stat().st_size / 1e6:.1f} MB."
    ]


def _waits(seen: list[dict[str, Any]]) -> list[str]:
    """The worst run of each way."""
    notes = []
    for way, prompts in dict.fromkeys((one["way"], one["prompts"]) for one in seen):
        runs = [one for one in seen if (one["way"], one["prompts"]) == (way, prompts)]
        worst = max(runs, key=lambda one: one["get"]["p99"])
        got, late = worst["get"], worst["late"]
        text = (
            f"`get`, {way}, {prompts:,} prompts, {worst['changes']} changes served in {worst['seconds']:.1f} s: median "
            f"{shown(got['p50'])}, p99 {shown(got['p99'])}, longest {shown(got['max'])} of {got['count']:,.0f}"
        )
        if late:
            text += (
                f"; the pause before it ended late by {shown(late['p50'])} (median), {shown(late['p99'])} (p99), "
                f"{shown(late['max'])} (longest): any other thread of the application waits so, too"
            )
        notes.append(f"{text}.")
    return notes


ROWS: dict[str, Callable[[str, Path], Row]] = {
    "runtime-start": start,
    "runtime-render": render,
    "runtime-open": many,
    "runtime-get": get,
}
