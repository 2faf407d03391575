"""`promptops github label`: obey `/promptops …` comments on a pull request."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import click

from promptops.cli.context import needs_extra, say
from promptops.cli.github.actions_env import read_actions_env
from promptops.forge.artifact import RESULTS_ARTIFACT
from promptops.workflows.comment_commands.handle_comment import handle_comment
from promptops.workflows.comment_commands.post_reply import post_reply


@click.command("label")
@click.argument("folders", nargs=-1, metavar="[DIR]…", type=click.Path(path_type=Path, exists=True))
@click.option("--project", default="", metavar="FOLDER", help="The project's folder in the repository.")
@click.option("--artifact", default=RESULTS_ARTIFACT, metavar="NAME", help="The name of the check's results artifact.")
@needs_extra("eval")
def command(folders: tuple[Path, ...], project: str, artifact: str) -> None:
    """Record what the comment that started this workflow says: a label, or that an owner accepts a criterion.

    The results come from the pull request's last check, or from each DIR. Whatever was asked is answered there, by the
    job of the project that it is about.
    """
    env = read_actions_env()
    github = env.github()
    place = PurePosixPath(project or ".")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    done = handle_comment(github, env.parsed_event(), folder=place, results=folders, artifact=artifact, now=now)
    if done.left_to_others:
        count = done.left_to_others
        lines = "the comment's line is" if count == 1 else f"{count} lines of the comment are"
        say(f"{lines} about another project of this repository: its own job answers")
    elif not done.replies:
        say("this event asks for nothing: a new comment on a pull request with a line /promptops … does")
    if done.replies:
        for line in post_reply(github, done, place):
            say(line)
