"""`promptops init [DIR]`: a working prompt repository."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path

import click

from promptops.cli.context import color, say, user_cache
from promptops.errors import PromptopsError
from promptops.workflows.init.next_steps import missing_setup, next_steps
from promptops.workflows.init.scaffold import EXAMPLE, Scaffolded, lint_project, scaffold, scaffold_reusable
from promptops.workflows.init.workflow_options import DEFAULTS, HOSTED, WorkflowOptions, check_options
from promptops.workflows.workspace import Workspace


@click.command("init")
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path))
@click.option(
    "--forge",
    type=click.Choice(("github", "gitlab")),
    default=None,
    help="Where the repository lives; by default GitLab if it has .gitlab-ci.yml and no .github, else GitHub.",
)
@click.option("--runner", "labels", metavar="LABEL", multiple=True, help="Where workflows run; may be repeated.")
@click.option("--enterprise-server", is_flag=True, help="The workflows are for GitHub Enterprise Server.")
@click.option(
    "--workflow",
    "follows",
    default="",
    metavar="OWNER/REPO/.github/workflows/FILE.yml@COMMIT",
    help="Follow this reusable workflow instead of writing the check out.",
)
@click.option("--reusable", is_flag=True, help="Write only the workflow that other repositories can follow.")
def command(
    folder: Path, forge: str | None, labels: tuple[str, ...], enterprise_server: bool, follows: str, reusable: bool
) -> None:
    """Begin in DIR (default: here): a prompt, its suite, settings, hooks, workflows. Files that exist are left alone.

    A folder with prompts of its own gets no example. Workflows and hooks go to the repository's top folder.
    """
    release = version("git-promptops")
    options = check_options(WorkflowOptions(labels or (HOSTED,), enterprise_server, follows))
    if forge == "gitlab" and (reusable or options != DEFAULTS):
        raise click.UsageError("--runner, --enterprise-server, --workflow and --reusable are for workflows on GitHub")
    if reusable:
        _print_files(scaffold_reusable(folder, options))
        return
    scaffolded = scaffold(folder, release, options, forge=forge or "")
    _print_files(scaffolded)
    space = Workspace(scaffolded.target.folder, user_cache(), os.environ)
    lacks, evaluated = None, False
    try:
        _lint(scaffolded)
        lacks = missing_setup(space, space.project())
        if scaffolded.example and lacks.nothing:
            _evaluate(space, release)
            evaluated = True
    except PromptopsError as exc:  # of files that were there before: what is missing is written all the same
        say(f"the project cannot be linted or evaluated yet: {exc}")
        say(exc.hint)
    say()
    for line in next_steps(scaffolded, str(folder), lacks, evaluated=evaluated):
        say(line)


def _print_files(scaffolded: Scaffolded) -> None:
    """Each file on stdout, as it is named from the project's folder."""
    from promptops.text.sanitize import visible

    rows = [("wrote", path, "") for path in scaffolded.written]
    rows += [("left" if one.missing else "kept", one.path, one.why) for one in scaffolded.left]
    for word, path, why in rows:
        name = Path(os.path.relpath(path, scaffolded.target.folder)).as_posix()
        click.echo(visible(f"  {word:5}  {name}" + (f"  ({why})" if why else "")))
    for note in scaffolded.notes:
        say(f"\n{note}")


def _lint(scaffolded: Scaffolded) -> None:
    """What lint says of all that is there now."""
    from promptops.report.lint import findings

    say()
    report = lint_project(scaffolded)
    if any(report.checked.values()):
        click.echo(findings.text(report, color=False), err=True)


def _evaluate(space: Workspace, release: str) -> None:
    """Evaluate the example with the embedded model, which is here."""
    from datetime import UTC, datetime

    from promptops.cli.progress import progress_bar
    from promptops.report.results.text import render_text
    from promptops.workflows.eval.evaluate import execute
    from promptops.workflows.eval.prepare import prepare
    from promptops.workflows.eval.prepared_run import EvalChoice
    from promptops.workflows.eval.run_paths import results_folder
    from promptops.workflows.eval.save_results import save_results

    say()
    (prepared,) = prepare(space, EvalChoice((EXAMPLE,)))
    folder = results_folder(space, EXAMPLE, datetime.now(UTC))
    with progress_bar(prepared.plan.size) as watch:
        results = execute(space, prepared, folder, command="promptops eval", version=release, watch=watch)
    click.echo(render_text(results, color=color() and sys.stderr.isatty()), nl=False, err=True)
    if results.samples:
        say(save_results(space, folder, results))
