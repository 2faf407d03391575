"""`promptops github check`: lint and evaluate a change, and say on its pull request what came out."""

from __future__ import annotations

import gc
import sys
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import click

from promptops.cli.broken_off import Replies, breaking_off
from promptops.cli.context import (
    MAX_COST_HELP,
    fresh_option,
    needs_extra,
    relative_name,
    retry_errors_option,
    workspace,
)
from promptops.cli.github.actions_env import ActionsEnv, read_actions_env
from promptops.cli.github.publisher import Publisher, log_line
from promptops.cli.github.repeated_check import repeat_earlier_check
from promptops.cli.quiet_progress import progress_lines
from promptops.errors import ForgeError
from promptops.forge.artifact import RESULTS_ARTIFACT
from promptops.forge.github.client import GitHub
from promptops.forge.github.edit_address import edit_address
from promptops.forge.github.event import Event
from promptops.forge.github.git_credentials import credential_settings
from promptops.lint.engine.runner import Report
from promptops.model.outcomes.check import CheckProblem, CheckResult
from promptops.report.comment.comment_markers import marker_for
from promptops.report.lint import findings
from promptops.report.lint.sarif import sarif
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder
from promptops.workflows.check.check import check
from promptops.workflows.check.check_artifact import save_check
from promptops.workflows.check.comparison_base import AUTO, choose_base, reviewed_commit
from promptops.workflows.check.missing_secrets import with_secret_hints
from promptops.workflows.check.progress import live_progress
from promptops.workflows.comment.post_comment import PullRequestComment
from promptops.workflows.comment.recorded_words import word_folders
from promptops.workflows.comment_commands.event_record import record_for
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.state_folder import STATE
from promptops.workflows.suggestions.suggest import suggest_fixes

_FORKS = "a fork's pull request may not write; `promptops github comment --run` posts these results afterwards"


