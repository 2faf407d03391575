"""The one place that prints errors and sets exit codes.

0 clean · 1 findings or a failed gate · 2 usage, a PromptopsError, something that was not measured or output that
cannot be written · 3 a bug of ours · 130 interrupted, by ^C, SIGTERM or a terminal that was closed
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import click

from promptops.cli.lazy_group import LazyGroup
from promptops.cli.output import run_with_outputs
from promptops.cli.registry import COMMANDS
from promptops.errors import PromptopsError

INTERRUPTED, BUG, REFUSED = 130, 3, 2
_WIDEST_HELP = 100


class PromptopsGroup(LazyGroup):
    """All commands, and the one boundary of errors."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; every way it can end becomes an exit code here."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException):
            raise
        except (KeyboardInterrupt, click.Abort):
            click.echo("\ninterrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except PromptopsError as exc:
            _show(exc)
            raise click.exceptions.Exit(REFUSED) from None
        except Exception as exc:
            if isinstance(exc, ImportError):
                from promptops.extras import missing_extra

                if error := missing_extra(exc, "this command"):
                    _show(error)
                    raise click.exceptions.Exit(REFUSED) from None
            import traceback

            from promptops.text.sanitize import log_safe

            click.echo(log_safe(traceback.format_exc()), err=True, nl=False)
            click.echo(f"This is a bug in promptops ({type(exc).__name__}); please report the lines above.", err=True)
            raise click.exceptions.Exit(BUG) from None


def _show(exc: PromptopsError) -> None:
    from promptops.text.sanitize import log_safe  # an error quotes files, and a file may hold what moves the cursor

    click.echo(f"{click.style('error:', fg='red', bold=True)} {log_safe(str(exc))}", err=True)
    for line in log_safe(exc.hint).splitlines():
        click.echo(f"  {line}", err=True)


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"promptops {version('git-promptops')}")
        ctx.exit()


@click.group(
    cls=PromptopsGroup,
    specs=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDEST_HELP},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """Prompts as code, in your own git repository: lint, evaluate, compare, pin."""


def main() -> None:
    """The commands `promptops` and `git-promptops`."""
    sys.exit(run_with_outputs(_run))


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """End the command like ^C does: what is finished is kept, and processes that were started are ended."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    if callable(on_interrupt):  # a run's own, which ends its calls in order
        on_interrupt(signal.SIGINT, frame)
    else:  # a shell lets what it puts into the background ignore ^C, but not this
        raise KeyboardInterrupt


def _help_width() -> int:
    """Columns for the text of `--help`, as click chooses them, without `shutil`: that is a twentieth of its time."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() else 0
    if not width:
        with suppress(AttributeError, OSError, ValueError):  # there is no terminal
            width = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    return max(min(width or 80, _WIDEST_HELP) - 2, 50)


def _run() -> None:
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # `nohup` ignores it on purpose
            signal.signal(number, _interrupt)
    if os.environ.get("_PROMPTOPS_COMPLETE"):
        from promptops.cli.completion import answer_shell

        answer_shell(cli)
    try:
        cli(prog_name="promptops", terminal_width=_help_width())
    finally:
        gc.freeze()  # Python's last search for cycles would look at every object of openai once more: 0.15 s


if __name__ == "__main__":
    main()
