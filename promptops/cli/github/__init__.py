"""`promptops github …`: what a workflow on GitHub runs. A module is imported when its command is used."""

from __future__ import annotations

from importlib import import_module

import click

from promptops.cli.registry import Entry

PARTS: dict[str, Entry] = {
    "check": Entry("promptops.cli.github.check", "Lint and evaluate a change; say on its pull request what came out."),
    "comment": Entry("promptops.cli.github.comment", "Write results into the pull request's one comment."),
    "label": Entry("promptops.cli.github.label", "Obey /promptops … comments: labels, and what owners accept."),
    "notes": Entry("promptops.cli.github.notes", "Keep results as git notes, and share them."),
    "pin": Entry("promptops.cli.github.promote", "Propose a version for an environment as a pull request."),
}


class Parts(click.Group):
    """The commands below `promptops github`, by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a workflow meets them."""
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        entry = PARTS.get(cmd_name)
        if entry is None:
            return None
        found = import_module(entry.module).command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in PARTS.items()])


@click.group("github", cls=Parts)
def command() -> None:
    """What a workflow on GitHub runs: check, comment, label, notes, pin."""
