"""`promptops rollback [NAME…] --env ENV`: back to what was pinned before."""

from __future__ import annotations

import click

from promptops.cli.completion import prompts
from promptops.cli.context import dry_run_option, env_option, format_option, relative_name, workspace
from promptops.cli.pin import print_report


@click.command("rollback")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=prompts)
@env_option
@dry_run_option
@format_option("text", "json")
def command(names: tuple[str, ...], environment: str, dry_run: bool, form: str) -> None:
    """Write into environments/ENV.yml what it pinned before, as its git history tells; without NAME, the whole file.

    While a rollout is running, it is ended and the pinned version stays. What was taken back does not count as before:
    rolling back twice goes back twice. Nothing is committed: the change of the file is for people to review.
    """
    from promptops.workflows.pin.rollback import roll_back

    space = workspace()
    found = [relative_name(space.root, name) for name in names]
    print_report(roll_back(space, environment, found, dry_run=dry_run), form, dry_run=dry_run)
