"""What somebody meant who wrote a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_LISTED = 12
_LONGEST = 200


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one, else one with the same last part (`b` of `a/b`); empty for none.

    Among names that are like it, one that begins with it comes first: P20 is P206 cut short and not P420 misspelt.
    """
    import difflib  # only where something is misspelt

    names = list(known)
    close = difflib.get_close_matches(name[:_LONGEST], names, _MOST_LISTED)
    if close:
        return next((one for one in close if one.startswith(name)), close[0])
    return next((one for one in names if _last_part(one) == _last_part(name)), "")


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint: the closest known name, else the first of them all; `otherwise` when there are none."""
    names = list(known)
    if close := closest(name, names):
        return f"did you mean '{close}'?{unseen_spelling(name, close)}"
    if not names:
        return otherwise
    mark = "'" if any(" " in one for one in names) else ""
    listed = ", ".join(f"{mark}{one}{mark}" for one in names[:_MOST_LISTED])
    return f"there are: {listed}{' …' if len(names) > _MOST_LISTED else ''}"


def unseen_spelling(name: str, meant: str) -> str:
    """What to add to a suggestion that looks like the name itself; empty where everybody sees the difference."""
    if name == meant or (name.isascii() and meant.isascii()):
        return ""
    from promptops.text.comparable import made_plain, without_unseen

    same = without_unseen(made_plain(name)) == without_unseen(made_plain(meant))
    return " It looks the same and is made of other characters: copy it from there." if same else ""


def _last_part(name: str) -> str:
    return name.rpartition("/")[2]
