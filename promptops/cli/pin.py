"""`promptops pin NAME[@REV]… --env ENV`: a version becomes what an environment serves, once people agree."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from promptops.cli.completion import prompts
from promptops.cli.context import color, dry_run_option, env_option, format_option, relative_name, say, workspace

if TYPE_CHECKING:
    from promptops.model.outcomes.pin_change import PinReport


def _percent(text: str) -> float:
    """`10`, `12.5`, and `10%`, as people write it."""
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        raise click.BadParameter(f"'{text}' is not a number; write it like 10 or 12.5") from None


@click.command("pin")
@click.argument("wanted", metavar="NAME[@REV]...", nargs=-1, required=True, shell_complete=prompts)
@env_option
@click.option(
    "--percent", metavar="P", type=_percent, help="Serve it for this percentage of calls, beside the present version."
)
@click.option("--force", is_flag=True, help="Pin it although a rule failed; --reason says why.")
@click.option("--reason", metavar="TEXT", help="Why it is forced, in one line; kept in the environment file.")
@click.option("--remove", is_flag=True, help="Pin it no longer.")
@dry_run_option
@format_option("text", "json")
def command(
    wanted: tuple[str, ...],
    environment: str,
    percent: float | None,
    force: bool,
    reason: str | None,
    remove: bool,
    dry_run: bool,
    form: str,
) -> None:
    """Write into environments/ENV.yml that ENV serves NAME as it is at REV (default: HEAD, the last commit).

    Shows what a model will receive instead, and how the version did when it was last evaluated here; a failed rule
    keeps it back (exit code 1). Nothing is committed: the change of the file is for people to review.

    With --percent the version is rolled out beside the present one. While a rollout is running, --percent without @REV
    changes its percent, and 100 makes it the version for all calls. With --remove ENV serves NAME no longer.
    """
    if remove:
        _remove(wanted, environment, [percent, force or None, reason], dry_run=dry_run, form=form)
        return
    if force and reason is None:
        raise click.UsageError("--force needs --reason TEXT: whoever reads the file should know why.")
    if reason is not None and not force:
        raise click.UsageError("--reason says why a failed rule is overruled; it goes with --force.")
    from promptops.workflows.pin.pin import PinChoice, parse_prompt_at_revision, pin

    space = workspace()
    pairs = [parse_prompt_at_revision(text) for text in wanted]
    names = tuple((relative_name(space.root, name), revision) for name, revision in pairs)
    report = pin(space, PinChoice(names, environment, percent, reason, dry_run))
    print_report(report, form, dry_run=dry_run)
    if report.refused:
        sys.exit(1)


def _remove(names: tuple[str, ...], environment: str, others: list[object], *, dry_run: bool, form: str) -> None:
    if any(one is not None for one in others):
        raise click.UsageError("--remove takes a pin out; --percent, --force and --reason say how to put one in.")
    from promptops.workflows.pin.unpin import unpin

    space = workspace()
    found = [relative_name(space.root, name) for name in names]
    print_report(unpin(space, environment, found, dry_run=dry_run), form, dry_run=dry_run)


def print_report(report: PinReport, form: str, *, dry_run: bool) -> None:
    """The report on stdout; beside JSON, people read on stderr what became of the file."""
    from promptops.report.pins.json import pins_json
    from promptops.report.pins.text import ending, pins_text

    if form == "json":
        click.echo(pins_json(report), nl=False)
        say("\n".join(ending(report, dry_run=dry_run)))
    else:
        click.echo(pins_text(report, time.time(), dry_run=dry_run, color=color()), nl=False, color=color())
