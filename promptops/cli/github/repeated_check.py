"""The check of an event that changed nothing but words: what the last check of the same change said, said again."""

from __future__ import annotations

from pathlib import Path

from promptops.cli.github.actions_env import ActionsEnv
from promptops.cli.github.publisher import log_line
from promptops.cli.github.step_outputs import repeated_outputs, write_outputs
from promptops.errors import EvalError, ForgeError
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event
from promptops.model.outcomes.check import ComparisonBase
from promptops.report.comment.repeated_check import repeated_check
from promptops.workflows.check.check_artifact import save_repeated_check
from promptops.workflows.check.earlier_check import find_earlier_check
from promptops.workflows.comment.step_summary import append_summary
from promptops.workflows.workspace import Workspace


def repeat_earlier_check(
    env: ActionsEnv,
    event: Event | None,
    github: GitHub | None,
    base: ComparisonBase,
    space: Workspace,
    results: Path,
    artifact: str,
) -> int | None:
    """The exit code of the last check of the same head and base, told in summary and outputs.

    None where this run has to find out by itself: the event is another one, somebody asked for this run once more, or
    there was no such check.
    """
    if event is None or not event.changes_words_only or event.pull_request is None or env.attempt > 1:
        return None
    if github is None or not env.run:
        return None
    try:
        earlier = find_earlier_check(github, env.run, event.pull_request, base.commit or "", artifact)
    except ForgeError as exc:
        log_line(f"the last check of this version cannot be looked up: {exc.with_hint}")
        return None
    except EvalError as exc:
        return _tell(env, f"Not measured: {exc.with_hint}.", {"verdict": "not-measured"}, 2)
    if earlier is None:
        return None
    said = earlier.said
    if trouble := save_repeated_check(space, results, said, earlier.run.id):
        log_line(trouble)
    outputs = repeated_outputs(said, results, env.workspace, saved=not trouble)
    return _tell(env, repeated_check(said, earlier.run.url), outputs, said.exit_code)


def _tell(env: ActionsEnv, text: str, outputs: dict[str, str], code: int) -> int:
    log_line(text)
    if env.summary is not None and (failed := append_summary(env.summary, text)):
        log_line(failed)
    if env.output is not None and (failed := write_outputs(env.output, outputs)):
        log_line(failed)
    return code
