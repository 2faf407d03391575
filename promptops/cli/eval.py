"""`promptops eval`: ask the model, score the replies, compare with an earlier version."""

from __future__ import annotations

import gc
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from promptops.cli.completion import models, suites
from promptops.cli.context import (
    at_option,
    color,
    fresh_option,
    max_cost_option,
    needs_extra,
    relative_name,
    retry_errors_option,
    say,
    untrusted_option,
    workspace,
)
from promptops.cli.eval_outcomes import SuiteEnding, SuiteOutcomes, ending_of
from promptops.cli.progress import progress_bar
from promptops.errors import EvalError, PromptopsError, UnknownNameError
from promptops.workflows.workspace import Workspace

if TYPE_CHECKING:
    from promptops.model.results import Results
    from promptops.workflows.eval.prepared_run import PreparedRun


@click.command("eval")
@click.argument("suites", nargs=-1, metavar="[SUITE]…", shell_complete=suites)
@click.option("--base", metavar="REV", help="Compare with the version where this work left REV.")
@click.option("--changed", is_flag=True, help="Only suites whose prompt or own text differs from the base.")
@click.option(
    "--model",
    "models",
    metavar="M",
    multiple=True,
    help="Ask this model instead; may be repeated.",
    shell_complete=models,
)
@click.option("--trials", type=click.IntRange(1), metavar="N", help="Ask each case N times.")
@max_cost_option
@click.option("--plan", "plan_only", is_flag=True, help="Show which calls a run would make and their cost; make none.")
@click.option("--resume", is_flag=True, help="Continue the interrupted run; no finished call is repeated.")
@fresh_option
@retry_errors_option
@click.option("--record", is_flag=True, help="Record the model's replies in the suite's replies file.")
@untrusted_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where results go.")
@at_option
@needs_extra("eval")
def command(
    suites: tuple[str, ...],
    base: str | None,
    changed: bool,
    models: tuple[str, ...],
    trials: int | None,
    max_cost: float | None,
    plan_only: bool,
    resume: bool,
    fresh: bool,
    retry_errors: bool,
    record: bool,
    untrusted: bool,
    out: Path | None,
    at: str | None,
) -> None:
    """Evaluate each SUITE (an identifier, a file, or prompt:ID); all of them when none is named.

    Exit code 1 when a rule fails, 2 when something was not measured. A suite that is broken stops no other.
    """
    from promptops.workflows.eval.interrupted_runs import KnownKeys
    from promptops.workflows.eval.plan_text import describe_plan
    from promptops.workflows.eval.prepare import prepare_each
    from promptops.workflows.eval.prepared_run import EvalChoice

    # The client's import and a run make few cycles and very many objects: looking for cycles as often as Python does
    # by default costs a tenth of a short run.
    gc.set_threshold(1_000_000, 50, 50)
    space = workspace()
    names = tuple(relative_name(space.root, name) for name in suites)
    choice = EvalChoice(
        names, base, changed, at, models, trials, max_cost, record,
        untrusted=untrusted, fresh=fresh, retry_errors=retry_errors,
    )  # fmt: skip
    found = list(prepare_each(space, choice))
    if not found:
        say("no evaluated prompt or suite has changed; no model was called")
        return
    outcomes = SuiteOutcomes()
    prepared: list[PreparedRun] = []
    asked = KnownKeys(space)
    for suite, one in found:
        if not isinstance(one, PromptopsError):
            say(describe_plan(one, asked, most=None) if plan_only else describe_plan(one, asked))
            prepared.append(one)
        elif isinstance(one, UnknownNameError) and len(found) == 1:
            raise one
        else:
            outcomes.add_broken(suite, one)
    if not plan_only and prepared:
        folders = _folders(space, prepared, out, resume, several=len(found) > 1)
        runs = list(zip(prepared, folders, strict=True))
        found.clear()  # whose run has ended need not be remembered
        prepared.clear()
        _run_all(space, runs, outcomes, max_cost, resume)
    outcomes.end()


def _run_all(
    space: Workspace,
    runs: list[tuple[PreparedRun, Path]],
    outcomes: SuiteOutcomes,
    max_cost: float | None,
    resume: bool,
) -> None:
    """Evaluate side by side; what came out is shown in the given order."""
    from promptops.workflows.eval.run_paths import JOURNAL
    from promptops.workflows.eval.run_suites import run_suites
    from promptops.workflows.eval.save_results import remember_as_latest
    from promptops.workflows.eval.suite_session import SuiteRun

    line = shlex.join(["promptops", *(word for word in sys.argv[1:] if word != "--resume")])
    suites = [SuiteRun(one, folder, resume and (folder / JOURNAL).exists(), line) for one, folder in runs]
    runs.clear()
    colored, release = color(), version("git-promptops")
    try:
        with progress_bar(sum(one.prepared.plan.size for one in suites)) as bar:

            def tell(suite: SuiteRun, ended: _Shown | PromptopsError) -> None:
                with bar.aside():
                    if isinstance(ended, PromptopsError):
                        outcomes.add_broken(suite.prepared.plan.suite.id, ended)
                        return
                    if ended.written:
                        remember_as_latest(space, suite.folder)
                    ended.show()
                    outcomes.add(ended.ending)

            run_suites(
                space,
                suites,
                finish=lambda suite, results: _Shown.of(space, suite.folder, results, colored=colored),
                tell=tell,
                max_cost=max_cost,
                version=release,
                watch=bar,
            )
    except KeyboardInterrupt:
        say(f"\nfinished replies are kept; continue with: {line} --resume")
        raise


class _Shown(NamedTuple):
    """What is left of a suite's results once they are on disk: what people read of them, and how they end."""

    text: str
    written: str
    ending: SuiteEnding

    @classmethod
    def of(cls, space: Workspace, folder: Path, results: Results, *, colored: bool) -> _Shown:
        """Of these results, which are written now."""
        from promptops.report.results.text import render_text
        from promptops.workflows.eval.save_results import write_results

        written = write_results(space, folder, results) if results.is_worth_keeping else ""
        return cls(render_text(results, color=colored), written, ending_of(results))

    def show(self) -> None:
        """To stdout what was found, to stderr where it lies."""
        click.echo(self.text, nl=False)
        if self.written:
            say(f"\n{self.written} · read it again: promptops report --format markdown|html|json|junit")


def _folders(
    space: Workspace, prepared: list[PreparedRun], out: Path | None, resume: bool, *, several: bool
) -> list[Path]:
    """A run's folder for each; `several` suites were chosen, even if some of them cannot be run."""
    from promptops.model.suite import folder_name
    from promptops.workflows.eval.interrupted_runs import unfinished_runs
    from promptops.workflows.eval.run_paths import JOURNAL, RESULTS, results_folder

    ids = [one.plan.suite.id for one in prepared]
    if out is not None:
        named = [out / folder_name(suite) for suite in ids]
        if not several and ((out / RESULTS).exists() or (out / JOURNAL).exists()):
            named = [out]  # where an older version put one suite's run
        if resume and not any((folder / JOURNAL).exists() for folder in named):
            raise EvalError("no interrupted run here to go on with", where=str(out), hint="start without --resume")
        return named
    found = unfinished_runs(space, ids) if resume else {}
    if resume and not found:
        listed = ", ".join(f"'{suite}'" for suite in ids)
        raise EvalError(f"no interrupted run of {listed} to go on with", hint="start without --resume")
    now = datetime.now(UTC)
    return [found.get(suite) or results_folder(space, suite, now) for suite in ids]
