"""Edits of an environment file as text: what is not edited stays byte for byte, comments and odd spacing included.

Every function reads its own result again, and gives it only when it says exactly what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from promptops.errors import PinError, PromptError
from promptops.model.environment import Pin
from promptops.pins.document import EnvironmentDocument, parse_or_none
from promptops.pins.row_edits import delete_pin, insert_pin, replace_pin
from promptops.pins.yaml_format import pin_rows, with_comment, yaml_name

_THE_FILE = "environments"
_MODELINE = "# yaml-language-server: $schema=../.github/schemas/environment.schema.json\n"


def new_environment(modeline: bool) -> str:
    """A file that pins nothing yet; the `modeline` tells editors where its schema lies, from environments/."""
    return (_MODELINE if modeline else "") + "pins: {}\n"


def set_pin(text: str, pin: Pin, comment: str = "", *, where: str = _THE_FILE) -> str:
    """The file with this pin in it, in the place of the one its prompt had; no rollout in `pin` ends a rollout.

    `comment` is put behind the pin's name or version; one that begins with `forced: ` is ours, and goes when the pin is
    set again. A new pin goes where it sorts, at the end if the others are not sorted. `where` is the file's path for
    errors: PromptError when the file or the pin cannot be read, or when the file cannot be edited without loss.
    """
    document, rows = EnvironmentDocument(text, where), pin_rows(pin, yaml_name(pin.prompt), "  ")
    EnvironmentDocument(
        "\n".join(["pins:", *rows]), f"the pin of {pin.prompt}"
    )  # raises for a pin that no file can hold
    rows[0] = with_comment(rows[0], len(rows[0]), comment)
    edited = replace_pin(document, pin, comment) if pin.prompt in document.pins else insert_pin(document, pin, comment)
    return _verified(
        document, edited, {**document.pins, pin.prompt: pin}, "write these lines by hand:\n" + "\n".join(rows)
    )


def remove_pin(text: str, name: str, *, where: str = _THE_FILE) -> str:
    """The file without the pin of that prompt. PinError when it has none, PromptError as for `set_pin`."""
    document = EnvironmentDocument(text, where)
    if name not in document.pins:
        pinned = ", ".join(list(document.pins)[:10]) or "nothing"
        raise PinError(f"'{name}' is not pinned here", where=where, hint=f"pinned is: {pinned}")
    left = {each: pin for each, pin in document.pins.items() if each != name}
    return _verified(document, delete_pin(document, name), left, f"take the lines of '{name}' out by hand")


def _verified(document: EnvironmentDocument, edited: str | None, wanted: Mapping[str, Pin], by_hand: str) -> str:
    """The edited text, if it says exactly what is wanted and the other pins kept their order."""
    found = parse_or_none(edited, document.where)
    if (
        edited is None
        or found is None
        or _without_spans(found.pins) != _without_spans(wanted)
        or _order_changed(document.pins, found.pins)
    ):
        message = "this file is written in a way that cannot be edited here without loss, so it was left as it is"
        raise PromptError(message, where=document.where, hint=by_hand)
    return edited


def _without_spans(pins: Mapping[str, Pin]) -> dict[str, Pin]:
    """What is served, without the places where it is written."""
    return {name: pin.without_spans() for name, pin in pins.items()}


def _order_changed(before: Mapping[str, Pin], after: Mapping[str, Pin]) -> bool:
    return [name for name in before if name in after] != [name for name in after if name in before]
