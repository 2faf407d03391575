"""`promptops gitlab …`: what a job on GitLab runs. A module is imported when its command is used."""

from __future__ import annotations

import click

from promptops.cli.lazy_group import LazyGroup
from promptops.cli.registry import CommandSpec

COMMANDS: dict[str, CommandSpec] = {
    "check": CommandSpec(
        "promptops.cli.gitlab.check", "Lint and evaluate a change; write a note on its merge request."
    ),
}


@click.group("gitlab", cls=LazyGroup, specs=COMMANDS)
def command() -> None:
    """What a job on GitLab runs: check."""
