"""`promptops types [PROMPT…]`: a Python module in which each prompt has the types of its inputs."""

from __future__ import annotations

from pathlib import Path

import click

from promptops.cli.completion import prompts
from promptops.cli.context import at_option, on_terminal, relative_name, say, workspace


@click.command("types")
@click.argument("names", nargs=-1, metavar="[PROMPT]…", shell_complete=prompts)
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="Where it is written; without it, on stdout."
)
@click.option("--check", is_flag=True, help="Write nothing; end with 1 where FILE is not what the prompts say.")
@at_option
def command(names: tuple[str, ...], out: Path | None, check: bool, at: str | None) -> None:
    """Write a Python module in which each PROMPT (by default all) has the types of its inputs.

    With it a type checker knows what `typed(prompts).get("meeting-summary").render(…)` takes.
    """
    from promptops.text.sanitize import visible
    from promptops.workflows.types.types import types_diff, types_source, write_types

    if check and out is None:
        raise click.UsageError("--check compares a file: name it with --out FILE")
    space = workspace()
    text = types_source(space.project(at), [relative_name(space.root, name) for name in names])
    if out is None:
        click.echo(visible(text) if on_terminal() else text, nl=False)
    elif not check:
        say(f"{out}: {'written' if write_types(text, out, space.root) else 'is up to date'}")
    elif lines := types_diff(text, out, space.root):
        click.echo("\n".join(lines))
        say(f"\n{out} is not what the prompts say; write it anew: promptops types --out {out}")
        raise click.exceptions.Exit(1)
