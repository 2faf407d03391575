"""`promptops report DIR`: the results of a run again, in another form."""

from __future__ import annotations

from pathlib import Path

import click

from promptops.cli.context import color, format_option, workspace
from promptops.report.formats import FORMATS
from promptops.workflows.eval.save_results import load_results


@click.command("report")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@format_option(*FORMATS)
def command(folder: Path | None, form: str) -> None:
    """Show the results in FOLDER (default: the last run) as text, markdown, plain markdown, html, json or junit."""
    results = load_results(workspace(), folder)
    if form == "text":
        from promptops.report.results.text import render_text

        click.echo(render_text(results, color=color()), nl=False)
    else:
        click.echo(FORMATS[form](results), nl=False)
