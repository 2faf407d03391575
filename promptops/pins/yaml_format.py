"""How a pin is written into an environment file."""

from __future__ import annotations

import re

from promptops.model.environment import Pin, Rollout

FORCED = "forced: "
"""What a comment of ours begins with: it is replaced by the next edit of its pin, where people's comments stay."""
_PLAIN_NAME = r"(?!\d)\w[\w./-]*"
_OTHER_THINGS = ("true", "false", "yes", "no", "on", "off", "y", "n", "null")
"""Words that some readers of YAML take for something else than text."""


def yaml_name(name: str) -> str:
    """A prompt's identifier as a key, in quotes where YAML needs them."""
    if re.fullmatch(_PLAIN_NAME, name) and name.lower() not in _OTHER_THINGS:
        return name
    return '"' + "".join(_escaped(char) for char in name) + '"'


def _escaped(char: str) -> str:
    if char in '\\"':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08X}"


def pin_rows(pin: Pin, key: str, indent: str, comment: str = "") -> list[str]:
    """The pin's rows, without line ends: one row, or four when a second version is rolled out."""
    first = f"{indent}{key}:" if pin.rollout else f"{indent}{key}: {{{_version(pin)}}}"
    first = with_comment(first, len(first), comment)
    if pin.rollout is None:
        return [first]
    return [
        first,
        f"{indent}  commit: {yaml_value(pin.commit)}",
        f"{indent}  digest: {yaml_value(pin.digest)}",
        f"{indent}  {rollout_row(pin.rollout)}",
    ]


def rollout_row(rollout: Rollout) -> str:
    """`rollout: {commit: …, digest: …, percent: 10}`."""
    return f"rollout: {{{_version(rollout)}, percent: {yaml_percent(rollout.percent)}}}"


def yaml_value(text: str) -> str:
    """A commit or digest; a commit of digits alone in quotes, as others would read a number."""
    return f'"{text}"' if re.fullmatch("[0-9]+(e[0-9]+)?", text) else text


def yaml_percent(percent: float) -> str:
    """`10` and `12.5`, never `10.0`."""
    return repr(percent).removesuffix(".0")


def with_comment(row: str, after: int, comment: str) -> str:
    """The row (without line end) with `# comment` behind it, and without an older comment of ours.

    What people wrote behind it stays. `after` is the column (from 0) from which `#` can begin a comment.
    """
    code, note = split_comment(row, after)
    ours = re.search(f"[ \t]# ?{FORCED.strip()}", note)
    if ours is None and not comment:
        return row
    kept = (code + (note[: ours.start()] if ours else note)).rstrip()
    visible = "".join(char if char.isprintable() else " " for char in comment)
    return f"{kept}  # {' '.join(visible.split())}" if comment else kept


def split_comment(row: str, after: int) -> tuple[str, str]:
    """The row up to its comment, and the comment with the space before it."""
    found = re.search("[ \t]#", row[after:])
    code = (row[: after + found.start()] if found else row).rstrip()
    return code, row[len(code) :]


def _version(arm: Pin | Rollout) -> str:
    return f"commit: {yaml_value(arm.commit)}, digest: {yaml_value(arm.digest)}"
