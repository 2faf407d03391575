"""What commands share: options of one spelling, and what is read from the machine (folder, environment, terminal)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from promptops.cli.completion import environments
from promptops.errors import SourceError

if TYPE_CHECKING:
    from promptops.workflows.workspace import Workspace

_Function = TypeVar("_Function", bound=Callable[..., Any])


def format_option(*forms: str) -> Callable[[_Function], _Function]:
    """`--format`, which the command gets as `form`; `text` where nothing else is asked for."""
    return click.option("--format", "form", type=click.Choice(forms), default="text", show_default=True)


def needs_extra(extra: str) -> Callable[[_Function], _Function]:
    """Right above a command's function: it runs only where this extra of git-promptops is installed."""

    def decorate(function: _Function) -> _Function:
        @wraps(function)
        def checked(*arguments: Any, **options: Any) -> Any:
            from promptops.extras import require_extra

            require_extra(extra, f"`{click.get_current_context().command_path}`")
            return function(*arguments, **options)

        return cast(_Function, checked)

    return decorate


at_option = click.option("--at", metavar="REV", help="Read the files at this git revision instead of the work tree.")
env_option = click.option(
    "--env",
    "environment",
    metavar="ENV",
    required=True,
    help="The environment: environments/ENV.yml.",
    shell_complete=environments,
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would change and write nothing.")
MAX_COST_HELP = "Begin no call once so much is spent; only the calls in flight then may pass it."
max_cost_option = click.option("--max-cost", type=click.FloatRange(0), metavar="USD", help=MAX_COST_HELP)
fresh_option = click.option("--fresh", is_flag=True, help="Ask everything again; no known reply is used.")
retry_errors_option = click.option(
    "--retry-errors", is_flag=True, help="Ask again what led to an error in the last run; the rest is known."
)
untrusted_option = click.option(
    "--untrusted",
    is_flag=True,
    help="The change is a stranger's: models and Python of the base, sandboxed templates.",
)
protected_option = click.option(
    "--protected",
    metavar="REV",
    help="Every pinned commit must be part of this branch, here or at origin, which itself must have had the text.",
)
signers_option = click.option(
    "--signers",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A file of allowed signers, who must have signed the pinned commits and the environment's. [policy.signers]",
)


def user_cache() -> Path:
    """Where models are kept: `PROMPTOPS_CACHE_DIR`, or the system's place for caches."""
    if folder := os.environ.get("PROMPTOPS_CACHE_DIR"):
        return Path(folder)
    from platformdirs import user_cache_path  # 10 ms, and only some commands need it

    return user_cache_path("promptops", appauthor=False)


def current_folder() -> Path:
    """The folder the command was started in. SourceError when it was deleted under the shell."""
    try:
        return Path.cwd()
    except OSError as exc:
        raise SourceError("the current folder no longer exists", hint="change to one that exists") from exc


def workspace() -> Workspace:
    """The project that holds the current folder."""
    from promptops.workflows.workspace import Workspace  # lint does without

    return Workspace.at(current_folder(), user_cache(), os.environ)


def relative_name(root: Path, name: str) -> str:
    """A path given on the command line, from the project's root; identifiers stay as they are."""
    path = Path(name)
    try:
        if not path.is_file() and path.suffix not in (".yml", ".yaml"):
            return name
        full = path.resolve()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, links in a circle: no file has this name
        return name
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else name


def say(text: str = "") -> None:
    """A line for people, on stderr: stdout is for data."""
    from promptops.text.sanitize import log_safe

    click.echo(log_safe(text), err=True)


def on_terminal() -> bool:
    """Whether stdout is a terminal: it would obey control characters, where a file or a pipe keeps them."""
    return sys.stdout.isatty()


def color() -> bool:
    """Whether stdout is a terminal that wants colour."""
    return on_terminal() and "NO_COLOR" not in os.environ
