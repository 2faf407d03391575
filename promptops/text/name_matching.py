"""Which of the known names somebody wrote, who copied it from a page or typed it on a phone.

Names are compared as they stand, then without regard to capitals, spaces and how letters are spelled (NFC), then with
curly marks, long dashes and letters that only look alike as one, then by their letters and digits alone. At each step
the name counts that is the only one to fit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from promptops.text.comparable import casefolded, comparable, made_plain, without_unseen
from promptops.text.suggestions import closest

_LONGEST = 400
"""Characters; no name that people are asked to write is longer."""
_SHOWN = re.compile(r"⟨U\+[0-9A-F]{4,6}⟩|\\(?=[\\`*_\[\]|~$])")
"""What a page writes for characters that nobody sees, and before those with a meaning in Markdown."""
_MARKS = re.compile(r"(?<=\S)\s*[⁰¹²³⁴-⁹]*(?:\s*\(\d+ (?:cases?|groups?)\))?\s*\Z")
"""What a table puts behind a name: the number of a footnote, and on how few cases a row rests."""
_CUT = re.compile(r"(?:…|\.\.\.)(?: [\d,]+ more characters?)?\Z")
_LEAST_START = 8
"""Characters of a name that a page cut short."""
_MOST_COMPARED = 1_000


def match_name(said: str, known: Iterable[str], *, loosely: bool = True) -> str:
    """The known name that is meant; empty where none fits, or several do equally well.

    Not `loosely`, only capitals, spaces and how letters are spelled may differ.
    """
    names = tuple(known)
    if said in names:
        return said
    for form in (_as_typed, *((_plain, _bare) if loosely else ())):
        if (wanted := form(said)) and (found := _by_form(names, form).get(wanted)) is not None:
            return found
    return _cut_short(said, names) if loosely else ""


def nearest_name(said: str, known: Iterable[str]) -> str:
    """The known name that is meant, else the one that is most like it; empty for none."""
    names = tuple(known)
    if found := match_name(said, names):
        return found
    by_form = {_as_typed(name): name for name in names[:_MOST_COMPARED]}
    return by_form.get(closest(_as_typed(said), by_form), "")


def likeness(said: str, name: str) -> float:
    """How alike two names are, from 0 to 1; 1 where one is meant by the other."""
    if match_name(said, (name,)):
        return 1.0
    import difflib  # only where something is misspelt

    return difflib.SequenceMatcher(None, _as_typed(said), _as_typed(name)).ratio()


@lru_cache(maxsize=32)
def _by_form(names: tuple[str, ...], form: Callable[[str], str]) -> dict[str, str]:
    """The name of each form; empty where several have it."""
    found: dict[str, str] = {}
    for name in names:
        key = form(name)
        found[key] = name if found.get(key, name) == name else ""
    return found


def _cut_short(said: str, names: tuple[str, ...]) -> str:
    start = _bare(_CUT.sub("", said)) if _CUT.search(said) else ""
    if len(start) < _LEAST_START:
        return ""
    found = {name for name in names if _bare(name).startswith(start)}
    return found.pop() if len(found) == 1 else ""


def _as_typed(text: str) -> str:
    return casefolded(" ".join(text[:_LONGEST].split()))


def _plain(text: str) -> str:
    shown = without_unseen(_SHOWN.sub("", text[:_LONGEST])).replace("…", "...")
    return re.sub("-+", "-", " ".join(casefolded(made_plain(shown)).split()))


def _bare(text: str) -> str:
    """Letters, digits and signs. An apostrophe parts no word: don’t and dont are one, and lyon–pilot is lyon pilot."""
    letters = unicodedata.normalize("NFKC", _plain(_MARKS.sub("", comparable(text[:_LONGEST]))))
    letters = re.sub("['\"]", "", letters)
    return " ".join("".join(" " if unicodedata.category(char)[0] in "PZC" else char for char in letters).split())
