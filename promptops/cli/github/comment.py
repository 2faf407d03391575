"""`promptops github comment DIR…`: results into the pull request's one comment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import click

from promptops.cli.context import needs_extra, say
from promptops.cli.github.actions_env import ActionsEnv, read_actions_env
from promptops.errors import EvalError, ForgeError
from promptops.forge.artifact import RESULTS_ARTIFACT
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event
from promptops.model.results import Results
from promptops.report.comment.comment_markers import marker_for
from promptops.report.comment.compose import results_comment
from promptops.report.comment.shown_head import named_by
from promptops.text.sanitize import defuse, shorten
from promptops.workflows.check.comparison_base import reviewed_commit
from promptops.workflows.comment.change_comment import PostResult
from promptops.workflows.comment.post_comment import PullRequestComment
from promptops.workflows.eval.collect_results import find_results


@click.command("comment")
@click.argument("folders", nargs=-1, metavar="DIR…", type=click.Path(path_type=Path))
@click.option("--progress", metavar="TEXT", help='Show progress instead of results, like "40 of 120".')
@click.option(
    "--cancelled", is_flag=True, help="Where this run's results are still promised, say that it was cancelled."
)
@click.option("--run", type=click.IntRange(1), metavar="ID", help="Show what this workflow run for a fork left behind.")
@click.option("--project", default="", metavar="FOLDER", help="The project's folder, where a repository has several.")
@click.option("--artifact", default=RESULTS_ARTIFACT, metavar="NAME", help="With --run: its results artifact.")
@click.option(
    "--suggestions/--no-suggestions",
    default=True,
    envvar="PROMPTOPS_SUGGESTIONS",
    help="With --run: propose beside the lines what lint can mend.",
)
@click.option("--login", default="", metavar="NAME", help="The account that comments; by default the token's.")
@needs_extra("eval")
def command(
    folders: tuple[Path, ...],
    progress: str | None,
    cancelled: bool,
    run: int | None,
    project: str,
    artifact: str,
    suggestions: bool,
    login: str,
) -> None:
    """Write the results in each DIR (a run's folder, or a folder of those) into the pull request's one comment.

    The comment is edited in place. Where there is no pull request, or the token may not write, the text goes to the
    step's summary. A comment that cannot be written never fails the step.
    """
    if [bool(folders), progress is not None, cancelled, run is not None].count(True) != 1:
        raise click.UsageError("Name a folder with results, or give --progress, --cancelled or --run.")
    env, marker = read_actions_env(), marker_for(project)
    if run is not None:
        outcome = _post_fork_results(env, run, marker, artifact, login, PurePosixPath(project or "."), suggestions)
    elif progress is not None:
        outcome = _comment(env, marker, login, None).announce(progress)
    elif cancelled:
        outcome = _comment(env, marker, login, None).end_cancelled()
    else:
        found = find_results(folders)
        for unread in found.unread:
            _say(f"{unread.name}: {unread.why}")
        text = results_comment(_shown(env, found.results), found.unread, marker, in_workflow=bool(env.run_id))
        outcome = _comment(env, marker, login, env.summary).finish(text)
    for line in (*outcome.told, outcome.url):
        if line:
            _say(line)


def _say(text: str) -> None:
    """A line of the log, in which a runner of workflows finds no command."""
    say(defuse(shorten(text, 2_000)))


def _comment(env: ActionsEnv, marker: str, login: str, summary: Path | None) -> PullRequestComment:
    """The comment that the step's event asks for; without a token or an event it knows why it cannot be written."""
    github: GitHub | None = None
    event, trouble = Event(""), ""
    try:
        event = env.parsed_event()
        github = env.github(login=login)
    except ForgeError as exc:
        trouble = exc.with_hint
    return PullRequestComment(
        github, event, marker, summary, run_url=env.run_url, run=env.run, attempt=env.attempt, trouble=trouble
    )


def _shown(env: ActionsEnv, results: Sequence[Results]) -> list[Results]:
    """The results, those of the commit that is checked out by the name that people know."""
    try:
        reviewed = reviewed_commit(Path.cwd(), env.parsed_event())
    except ForgeError:
        return list(results)
    if reviewed is None:
        return list(results)
    here = [{arm.commit for arm in one.arms if arm.side == "head"} == {reviewed.commit} for one in results]
    return [named_by([one], reviewed.head)[0] if mine else one for one, mine in zip(results, here, strict=True)]


def _post_fork_results(
    env: ActionsEnv, run: int, marker: str, artifact: str, login: str, folder: PurePosixPath, suggestions: bool
) -> PostResult:
    from promptops.workflows.comment.fork_comment import comment_for_run

    try:
        return comment_for_run(env.github(login=login), run, marker, artifact, folder, suggestions=suggestions)
    except (ForgeError, EvalError) as exc:
        return PostResult("", (f"nothing was posted: {exc.with_hint}",))
