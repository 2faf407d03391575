"""`promptops check`: lint and evaluate a change, with no forge: on one's own machine or on any CI."""

from __future__ import annotations

import gc
import sys
from importlib.metadata import version
from pathlib import Path

import click

from promptops.cli.completion import models, suites
from promptops.cli.context import (
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
from promptops.cli.quiet_progress import progress_lines


@click.command("check")
@click.argument("suites", nargs=-1, metavar="[SUITE]…", shell_complete=suites)
@click.option(
    "--base",
    metavar="REV",
    help="Compare with where this work left REV (by default: the main branch); `none` compares with nothing.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where results go.")
@click.option(
    "--model", "models", metavar="M", multiple=True, help="Ask this model instead; may be repeated.",
    shell_complete=models,
)  # fmt: skip
@max_cost_option
@fresh_option
@retry_errors_option
@untrusted_option
@needs_extra("eval")
def command(
    suites: tuple[str, ...],
    base: str | None,
    out: Path | None,
    models: tuple[str, ...],
    max_cost: float | None,
    fresh: bool,
    retry_errors: bool,
    untrusted: bool,
) -> None:
    """Lint all files and evaluate each SUITE (by default all) that the change reaches; say what came out.

    Results go to DIR/SUITE/ (default: .promptops/check). Ends with 1 when lint finds something or a rule fails, with 2
    when something could not be evaluated or was not measured. `promptops github check` is this and a comment.
    """
    from promptops.report.check.text import check_text
    from promptops.workflows.check.check import check
    from promptops.workflows.check.check_artifact import begin_check, save_check
    from promptops.workflows.check.comparison_base import choose_base
    from promptops.workflows.eval.prepared_run import EvalChoice
    from promptops.workflows.state_folder import STATE

    gc.set_threshold(1_000_000, 50, 50)  # as for `eval`: a run makes few cycles and very many objects
    space = workspace()
    _, compared = choose_base(space.root, base)
    say(f"compared with {compared.commit[:7]}, {compared.words}" if compared.commit else compared.words)
    results = out or space.root / STATE / "check"
    names = tuple(relative_name(space.root, one) for one in suites)
    choice = EvalChoice(
        names, models=models, max_cost=max_cost, untrusted=untrusted, fresh=fresh, retry_errors=retry_errors
    )
    begin_check(space, results, compared)
    checked = check(
        space,
        choice,
        compared,
        results,
        version=version("git-promptops"),
        on_lint=lambda report: None,
        watch=progress_lines(),
        on_failure=lambda text: say(f"a call failed: {text}"),
    )
    if trouble := save_check(space, results, checked):
        say(trouble)
    click.echo(check_text(checked, color=color()), nl=False)
    if checked.results:
        say(f"the reports are in {results}")
    if checked.exit_code:
        sys.exit(checked.exit_code)
