"""`promptops gitlab check`: lint and evaluate a change, and say on its merge request what came out."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import click

from promptops.cli.broken_off import Replies, breaking_off
from promptops.cli.completion import models, suites
from promptops.cli.context import (
    MAX_COST_HELP,
    color,
    fresh_option,
    needs_extra,
    relative_name,
    retry_errors_option,
    say,
    workspace,
)
from promptops.cli.gitlab.pipeline_env import PipelineEnv, read_pipeline_env
from promptops.cli.quiet_progress import progress_lines
from promptops.errors import ForgeError
from promptops.forge.gitlab.client import GitLab
from promptops.forge.gitlab.pipeline import Pipeline
from promptops.model.outcomes.check import CheckResult
from promptops.report.check.text import check_text
from promptops.report.comment.comment_markers import marker_for
from promptops.report.comment.compose import check_comment
from promptops.text.sanitize import log_line
from promptops.workflows.check.check import check
from promptops.workflows.check.check_artifact import begin_check, save_check
from promptops.workflows.check.comparison_base import AUTO, NONE
from promptops.workflows.check.gitlab_base import choose_pipeline_base
from promptops.workflows.check.junit_files import write_junit
from promptops.workflows.check.missing_secrets import ON_GITLAB, with_secret_hints
from promptops.workflows.check.progress import live_progress
from promptops.workflows.comment.merge_request_note import MergeRequestNote
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.state_folder import STATE

_LONGEST = 2_000
_FORKS = "a fork's merge request may not write; its results are among the job's artifacts"


@click.command("check")
@click.argument("suites", nargs=-1, metavar="[SUITE]…", shell_complete=suites)
@click.option(
    "--base",
    default=AUTO,
    metavar="REV",
    help="Compare with where this work left REV; `auto` asks the pipeline, `none` compares with nothing.",
)
@click.option(
    "--model", "models", metavar="M", multiple=True, help="Ask this model instead; may be repeated.",
    shell_complete=models,
)  # fmt: skip
@click.option("--max-cost", type=click.FloatRange(0), metavar="USD", help=MAX_COST_HELP)
@fresh_option
@retry_errors_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where results go, a folder for each suite.",
)
@click.option("--comment/--no-comment", default=True, help="Write on the merge request.")
@click.option(
    "--cancelled",
    is_flag=True,
    help="Only say that this job was cancelled, where it promised results on the merge request.",
)
@click.option("--project", metavar="FOLDER", help="The project's folder, which tells notes of several apart.")
@click.option("--login", default="", metavar="NAME", help="The account that comments; by default the token's.")
@needs_extra("eval")
def command(
    suites: tuple[str, ...],
    base: str,
    models: tuple[str, ...],
    max_cost: float | None,
    fresh: bool,
    retry_errors: bool,
    out: Path | None,
    comment: bool,
    cancelled: bool,
    project: str | None,
    login: str,
) -> None:
    """Lint all files and evaluate each SUITE (by default all) that the change reaches; say what came out.

    Ends with 1 when lint finds something or a rule fails, with 2 when something could not be evaluated or was not
    measured, whatever the rules say. A note that cannot be written changes nothing about that. PROMPTOPS_GITLAB_TOKEN
    is what it is written with.
    """
    space, env = workspace(), read_pipeline_env()
    job = _read_job(env, login)
    folder, compared = choose_pipeline_base(space.root, NONE if cancelled else base, job.pipeline)
    marker = marker_for(folder if project is None else project)
    note = _note(env, job, marker, comment)
    if cancelled:
        _tell_all(*note.end_cancelled().told)
        return
    gc.set_threshold(1_000_000, 50, 50)  # as for `eval`: a run makes few cycles and very many objects
    _tell_all(f"compared with {compared.commit[:7]}, {compared.words}" if compared.commit else compared.words)
    results = out or space.root / STATE / "check"

    def publish(checked: CheckResult, *, ended: bool = False) -> None:
        _tell_all(save_check(space, results, checked), write_junit(space, results, checked))
        page = check_comment(checked, marker, run_url=env.job_url, answers=False)
        outcome = note.finish(page, ended=ended, quietly=not checked.reached)
        click.echo(check_text(checked, color=color()), nl=False)
        _tell_all(*(outcome.told if comment else ()), outcome.url and f"the note: {outcome.url}")

    names = tuple(relative_name(space.root, one) for one in suites)
    choice = EvalChoice(
        names, models=models, max_cost=max_cost, untrusted=job.untrusted, fresh=fresh, retry_errors=retry_errors
    )
    request = job.pipeline.merge_request if job.pipeline else None
    nothing, seen = CheckResult(compared, head=request.head if request else ""), Replies()
    begin_check(space, results, compared)
    with (
        breaking_off(lambda problem: publish(nothing._replace(problems=(problem,)), ended=True), seen),
        live_progress(note) as tell,
    ):
        checked = check(
            space,
            choice,
            compared,
            results,
            version=version("git-promptops"),
            on_lint=lambda report: None,
            watch=progress_lines(seen.told(tell)),
            on_failure=lambda text: _tell_all(f"a call failed: {text}"),
        )
    checked = checked._replace(unread=job.unread, head=nothing.head)
    publish(with_secret_hints(checked, ON_GITLAB) if env.in_job else checked)
    if checked.exit_code:
        sys.exit(checked.exit_code)


class _Job(NamedTuple):
    """The job as GitLab describes it. `may_not` and `trouble` say why no note is written: on purpose, or for a lack.

    `unread` says why the variables cannot be read.
    """

    pipeline: Pipeline | None
    unread: str = ""
    gitlab: GitLab | None = None
    trouble: str = ""

    @property
    def untrusted(self) -> bool:
        """Whether the change counts as a stranger's."""
        request = self.pipeline.merge_request if self.pipeline else None
        return self.pipeline is None or (request is not None and request.is_fork)

    @property
    def may_not(self) -> str:
        """Why a note must not be written; empty where it may."""
        if self.pipeline is None:  # it may be a fork's
            return f"the pipeline could not be read ({self.unread}), so this is treated as a stranger's change"
        return _FORKS if self.untrusted else ""


def _read_job(env: PipelineEnv, login: str) -> _Job:
    try:
        pipeline = env.pipeline()
    except ForgeError as exc:
        return _Job(None, exc.with_hint)
    request = pipeline.merge_request
    if request is None or request.is_fork:  # nothing is asked for with a token in a stranger's run
        return _Job(pipeline)
    try:
        gitlab = env.gitlab(login=login)
    except ForgeError as exc:
        return _Job(pipeline, trouble=exc.with_hint)
    # Where GitLab cannot be asked, what the pipeline says is enough to compare; writing will say what is wrong.
    with suppress(ForgeError):
        pipeline = pipeline._replace(merge_request=request.as_of(gitlab.change_request(request.number)))
    return _Job(pipeline, gitlab=gitlab)


def _note(env: PipelineEnv, job: _Job, marker: str, comment: bool) -> MergeRequestNote:
    """The note, which knows why it is not written where it is not."""
    refused = job.may_not or ("" if comment else "none was asked for")
    return MergeRequestNote(
        None if refused else job.gitlab,
        job.pipeline.merge_request if job.pipeline else None,
        marker,
        run=env.job,
        run_url=env.job_url,
        trouble=refused or job.trouble,
    )


def _tell_all(*texts: str) -> None:
    """Lines of the log, whoever wrote their words; an empty text is none."""
    for text in filter(None, texts):
        say(log_line(text.replace("\n", " · "), _LONGEST))
