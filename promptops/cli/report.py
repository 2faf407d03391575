"""`promptops report DIR`: the results of a run again, in another form."""

from __future__ import annotations

from pathlib import Path

import click

from promptops.cli.context import color, format_option, needs_extra, workspace
from promptops.model.outcomes.check import SavedReport
from promptops.report.check.text import check_text
from promptops.report.formats import CHECK_FORMATS, FORMATS
from promptops.report.results.text import render_text
from promptops.workflows.check.saved_report import load_report


@click.command("report")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@format_option(*FORMATS)
@needs_extra("eval")
def command(folder: Path | None, form: str) -> None:
    """Show the results in FOLDER (default: the last run) as text, markdown, plain markdown, html, json or junit.

    FOLDER is a run's, or one that `promptops check` or `eval --out` wrote: then all its suites make one page.
    """
    found = load_report(workspace(), folder)
    if isinstance(found, SavedReport):
        text = check_text(found.check, color=color()) if form == "text" else CHECK_FORMATS[form](found)
    else:
        text = render_text(found, color=color()) if form == "text" else FORMATS[form](found)
    click.echo(text, nl=False)
