"""What the shell offers after TAB: names of this project, by click's protocol. Quick, and silent whatever is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from promptops.source.project import Project

VARIABLE = "_PROMPTOPS_COMPLETE"
"""Set by the shell's script: `bash_source` asks for the script itself, `bash_complete` for what fits."""

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def answer_shell(group: click.Group) -> NoReturn:
    """Answer what `VARIABLE` asks, under the name that was called, and end. Errors end in silence."""
    from click.shell_completion import BashComplete, add_completion_class

    @add_completion_class
    class _EscapingBash(BashComplete):
        """Click's script for bash puts values on the line as they are, and its `read` takes backslashes away."""

        def format_completion(self, item: CompletionItem) -> str:
            word = os.environ["COMP_WORDS"].split("\n")[int(os.environ["COMP_CWORD"]) :][:1]
            quoted = bool(word) and word[0].startswith(("'", '"'))
            plain = quoted or item.type != "plain"
            value = "".join(one if plain or one.isalnum() or one in "@%+:,./=_-" else f"\\{one}" for one in item.value)
            return f"{item.type},{value}".replace("\\", "\\\\")

    name = "git-promptops" if Path(sys.argv[0]).stem == "git-promptops" else "promptops"
    with redirect_stderr(StringIO()), suppress(Exception):
        group.main(prog_name=name, complete_var=VARIABLE)
    sys.exit(0)


def _completer(names: Callable[[Project, click.Context], Iterable[str]], *, files: bool = False) -> Completer:
    """The names that begin so; with `files` those of files, where none does. Nothing outside of a project."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        project = _project()
        if project is None:
            return []
        fish = os.environ.get(VARIABLE, "").startswith("fish")  # click's script for it cuts a value at a comma
        found = dict.fromkeys(name for name in names(project, ctx) if name.startswith(incomplete))
        items = [CompletionItem(name) for name in found if name.isprintable() and not (fish and "," in name)]
        return items or ([CompletionItem(incomplete, type="file")] if files else [])

    return complete


def _project() -> Project | None:
    from promptops.evals.registry import KINDS
    from promptops.source.formats.settings import CONFIG_FILE
    from promptops.source.project import Project, find_root

    root = find_root(Path.cwd())
    is_project = (root / CONFIG_FILE).exists() or (root / ".git").exists()
    return Project.worktree(root, KINDS) if is_project else None


def _first_argument(ctx: click.Context) -> tuple[str, ...]:
    """What the line has for the first argument; click leaves it in `args` where an option has no value yet."""
    name = next(param.name for param in ctx.command.params if isinstance(param, click.Argument))
    found = ctx.params.get(name or "") or ctx.args[:1]
    return (found,) if isinstance(found, str) else tuple(found)


def _suites(project: Project, _ctx: click.Context) -> Iterator[str]:
    from promptops.source.file_names import INLINE_PREFIX

    yield from project.suite_paths()
    for name, path in project.prompt_paths().items():
        text = project.source.read(path)  # read and not parsed: there may be thousands
        if b"testData" in text and b"evaluators" in text:
            yield INLINE_PREFIX + name


def _cases(project: Project, ctx: click.Context) -> Iterator[str]:
    from promptops.errors import PromptopsError
    from promptops.model.suite import HELD_OUT

    for name in ctx.params.get("prompts") or _first_argument(ctx):
        prompt = project.prompt(name)
        yield from (case.id for case in prompt.test_data)
        word = prompt.id.rpartition("/")[2].encode()
        for suite, path in project.suite_paths().items():
            if word in project.source.read(path):  # else it is of another prompt, and need not be parsed
                with suppress(PromptopsError):
                    found = project.suite(suite)
                    fits = found.prompt == prompt.id
                    yield from (case.id for case in found.cases if fits and case.split != HELD_OUT)


def _criteria(project: Project, ctx: click.Context) -> Iterator[str]:
    for name in _first_argument(ctx):
        yield from (criterion.name for criterion in project.suite(name).criteria)


def _environments(project: Project, _ctx: click.Context) -> Iterable[str]:
    from promptops.source.formats.environments import environment_paths

    return environment_paths(project.source)


def _rules(_project: Project, _ctx: click.Context) -> Iterator[str]:
    from promptops.lint.engine.rule_manual import pages

    for page in pages():
        yield from (page.code, page.name)


prompts = _completer(lambda project, _: project.prompt_names(), files=True)
suites = _completer(_suites, files=True)
prompts_and_suites = _completer(lambda project, _: [*project.prompt_names(), *project.suite_paths()], files=True)
cases = _completer(_cases)
criteria = _completer(_criteria)
environments = _completer(_environments)
models = _completer(lambda project, _: project.config.models)
rules = _completer(_rules)
