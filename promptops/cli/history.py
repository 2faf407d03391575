"""`promptops history PROMPT`: the versions of one prompt."""

from __future__ import annotations

import time
from shutil import get_terminal_size

import click

from promptops.cli.completion import prompts
from promptops.cli.context import at_option, color, format_option, on_terminal, relative_name, workspace


@click.command("history")
@click.argument("prompt", shell_complete=prompts)
@format_option("text", "json", "html")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N", help="The newest N versions."
)
@at_option
def command(prompt: str, form: str, limit: int, at: str | None) -> None:
    """Show each version of PROMPT: who made it, what it changed, how it did, where it is served.

    A version is a change that a model notices, of the prompt, of what it includes or of its model; other commits are
    passed over. Only what was merged counts, and a prompt that was renamed is followed. Results come from git notes
    (`git fetch origin refs/notes/promptops:refs/notes/promptops`) and from evaluations on this machine.
    """
    from promptops.workflows.history import history

    space = workspace()
    found = history(space, relative_name(space.root, prompt), at, limit)
    if form == "json":
        from promptops.report.history.json import history_json

        click.echo(history_json(found), nl=False)
    elif form == "html":
        from promptops.report.history.html import history_html

        click.echo(history_html(found, time.time()), nl=False)
    else:
        from promptops.report.history.text import history_text

        width = get_terminal_size().columns if on_terminal() else None
        click.echo(history_text(found, time.time(), width=width, color=color()), nl=False, color=color())
