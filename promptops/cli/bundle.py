"""`promptops bundle --env ENV --out FILE`: an environment as one file that needs no git."""

from __future__ import annotations

import json
from pathlib import Path

import click

from promptops.cli.context import at_option, env_option, protected_option, say, signers_option, workspace


@click.command("bundle")
@env_option
@click.option(
    "--out", metavar="FILE", required=True, type=click.Path(path_type=Path), help="Where it is written; - for stdout."
)
@protected_option
@signers_option
@at_option
def command(environment: str, out: Path, protected: str | None, signers: Path | None, at: str | None) -> None:
    """Write all that an environment serves into one file, for applications without git or a network.

    Every pin is read at its commit and compared with what was approved; when one does not hold, nothing is written.
    The same pins give the same bytes. Prints the file's digest, which an application may demand; on stderr
    where stdout is for the bundle.
    """
    from promptops.text.humanize import plural
    from promptops.text.sanitize import number
    from promptops.workflows.bundle import build_bundle, save_bundle

    to_stdout = str(out) == "-"
    if to_stdout:
        built = build_bundle(workspace(), environment, at, protected=protected, signers=signers, where="stdout")
        click.echo(built.data, nl=False)
    else:
        built = save_bundle(workspace(), environment, out, at, protected=protected, signers=signers)
    bundle = built.bundle
    rollouts = sum(pin.rollout is not None for pin in bundle.pins.values())
    what = plural(len(bundle.pins), "prompt") + (f" and {plural(rollouts, 'rollout')}" if rollouts else "")
    state = f"as of commit {bundle.commit[:7]}" if bundle.commit else "as the file is now, which is not committed"
    demanded = f"; all part of {built.protected}" if built.protected else ""
    demanded += "; all signed by their committers" if built.signers else ""
    written = "standard output" if to_stdout else out
    say(f"{written}: {what} of {environment}, {state}; {number(len(built.data))} bytes{demanded}")
    for note in built.notes:
        say(f"Note: {note}")
    click.echo(bundle.digest, err=to_stdout)
    if to_stdout:
        return
    # JSON's quotes are Python's too, whatever the name holds.
    say(f'\nLoad it: Prompts.from_bundle({json.dumps(str(out), ensure_ascii=False)}, digest="{bundle.digest}")')
