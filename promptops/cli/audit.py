"""`promptops audit [--env NAME …]`: who stands behind what is served."""

from __future__ import annotations

import click

from promptops.cli.completion import environments
from promptops.cli.context import format_option, workspace


@click.command("audit")
@click.option(
    "--env",
    "environments",
    metavar="ENV",
    multiple=True,
    help="Only this one; may be repeated.",
    shell_complete=environments,
)
@format_option("text", "csv", "json")
@click.option("--at", metavar="REV", help="As it was at this git revision instead of in the files.")
def command(environments: tuple[str, ...], form: str, at: str | None) -> None:
    """Say for every version that is served who wrote it, who approved it, who pinned it, and how it did.

    All of it comes from git: commits, merges, trailers such as Reviewed-by, signatures, and the notes that hold
    results. A commit may claim anything; only a verified signature proves who. What is not known is called unknown.
    A version is approved when somebody other than its author merged or reviewed it; a PR number in a commit title is
    not an approval. Ends with 1 when a version does not hold, as one that is not part of the main branch.
    """
    from promptops.workflows.audit.audit import AuditChoice, audit

    found = audit(workspace(), AuditChoice(environments, at))
    if form == "text":
        from promptops.report.audit.text import audit_text as shown
    elif form == "csv":
        from promptops.report.audit.csv import audit_csv as shown
    else:
        from promptops.report.audit.json import audit_json as shown
    click.echo(shown(found), nl=False)
    if not found.holds:
        raise click.exceptions.Exit(1)
