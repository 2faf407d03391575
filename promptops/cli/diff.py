"""`promptops diff [BASE] [HEAD]`: what really changes for the model, and whom it reaches."""

from __future__ import annotations

import click

from promptops.cli.completion import cases, prompts
from promptops.cli.context import color, format_option, relative_name, workspace


@click.command("diff")
@click.argument("base", required=False)
@click.argument("head", required=False)
@click.option(
    "--prompt",
    "prompts",
    metavar="ID",
    multiple=True,
    help="Only this prompt; may be repeated.",
    shell_complete=prompts,
)
@click.option(
    "--case", metavar="ID", help="Also what this case receives, filled in, before and now.", shell_complete=cases
)
@format_option("text", "json", "markdown")
@click.option("--at", metavar="REV", help="Compare this git revision instead of the work tree.")
def command(
    base: str | None, head: str | None, prompts: tuple[str, ...], case: str | None, form: str, at: str | None
) -> None:
    """Show what was edited for the model, in how many cases, and whom the change reaches.

    Now is the files as they are; before is the version where this work left BASE (by default the main branch). With
    HEAD, exactly the versions BASE and HEAD are compared. It is a question, not a gate: the exit code is 0 whether or
    not anything changed.
    """
    from promptops.workflows.diff.diff import DiffChoice, compare, require_shown_case

    if head and at:
        raise click.UsageError("HEAD and --at both say which version to look at; give one of them.")
    space = workspace()
    names = tuple(relative_name(space.root, name) for name in prompts)
    if case and form != "text":
        raise click.UsageError(f"--case adds to the text; --format {form} has every change filled in for a case.")
    found = compare(space, DiffChoice(base, head, at, names))
    if case:
        require_shown_case(found, case)
    if form == "text":
        from promptops.report.diff.text import diff_text

        click.echo(diff_text(found, case=case or "", color=color()), nl=False, color=color())
    elif form == "markdown":
        from promptops.report.diff.markdown import diff_markdown

        click.echo(diff_markdown(found), nl=False)
    else:
        from promptops.report.diff.json import diff_json

        click.echo(diff_json(found), nl=False)
