"""`promptops init [DIR]`: a working prompt repository."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from promptops.cli.context import say
from promptops.workflows.init import begin


@click.command("init")
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Begin in DIR (default: here): a prompt, its suite and settings. Files that exist are left alone."""
    begun = begin(folder)
    for name in begun.written:
        click.echo(f"  wrote  {name}")
    for name in begun.kept:
        click.echo(f"  kept   {name}")
    go = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    say(f"\nNext:\n  {go}promptops lint\n  promptops model pull     # once: a small model, 98 MB\n  promptops eval")