@click.command("check")
@click.argument("suites", nargs=-1, metavar="[SUITE]…", envvar="PROMPTOPS_SUITES")
@click.option(
    "--base",
    default=AUTO,
    metavar="REV",
    envvar="PROMPTOPS_BASE",
    help="Compare with where this work left REV; `auto` asks the event, `none` compares with nothing.",
)
@click.option("--model", "models", metavar="M", multiple=True, envvar="PROMPTOPS_MODEL", help="Ask this model instead.")
@click.option(
    "--max-cost",
    type=click.FloatRange(0),
    metavar="USD",
    envvar="PROMPTOPS_MAX_COST",
    help=MAX_COST_HELP,
)
@fresh_option
@retry_errors_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    envvar="PROMPTOPS_OUT",
    help="Where results go, a folder for each suite.",
)
@click.option(
    "--sarif",
    "sarif_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="PROMPTOPS_SARIF",
    help="Write what lint finds into this file as well.",
)
@click.option("--comment/--no-comment", default=True, envvar="PROMPTOPS_COMMENT", help="Write on the pull request.")
@click.option(
    "--suggestions/--no-suggestions",
    default=True,
    envvar="PROMPTOPS_SUGGESTIONS",
    help="Propose beside the lines of the pull request what lint can mend.",
)
@click.option("--fail/--no-fail", default=True, envvar="PROMPTOPS_FAIL", help="Exit with 1 or 2 when the check fails.")
@click.option(
    "--measure-only", is_flag=True, help="Exit with 2 where something was not measured, and with 0 for all it found."
)
@click.option("--project", metavar="FOLDER", help="The project's folder, which tells comments of several apart.")
@click.option(
    "--artifact",
    default=RESULTS_ARTIFACT,
    metavar="NAME",
    envvar="PROMPTOPS_ARTIFACT",
    help="Where earlier checks left the results that people spoke of.",
)
@click.option("--login", default="", metavar="NAME", help="The account that comments; by default the token's.")
@click.option(
    "--page-url",
    default="",
    metavar="URL",
    envvar="PROMPTOPS_PAGE_URL",
    help="Where a later step puts DIR/index.html; the comment links it.",
)
@needs_extra("eval")
def command(
    suites: tuple[str, ...],
    base: str,
    models: tuple[str, ...],
    max_cost: float | None,
    fresh: bool,
    retry_errors: bool,
    out: Path | None,
    sarif_file: Path | None,
    comment: bool,
    suggestions: bool,
    fail: bool,
    measure_only: bool,
    project: str | None,
    artifact: str,
    login: str,
    page_url: str,
) -> None:
    """Lint all files and evaluate each SUITE (by default all) that the change reaches; say what came out.

    Ends with 1 when lint finds something or a rule fails, with 2 when something could not be evaluated or was not
    measured, whatever the rules say. A comment that cannot be written changes nothing about that. Where no change is
    looked at, as every night, --measure-only leaves it to `promptops github notes --drift` what is worse than it was.

    Of a draft only lint is done, until it is ready for review or the job is run again. An event that only edited the
    pull request's title or text ends as the last check of the same commits did.
    """
    gc.set_threshold(1_000_000, 50, 50)  # as for `eval`: a run makes few cycles and very many objects
    space = workspace()
    env = read_actions_env()
    event, unread = _event(env)
    github, trouble = _github(env, login)
    pull = event.pull_request if event is not None else None
    untrusted = event is None or (pull is not None and pull.is_fork)
    credentials = credential_settings(env.server, env.token)
    folder, compared = choose_base(space.root, base, event, github, credentials)
    if pull is not None:
        compared = compared._replace(branch=pull.base_ref)
    shown = f"compared with {compared.commit[:7]}, " if compared.commit else ""
    log_line(f"{shown}{compared.words}")
    results = out or space.root / STATE / "check"
    said_before = repeat_earlier_check(env, event, github, compared, space, results, artifact)
    if said_before is not None:
        sys.exit(said_before if fail else 0)
    marker = marker_for(folder if project is None else project)
    may_not = _why_not_written(unread, untrusted, comment)
    writer = None if may_not else github
    post = PullRequestComment(
        writer,
        event or Event(""),
        marker,
        run_url=env.run_url,
        run=env.run,
        attempt=env.attempt,
        trouble=may_not or trouble,
        words=word_folders(space, folder),
    )
    publisher = Publisher(env, post, marker, results, sarif_file, comment, page_url)

    linted: list[Report] = []

    def on_lint(report: Report) -> None:
        linted.append(report)
        prefix = f"{folder}/" if folder else ""
        click.echo(findings.github(report, prefix))
        if sarif_file is not None:
            _write_sarif(space.root, sarif_file, sarif(report, prefix, version("git-promptops")))

    names = tuple(relative_name(space.root, one) for one in suites)
    choice = EvalChoice(
        names, models=models, max_cost=max_cost, untrusted=untrusted, fresh=fresh, retry_errors=retry_errors,
        record_of_words=record_for(event, github, PurePosixPath(folder or "."), artifact),
        main_branch=event.default_branch if event is not None else "",
    )  # fmt: skip
    reviewed = reviewed_commit(space.root, event)
    nothing, seen = CheckResult(compared, head=reviewed.head if reviewed else ""), Replies()

    def end_early(problem: CheckProblem) -> None:
        # What was finished by then is not all there is: nothing is said of it, what an earlier check found stays there.
        ended = nothing._replace(problems=(problem,))
        publisher.publish(ended, said=not save_check(space, results, ended), ended=True)

    with breaking_off(end_early, seen), live_progress(post) as tell:
        checked = check(
            space,
            choice,
            compared,
            results,
            version=version("git-promptops"),
            on_lint=on_lint,
            watch=progress_lines(seen.told(tell)),
            on_failure=lambda text: log_line(f"a call failed: {text}"),
            defer=pull is not None and pull.draft and env.attempt <= 1,
            settings=credentials,
        )
    edit_url = edit_address(env.server, pull, folder)
    checked = checked._replace(unread=str(unread or ""), head=nothing.head, edit_url=edit_url)
    kept = save_check(space, results, checked)
    if kept:
        log_line(kept)
    publisher.publish(with_secret_hints(checked) if env.event_name else checked, said=not kept)
    if suggestions and writer is not None and pull is not None and linted:
        for line in suggest_fixes(writer, pull, linted[0], folder):
            log_line(line)
    if fail and checked.exit_code > int(measure_only):
        sys.exit(checked.exit_code)


def _event(env: ActionsEnv) -> tuple[Event | None, ForgeError | None]:
    """The step's event; None and the reason where there is one that cannot be read."""
    try:
        return env.parsed_event(), None
    except ForgeError as exc:
        return None, exc


def _why_not_written(unread: ForgeError | None, untrusted: bool, comment: bool) -> str:
    """Why nothing is written on a pull request; empty where something is."""
    if unread is not None:  # it may be a fork's
        told = f"the event could not be read ({unread}), so this is treated as a stranger's change"
        return f"{told}; {unread.hint}" if unread.hint else told
    return _FORKS if untrusted else "" if comment else "none was asked for"


def _github(env: ActionsEnv, login: str) -> tuple[GitHub | None, str]:
    try:
        return env.github(login=login), ""
    except ForgeError as exc:
        return None, exc.with_hint


def _write_sarif(root: Path, file: Path, text: str) -> None:
    try:
        make_folder(file.parent, root)
        write_atomically(file, text.encode("utf-8", "replace"), root=root, durable=False)
    except OSError as exc:
        log_line(f"{file}: lint's findings cannot be written there: {exc.strerror or exc}")
