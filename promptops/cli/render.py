"""`promptops render PROMPT`: the messages, or the whole request, that a model would receive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promptops.cli.completion import cases, prompts
from promptops.cli.context import at_option, format_option, on_terminal, relative_name, say, workspace
from promptops.errors import EvalError
from promptops.model.chat.message import Message
from promptops.text.sanitize import visible, visible_line

if TYPE_CHECKING:
    from promptops.workflows.render.value_files import ValueFile


@click.command("render")
@click.argument("prompt", shell_complete=prompts)
@click.option(
    "--case",
    metavar="[ID]",
    is_flag=False,
    flag_value="",
    help="Fill the prompt from this case of its suites, not from the first one; without ID: list them.",
    shell_complete=cases,
)
@click.option(
    "--set",
    "pairs",
    metavar="K=V",
    multiple=True,
    help="Give a value to an input; numbers, lists and the like as JSON. K=@FILE takes it from a file: JSON, a text or "
    "a picture, as the input has it. A text that begins with @ is written K=@@….",
)
@format_option("text", "json", "curl")
@at_option
def command(prompt: str, case: str | None, pairs: tuple[str, ...], form: str, at: str | None) -> None:
    """Show the messages a model would receive for PROMPT (an identifier or a file), filled from its first case.

    `--format json` is the whole request as an evaluation sends it, `curl` a command that sends it, with $NAME for the
    key.
    """
    from promptops.workflows.render.render import RenderedCase, render_case, render_first_case, shown_cases

    space = workspace()
    project = space.project(at)
    name = relative_name(space.root, prompt)
    values = dict(_pair(pair) for pair in pairs)
    if case == "":
        click.echo("".join(f"{visible_line(one.id)}\n" for one in shown_cases(project, name)), nl=False)
        return
    if case is None:
        found = render_first_case(project, name, values)
    else:
        found = RenderedCase(render_case(project, name, case, values))
    if form == "text":
        output = f"{_text(found.messages)}\n"
    else:
        from promptops.workflows.render.request import whole_request

        request = whole_request(space, project, name, found.messages)
        output = f"{request.as_json}\n"
        if form == "curl":
            from promptops.workflows.render.curl import LOCAL_ADDRESS, curl_command

            output = curl_command(request, space.mask)
            if request.spec.interface == "local":
                say(f"Run `promptops model serve`, and put the address that it prints into {LOCAL_ADDRESS}.")
    if found.case:
        which = "its only case" if found.of == 1 else f"the first of its {found.of} cases; --case lists them"
        say(f"Filled from {visible_line(found.case)}, {which}.")
    # With `color`, click takes nothing out: a pipe gets exactly what the model would receive.
    click.echo(output, color=True, nl=False)


def _pair(text: str) -> tuple[str, str | ValueFile]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise EvalError(f"'{text}' is not NAME=VALUE", where="--set", hint="write it like --set audience=sales")
    if value.startswith("@@"):
        return name, value[1:]
    if value.startswith("@"):
        from promptops.workflows.render.value_files import ValueFile

        return name, ValueFile(Path(value[1:]))
    return name, value


def _text(messages: tuple[Message, ...]) -> str:
    text = "\n\n".join(f"── {message.role} ──\n{message.readable.rstrip()}" for message in messages)
    return visible(text) if on_terminal() else text
