"""`promptops github label`: obey `/promptops …` comments on a pull request."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import click

from promptops.cli.context import say
from promptops.cli.github.actions_env import surroundings
from promptops.forge.artifact import ARTIFACT
from promptops.workflows.label.comment import obey
from promptops.workflows.label.reply import reply


@click.command("label")
@click.argument("folders", nargs=-1, metavar="[DIR]…", type=click.Path(path_type=Path, exists=True))
@click.option("--project", default="", metavar="FOLDER", help="The project's folder in the repository.")
@click.option("--artifact", default=ARTIFACT, metavar="NAME", help="What the check's results are called there.")
def command(folders: tuple[Path, ...], project: str, artifact: str) -> None:
    """Record what the comment that started this workflow says: a label, or that an owner accepts a criterion.

    The results come from the pull request's last check, or from each DIR. Whatever was asked is answered there, by the
    job of the project that it is about.
    """
    around = surroundings()
    github = around.github()
    place = PurePosixPath(project or ".")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    done = obey(github, around.happened(), folder=place, results=folders, artifact=artifact, now=now)
    if done.elsewhere:
        say(f"another project of this repository has what {_lines(done.elsewhere)} speaks of: its own job answers")
    elif not done.answers:
        say("this event asks for nothing: a new comment on a pull request with a line /promptops … does")
    if done.answers:
        for line in reply(github, done, place):
            say(line)


def _lines(count: int) -> str:
    return "the comment's line" if count == 1 else f"each of {count} lines of the comment"
