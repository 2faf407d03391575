"""`promptops schema [NAME]`: the file formats as JSON Schemas, for editors and other tools."""

from __future__ import annotations

import click

from promptops.cli.context import say, workspace
from promptops.text.suggestions import did_you_mean
from promptops.workflows.schemas import SCHEMAS, modeline, schema_folder, schema_text, update_schemas


def _complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in SCHEMAS if name.startswith(incomplete)]


@click.command("schema")
@click.argument("name", required=False, shell_complete=_complete)
@click.option("--write", is_flag=True, help="Write them to .github/schemas, where the files' first lines point.")
def command(name: str | None, write: bool) -> None:
    """Print the JSON Schema NAME; without a NAME, say which there are."""
    if write:
        if name:
            raise click.UsageError("--write writes all schemas; leave the name out")
        _write()
    elif name is None:
        width = max(map(len, SCHEMAS))
        for known, title in SCHEMAS.items():
            click.echo(f"{known:{width}}  {title}")
    elif name in SCHEMAS:
        click.echo(schema_text(name), nl=False)
    else:
        hint = did_you_mean(name, SCHEMAS)
        raise click.UsageError(f"There is no schema '{name}'; {hint}")


def _write() -> None:
    root = workspace().root
    renewed = update_schemas(root)
    for file in renewed.written:
        click.echo(f"  wrote    {file}")
    for file in renewed.current:
        click.echo(f"  current  {file}")
    line = modeline("prompt", "prompts", schema_folder(root))
    say(f"\nEditors use them in files that begin with such a line, here for a prompt in prompts/:\n{line}")
