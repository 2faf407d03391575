"""Every command that a text of ours names is there, with the options it is named with: people copy them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

import promptops
from promptops.cli.main import cli
from promptops.forge.comment_commands import InvalidCommand, parse_commands

PACKAGE = Path(promptops.__file__).parent
ROOT = PACKAGE.parent
TEXTS = sorted(
    path
    for path in [
        *PACKAGE.rglob("*"), *(ROOT / ".github").glob("*.md"), *(ROOT / ".github/workflows").glob("*.yml"),
        ROOT / "README.md", ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml", ROOT / "Makefile",
    ]
    if path.suffix in (".py", ".yml", ".yaml", ".md", ".html", ".j2", ".txt", ".json") or path.name == "Makefile"
)  # fmt: skip
_SPAN = re.compile(r"`(?:git )?(/?promptops (?!name`)[^`\n]+)`")
"""In a sentence."""
_LINE = re.compile(
    r"^\s*(?:\$ |run: |entry: |- run: )?(?:git )?(/?promptops (?!is |was |makes |name`)[a-z].*)$", re.MULTILINE
)
"""In a block of code: README and workflows."""
PLANNED = (
    "review",
    "calibrate",
    "studio",
    "migrate",
    "export",
    "cases suggest",
    "merge",
    "runs list",
    "blame",
)
"""Commands of the plan; one that is not there yet is named nowhere."""


class Named(NamedTuple):
    """A command as a text names it."""

    place: str
    line: str


def named(path: Path) -> Iterator[Named]:
    """The commands in one file."""
    text = path.read_text("utf-8")
    for pattern in (_SPAN, *([_LINE] if path.suffix != ".py" else [])):
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start(1)) + 1
            yield Named(f"{path.relative_to(ROOT)}:{line}", re.split(r"  |\s#\s|\s[|;&]\s", found[1])[0])


def fault(line: str) -> str:
    """What is wrong with a command line of ours; empty for nothing."""
    found: click.Command = cli
    context = click.Context(cli)
    words = line.split()[1:]
    while isinstance(found, click.Group) and words:
        name = words.pop(0)
        if not re.fullmatch("[a-z-]+(?:[|,][a-z-]+)*", name):  # a placeholder, or options of all commands
            break
        for one in re.split("[|,]", name):
            if found.get_command(context, one) is None:
                return f"there is no command {one}"
        inner = found.get_command(context, re.split("[|,]", name)[0])
        assert inner is not None
        found, context = inner, click.Context(inner, parent=context)
    if isinstance(found, click.Group):
        return ""
    known = {option for parameter in found.get_params(context) for option in parameter.opts + parameter.secondary_opts}
    unknown = [option for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(words)) if option not in known]
    return f"there is no option {', '.join(unknown)}" if unknown else ""


def test_every_command_and_option_that_is_named_is_there() -> None:
    lines = [one for path in TEXTS for one in named(path) if one.line.startswith("promptops")]
    faults = {f"{one.place}: {one.line}": wrong for one in lines if (wrong := fault(one.line))}
    assert faults == {}


def test_every_line_for_a_comment_is_one_that_is_obeyed() -> None:
    for one in (one for path in TEXTS for one in named(path)):
        if re.match("/promptops (label|accept) [^…]", one.line):
            shown = one.line.replace("pass|fail", "pass").replace("trial N", "trial 1")
            [command] = parse_commands(re.sub(r"[\[\]]", "", shown)).found
            assert not isinstance(command, InvalidCommand), f"{one.place}: {command.problem}"


def test_no_command_that_is_only_planned_is_named_even_in_passing() -> None:
    missing = [name for name in PLANNED if cli.get_command(click.Context(cli), name.split()[0]) is None]
    word = re.compile(rf"(?<![\w./])promptops ({'|'.join(missing)})\b")
    found = {f"{path.relative_to(ROOT)}: {name}" for path in TEXTS for name in word.findall(path.read_text("utf-8"))}
    assert found == set()


def test_what_is_named_is_found() -> None:
    assert sum(1 for path in TEXTS for _ in named(path)) > 100
    assert fault("promptops review SUITE") == "there is no command review"
    assert fault("promptops github frobnicate") == "there is no command frobnicate"
    assert fault("promptops lint --frobnicate") == "there is no option --frobnicate"
    assert fault("promptops model pull|serve|list") == ""
