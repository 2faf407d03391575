"""Edits of an environment file as text: what is not edited stays byte for byte, comments and odd spacing included.

Every function reads its own result again, and gives it only when it says exactly what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from promptops.errors import PinError, PromptError
from promptops.model.pin import Pin
from promptops.pins.document import Page, read_again
from promptops.pins.row_edits import added, changed, without
from promptops.pins.yaml_format import name_in_yaml, rows_of, with_comment

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
    page, rows = Page(text, where), rows_of(pin, name_in_yaml(pin.prompt), "  ")
    Page("\n".join(["pins:", *rows]), f"the pin of {pin.prompt}")  # raises for a pin that no file can hold
    rows[0] = with_comment(rows[0], len(rows[0]), comment)
    edited = changed(page, pin, comment) if pin.prompt in page.pins else added(page, pin, comment)
    return _sure(page, edited, {**page.pins, pin.prompt: pin}, "write these lines by hand:\n" + "\n".join(rows))


def remove_pin(text: str, name: str, *, where: str = _THE_FILE) -> str:
    """The file without the pin of that prompt. PinError when it has none, PromptError as for `set_pin`."""
    page = Page(text, where)
    if name not in page.pins:
        pinned = ", ".join(list(page.pins)[:10]) or "nothing"
        raise PinError(f"'{name}' is not pinned here", where=where, hint=f"pinned is: {pinned}")
    left = {each: pin for each, pin in page.pins.items() if each != name}
    return _sure(page, without(page, name), left, f"take the lines of '{name}' out by hand")


def _sure(page: Page, edited: str | None, wanted: Mapping[str, Pin], by_hand: str) -> str:
    """The edited text, if it says exactly what is wanted and the other pins kept their order."""
    found = read_again(edited, page.where)
    if edited is None or found is None or _meaning(found.pins) != _meaning(wanted) or _moved(page.pins, found.pins):
        message = "this file is written in a way that cannot be edited here without loss, so it was left as it is"
        raise PromptError(message, where=page.where, hint=by_hand)
    return edited


def _meaning(pins: Mapping[str, Pin]) -> dict[str, Pin]:
    """What is served, without the places where it is written."""
    return {name: pin.without_spans() for name, pin in pins.items()}


def _moved(before: Mapping[str, Pin], after: Mapping[str, Pin]) -> bool:
    return [name for name in before if name in after] != [name for name in after if name in before]
