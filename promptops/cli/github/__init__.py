"""`promptops github …`: what a workflow on GitHub runs. A module is imported when its command is used."""

from __future__ import annotations

import click

from promptops.cli.lazy_group import LazyGroup
from promptops.cli.registry import Entry

PARTS: dict[str, Entry] = {
    "check": Entry("promptops.cli.github.check", "Lint and evaluate a change; say on its pull request what came out."),
    "comment": Entry("promptops.cli.github.comment", "Write results into the pull request's one comment."),
    "label": Entry("promptops.cli.github.label", "Obey /promptops … comments: labels, and what owners accept."),
    "notes": Entry("promptops.cli.github.notes", "Keep results as git notes, and share them."),
    "pin": Entry("promptops.cli.github.promote", "Propose a version for an environment as a pull request."),
}


@click.group("github", cls=LazyGroup, entries=PARTS)
def command() -> None:
    """What a workflow on GitHub runs: check, comment, label, notes, pin."""
