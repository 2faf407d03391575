"""`promptops owners [--write|--check]`: CODEOWNERS from the owners that prompts name."""

from __future__ import annotations

import click

from promptops.cli.context import at_option, say, workspace


@click.command("owners")
@click.option("--write", is_flag=True, help="Write the lines into the CODEOWNERS file that GitHub reads.")
@click.option("--check", is_flag=True, help="Show what --write would change; exit code 1 when that is anything.")
@at_option
def command(write: bool, check: bool, at: str | None) -> None:
    """Make the lines of CODEOWNERS that say who is asked when a prompt changes.

    Owners stand in prompts (`promptops: {owners: […]}`) and, for settings, environments, labels and acceptances, in
    promptops.yml (`policy: {owners: […]}`). Without an option the lines are printed. --write keeps them in a block of
    their own, between two marks; every other line of the file stays as it is. Ends with 1 where somebody is named who
    cannot be asked.
    """
    if write and check:
        raise click.UsageError("--write changes the file and --check does not: give one of the two.")
    if write and at:
        raise click.UsageError("--write writes the file as it is now, so it does not go with --at.")
    from promptops.report.owners import owners_block, owners_diff, owners_words
    from promptops.workflows.owners.codeowners import owners

    report = owners(workspace(), at=at, write=write)
    if not write:
        click.echo(owners_diff(report) if check else owners_block(report), nl=False)
    for line in owners_words(report):
        say(line)
    if report.unknown or (check and not report.current):
        raise click.exceptions.Exit(1)
