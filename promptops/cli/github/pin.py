"""`promptops github pin NAME[@REV] --env ENV`: a version for an environment, proposed as a pull request."""

from __future__ import annotations

import sys
import time

import click

from promptops.cli.completion import prompts
from promptops.cli.context import env_option, needs_extra, relative_name, say, workspace
from promptops.cli.github.actions_env import read_actions_env
from promptops.forge.github.git_credentials import credential_settings
from promptops.report.pins.text import ending, pins_text
from promptops.text.sanitize import fence, log_safe
from promptops.workflows.comment.step_summary import append_summary
from promptops.workflows.pin.pin import parse_prompt_at_revision
from promptops.workflows.pin.promote import PromotionRequest, promote

_IN_THE_BROWSER = "  In the browser: run this workflow again, and say why in the field for the reason."


@click.command("pin")
@click.argument("wanted", metavar="NAME[@REV]", shell_complete=prompts)
@env_option
@click.option("--into", metavar="BRANCH", help="The branch to propose it to; by default the repository's main branch.")
@click.option("--force", is_flag=True, help="Pin it although a rule failed; --reason says why.")
@click.option(
    "--reason",
    metavar="TEXT",
    default="",
    help="Why it is pinned although a rule failed, in one line; without it a failed rule keeps it back.",
)
@needs_extra("eval")
def command(wanted: str, environment: str, into: str | None, force: bool, reason: str) -> None:
    """Pin NAME as it is at REV (default: HEAD) on a branch of its own, push it and open a pull request.

    For a workflow's checkout. A failed rule keeps it back (exit code 1), and nothing is pushed then, unless a reason
    is given: it stands in the environment file for all to read. While the pull request that creates ENV is open,
    further versions are added to it.
    """
    if force and not reason.strip():
        raise click.UsageError("--force needs --reason TEXT: whoever reads the file should know why.")
    space, env = workspace(), read_actions_env()
    name, revision = parse_prompt_at_revision(wanted)
    promotion = PromotionRequest(
        relative_name(space.root, name),
        revision,
        environment,
        into or env.parsed_event().default_branch or "main",
        time.time(),
        env.server,
        credential_settings(env.server, env.token),
        reason.strip(),
    )
    done = promote(space, env.github(), promotion)
    page = f"{env.server}/{env.repository}/pull/{done.number}"
    proposed = "Proposed before" if done.was_open else "Added to what was proposed" if done.added else "Proposed"
    proposed = f"{proposed}: {page}"
    told = proposed if done.number is not None and not done.report.refused else "\n".join(ending(done.report))
    if done.report.refused and env.event_name == "workflow_dispatch":
        told += f"\n{_IN_THE_BROWSER}"
    text = pins_text(done.report, promotion.now).removesuffix("\n".join(ending(done.report)) + "\n")
    click.echo(log_safe(f"{text}{told}"))
    if env.summary is not None and (why := append_summary(env.summary, f"{told}\n\n{fence(text, 100_000)}")):
        say(why)
    if done.report.refused:
        sys.exit(1)
