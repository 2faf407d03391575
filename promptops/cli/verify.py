"""`promptops verify [NAME…|FILE.bundle…]`: whether what is pinned may be served."""

from __future__ import annotations

from pathlib import Path

import click

from promptops.cli.completion import environments
from promptops.cli.context import format_option, protected_option, signers_option, workspace


@click.command("verify")
@click.argument("names", nargs=-1, metavar="[NAME|FILE.bundle]…", shell_complete=environments)
@protected_option
@signers_option
@format_option("text", "json")
@click.option("--at", metavar="REV", help="Read the environments at this git revision instead of the work tree.")
def command(names: tuple[str, ...], protected: str | None, signers: Path | None, form: str, at: str | None) -> None:
    """Say whether every pin holds: its commit is there, and there the prompt is what was approved.

    NAME is an environment, FILE.bundle what `promptops bundle` wrote; without them, all environments are looked at.
    A bundle must be as it was written, and is compared with the repository where that has its commits. Ends with 1
    when something does not hold.
    """
    from promptops.report.pins.verification import verified_json, verified_text
    from promptops.workflows.verify.verify import VerifyChoice, verify

    found = verify(workspace(), VerifyChoice(names, at, protected, signers))
    click.echo(verified_json(found) if form == "json" else verified_text(found), nl=False)
    if not found.holds:
        raise click.exceptions.Exit(1)
