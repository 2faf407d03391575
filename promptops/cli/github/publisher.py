"""What a check has to say, brought to all places where somebody looks for it. None of them decides the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from promptops.cli.context import say
from promptops.cli.github.actions_env import ActionsEnv
from promptops.cli.github.step_outputs import check_outputs, write_outputs
from promptops.model.outcomes.check import CheckResult
from promptops.report.comment.compose import SUMMARY_LIMIT, check_comment, with_notes
from promptops.report.comment.headline import headline
from promptops.report.results.summary import NOT_MEASURED
from promptops.text.sanitize import safe_line
from promptops.workflows.comment.post_comment import PullRequestComment
from promptops.workflows.comment.step_summary import append_summary

_LINE = 600


class Publisher(NamedTuple):
    """`results` is the folder with the suites' results; `sarif` lint's file for code scanning, where one is wanted.

    `wanted`: somebody asked for a comment, so it is told why there is none. `page_url`: where the page over all suites
    will be read, if anywhere.
    """

    env: ActionsEnv
    comment: PullRequestComment
    marker: str
    results: Path
    sarif: Path | None
    wanted: bool
    page_url: str = ""

    def publish(self, checked: CheckResult, *, said: bool = False, ended: bool = False) -> None:
        """The comment, the step's summary, the step's outputs, and in the log what could not be done.

        `said`: check.json lies with the results. `ended`: the check was broken off.
        """
        env = self.env
        page = check_comment(checked, self.marker, run_url=env.run_url, page_url=self.page_url)
        outcome = self.comment.finish(page, ended=ended, quietly=not checked.reached)
        told = list(outcome.told) if self.wanted else []
        if env.summary is not None:
            page = check_comment(checked, self.marker, limit=SUMMARY_LIMIT, page_url=self.page_url)
            told.append(append_summary(env.summary, with_notes(page, map(_one_line, told))))
        if env.output is not None:
            values = check_outputs(checked, self.results, env.workspace, said=said) | {"comment": outcome.url}
            values |= {"sarif": str(self.sarif)} if self.sarif is not None and self.sarif.is_file() else {}
            told.append(write_outputs(env.output, values))
        for line in filter(None, [*_problems(checked), *told]):
            log_line(line)
        if outcome.url:
            say(f"the comment: {outcome.url}")
        say(f"verdict: {checked.verdict}")
        log_line(headline(checked))


def log_line(text: str) -> None:
    """One line of the log, which a runner of workflows takes for nothing but words, whoever wrote them."""
    click.echo(safe_line(_one_line(text), _LINE), err=True)


def _one_line(text: str) -> str:
    return text.replace("\n", " · ")


def _problems(checked: CheckResult) -> Iterator[str]:
    for one in checked.problems:
        why = f"{one.suite}: {NOT_MEASURED}: {one.why}" if one.suite else one.why
        yield " · ".join(filter(None, [why, one.hint]))
    for each in checked.environments:
        yield from (f"{what}: {why}" for what, why in each.failures())
