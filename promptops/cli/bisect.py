"""`promptops bisect SUITE --criterion NAME GOOD BAD`: the commit at which a criterion regressed."""

from __future__ import annotations

import sys
import time

import click

from promptops.cli.completion import criteria, models, suites
from promptops.cli.context import color, format_option, max_cost_option, needs_extra, relative_name, say, workspace
from promptops.cli.progress import progress_bar


@click.command("bisect")
@click.argument("suite", shell_complete=suites)
@click.argument("good")
@click.argument("bad")
@click.option(
    "--criterion", metavar="NAME", required=True, help="The criterion that regressed.", shell_complete=criteria
)
@click.option(
    "--model", metavar="M", help="Ask this model instead of the one that each version names.", shell_complete=models
)
@click.option("--trials", type=click.IntRange(1, 100), metavar="N", help="Ask each case N times at first.")
@max_cost_option
@format_option("text", "json")
@needs_extra("eval")
def command(
    suite: str,
    good: str,
    bad: str,
    criterion: str,
    model: str | None,
    trials: int | None,
    max_cost: float | None,
    form: str,
) -> None:
    """Find the commit between the revisions GOOD and BAD with which a criterion of SUITE got worse.

    Looks only at commits that changed what a model receives, halves them, and asks each against GOOD and BAD with the
    suite as BAD has it; replies that are known come from the cache. Where a difference may be noise, more answers are
    asked for, and if that does not settle it, the two versions are told between which it lies. Ends with 1 when no
    commit was found, and with 2 when the search had to stop or too many answers were missing.
    """
    from promptops.report.bisection import bisection_json, bisection_text
    from promptops.workflows.bisect.bisect import BisectChoice, bisect

    space = workspace()
    choice = BisectChoice(relative_name(space.root, suite), criterion, good, bad, trials, max_cost, model)
    found = bisect(space, choice, say=say, watching=progress_bar)
    if form == "json":
        click.echo(bisection_json(found), nl=False)
    else:
        click.echo(bisection_text(found, time.time(), color=color()), nl=False, color=color())
    if found.outcome != "found":
        sys.exit(2 if found.outcome == "stopped" else 1)
