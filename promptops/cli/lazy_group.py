"""Commands by name; a command's module is imported when it is used, so that `--help` stays quick."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from promptops.cli.registry import CommandSpec

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """The commands of a registry, in its order: the order in which people meet them."""

    def __init__(self, *arguments: Any, specs: Mapping[str, CommandSpec], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.specs = specs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As the registry has them."""
        return list(self.specs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        spec = self.specs.get(cmd_name)
        if spec is None:
            return None
        found = import_module(spec.module).command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Unknown names get a suggestion."""
        if args and args[0] not in self.specs and not ctx.resilient_parsing:
            from promptops.text.suggestions import closest

            close = closest(args[0], self.specs)
            hint = f"Did you mean '{close}'?" if close else f"See `{ctx.command_path} --help`."
            raise click.UsageError(f"There is no command '{args[0]}'. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under their headings, from the registry alone."""
        width = max(map(len, self.specs))
        for heading in dict.fromkeys(spec.heading for spec in self.specs.values()):
            rows = [(f"{name:{width}}", spec.help) for name, spec in self.specs.items() if spec.heading == heading]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands by the registry alone: nothing is imported for a name."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=spec.help) for name, spec in self.specs.items() if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)
