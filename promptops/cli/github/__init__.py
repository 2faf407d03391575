"""`promptops github …`: what a workflow on GitHub runs. A module is imported when its command is used."""

from __future__ import annotations

import click

from promptops.cli.lazy_group import LazyGroup
from promptops.cli.registry import CommandSpec

COMMANDS: dict[str, CommandSpec] = {
    "check": CommandSpec("promptops.cli.github.check", "Lint and evaluate a change; comment on its pull request."),
    "comment": CommandSpec("promptops.cli.github.comment", "Write results into the pull request's one comment."),
    "label": CommandSpec("promptops.cli.github.label", "Obey /promptops … comments: labels, and what owners accept."),
    "notes": CommandSpec("promptops.cli.github.notes", "Keep results as git notes, and share them."),
    "pin": CommandSpec("promptops.cli.github.pin", "Propose a version for an environment as a pull request."),
}


@click.group("github", cls=LazyGroup, specs=COMMANDS)
def command() -> None:
    """What a workflow on GitHub runs: check, comment, label, notes, pin."""
