"""`promptops github notes [DIR]…`: results travel with the commits they belong to."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from promptops.cli.context import needs_extra, say, workspace
from promptops.cli.github.actions_env import read_actions_env
from promptops.forge.github.git_credentials import credential_settings
from promptops.report.history.text import drift_words, open_gate_words
from promptops.source.git.notes import REF
from promptops.workflows.notes.git_notes import note_results


@click.command("notes")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, exists=True), metavar="[DIR]…")
@click.option("--remote", default="origin", show_default=True, metavar="NAME", help="Where the notes are shared.")
@click.option("--no-push", is_flag=True, help="Write them here only.")
@click.option(
    "--drift",
    is_flag=True,
    help="Exit with 1 where an unchanged prompt got worse since its first note; tell of all other rules that fail.",
)
@needs_extra("eval")
def command(folders: tuple[Path, ...], remote: str, no_push: bool, drift: bool) -> None:
    """Write the results in each DIR as a note on the commit that was evaluated, and push the notes.

    DIR is what `promptops eval` wrote, or holds such folders; by default all runs of this project. The notes lie in
    refs/notes/promptops: no branch, no file and no commit is changed. Notes that others pushed are kept, and so is
    what this version does not understand. `promptops history` and `promptops pin` read them.
    """
    env = read_actions_env()
    access = credential_settings(env.server, env.token)
    there = "" if no_push else remote
    found = note_results(workspace(), folders, run=env.run_url, remote=there, settings=access, drift=drift)
    for told in found.passed_over:
        say(f"not noted: {told}")
    commits = ", ".join(commit[:7] for commit in found.commits)
    if not found.commits:
        say("there was nothing to note")
        return
    where = f"pushed to {remote}" if found.pushed else "kept here"
    click.echo(f"{found.cards} scorecard{'s' * (found.cards != 1)} noted at {commits} and {where} ({REF})")
    for one in found.drifts:
        click.echo(drift_words(one.suite, one.criterion, one.model, one.before, one.now, one.since))
    for gate in found.gates:
        click.echo(open_gate_words(gate.suite, gate.model, gate.gate, gate.before, gate.since))
    if found.got_worse:
        sys.exit(1)
