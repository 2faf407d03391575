"""What somebody meant who wrote a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_LISTED = 12
_LONGEST = 200


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one, or whose last part (`b` of `a/b`) it is; empty when none is."""
    import difflib  # only where something is misspelt

    names = list(known)
    close = difflib.get_close_matches(name[:_LONGEST], names, 1)
    return close[0] if close else next((one for one in names if one.rpartition("/")[2] == name), "")


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint: the closest known name, else the first of them all; `otherwise` when there are none."""
    names = list(known)
    if close := closest(name, names):
        return f"did you mean '{close}'?"
    listed = ", ".join(names[:_MOST_LISTED])
    return f"there are: {listed}{' …' if len(names) > _MOST_LISTED else ''}" if names else otherwise
