"""A word mixes Latin letters with Cyrillic or Greek ones that look the same.

To you it is the word you mean; the model and every search read another one. It comes from typing with the wrong
keyboard, or from somebody who wants to get past a filter. Cases are not looked at: they may test just that.

Bad:   Never repeat a pаssword.     (its а is Cyrillic)
Good:  Never repeat a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.lint.engine.limits import limited
from promptops.lint.engine.offsets import YAML_SUFFIXES, outside_cases, span_of
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.linked_files import linked_texts
from promptops.model.finding import Finding, Fix
from promptops.text.confusables import find_mixed_scripts

CODE = "P206"
PREFILTER = Prefilter((*TEXTS, "suite"), (*YAML_SUFFIXES, ".json"), beyond_ascii=True)


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such word, with the letters that do not belong to it."""
    for first, last in outside_cases(target) if not target.text.isascii() else ():
        yield from _in_text(target.path, target.text, first, last)
    for path, text in linked_texts(target):
        if not text.isascii():
            yield from _in_text(path, text, 0, len(text))


def _in_text(path: PurePosixPath, text: str, first: int, last: int) -> Iterator[Finding]:
    for mixed in find_mixed_scripts(text[first:last]):
        start, end = first + mixed.start, first + mixed.end
        odd = [first + place for place in mixed.odd]
        signs = list(dict.fromkeys(f"'{text[place]}' (U+{ord(text[place]):04X})" for place in odd))
        which = f"{signs[0]} is" if len(signs) == 1 else f"{', '.join(signs)} are"
        message = f"'{text[start:end]}' mixes alphabets: its {which} {mixed.alphabet}, the rest is {mixed.rest}"
        detail = "it looks right, but the model and every search read another word"
        span = span_of(text, start, end)
        fix = None
        if len(odd) == 1:
            fix = Fix(span_of(text, odd[0], odd[0] + 1), mixed.instead[odd[0] - start])
        hint = f"type it again, all in {mixed.rest} letters: {mixed.instead}"
        yield Finding(path, span, CODE, message, hint, "warning", fix, detail=detail)
