"""Cases whose input stands word for word in the prompt they test.

Texts are compared as rows of words: spaces, line breaks and punctuation do not count. All words of the prompt are
looked up by how they begin, so a thousand cases cost no more than reading them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import REFERRING, TextSpan
from promptops.lint.located_values.linked_files import example_texts
from promptops.model.chat.message_template import TextOrigin
from promptops.model.suite import Case
from promptops.source.references import resolve_reference
from promptops.source.source import read_text

LEAST = 12
"""Characters of the shortest value that is looked for."""
_LONG, _LONG_WORDS = 25, 4
_HEAD = 200
_MOST_PLACES = 24
"""Of a beginning that the prompt repeats over and over, so many places are looked at."""
_WORD = r"\w+"
_BRACES = r"\{\{[^{}\n]+\}\}"
_BARRIER = "\0"
_BEFORE = re.compile(r"(?:^|[>\"“”«»‘„`:\n]|^[-*]|\n[ \t]*[-*])[ \t]*\Z")
_AFTER = re.compile(r"[ \t.!?…]*(?:\Z|[<\"“”«»’`\n])")


class Contamination(NamedTuple):
    """The case's value for the input `field` stands in the prompt, at `line` of the file `path`."""

    case: Case
    field: str
    path: PurePosixPath
    line: int


def contaminations(target: Target, *, held_out: bool) -> Iterator[Contamination]:
    """One leak for each case at most, of the held-out cases or of the others.

    A value counts when it has four words and 25 characters. One of 12 characters counts too, for a held-out case only,
    and where it fills a line, a quotation or the space between two tags: there it is an example, not a phrase. Values
    that several cases share are settings, and so are those of an `enum`.
    """
    tested = target.tested
    cases = [case for case in target.cases if case.held_out is held_out]
    if tested is None or tested.prompt is None or not cases:
        return
    inputs = tested.prompt.inputs
    names = {item.name for item in inputs if "enum" not in item.schema and "const" not in item.schema}
    if tested.prompt.plain:
        names = set(tested.placeholders)
    text_spans = tested.messages if tested.prompt.plain else tuple(_texts(tested))
    if not tested.prompt.is_text_only:
        text_spans = (*text_spans, *example_texts(tested))
    used = Counter(
        value
        for case in target.cases
        for name, value in case.fields.items()
        if name in names and isinstance(value, str) and len(value) >= LEAST
    )
    looked_for = {value for value, count in used.items() if count == 1 and _may_stand(value, text_spans)}
    if not looked_for:
        return
    text = _Words(text_spans, plain=tested.prompt.plain)
    for case in cases if text.places else ():
        for name, value in case.fields.items():
            wanted = name in names and isinstance(value, str) and value in looked_for
            if wanted and (place := text.find(value, short=held_out)):
                yield Contamination(case, name, *place)
                break


def _may_stand(value: str, text_spans: tuple[TextSpan, ...]) -> bool:
    """Whether a long word of it stands somewhere: cutting the whole prompt into words is dear, and mostly in vain."""
    word = re.search(r"\w{7,}", value) or re.search(_WORD, value)
    return word is not None and any(word[0] in text_span.text for text_span in text_spans)


class _Words:
    """All words that a prompt's messages and their templates have outside of braces."""

    def __init__(self, text_spans: tuple[TextSpan, ...], *, plain: bool) -> None:
        self.joined = ""
        self.places: dict[str, list[int]] = {}
        self._starts: list[int] = []
        self._origins: list[tuple[TextSpan, int]] = []
        parts: list[str] = []
        length = 0
        for text_span in text_spans:
            position = 0
            tags = [(tag.start, tag.end) for tag in text_span.tags] if not plain else []
            braces = [found.span() for found in re.finditer(_BRACES, text_span.text)] if plain else tags
            for start, end in [*braces, (len(text_span.text),) * 2]:
                for word in re.finditer(_WORD, text_span.text[position:start]):
                    parts.append(word[0])
                    self._starts.append(length)
                    self._origins.append((text_span, position + word.start()))
                    length += len(word[0]) + 1
                parts.append(_BARRIER)
                length += 2
                position = max(position, end)
        self.joined = " ".join(parts)
        for number, start in enumerate(self._starts):
            places = self.places.setdefault(self.joined[start : start + LEAST], [])
            if len(places) < _MOST_PLACES:
                places.append(number)

    def find(self, value: str, *, short: bool) -> tuple[PurePosixPath, int] | None:
        """The file and the line where the value stands."""
        head = " ".join(re.findall(_WORD, value[:_HEAD]))
        if len(head) < LEAST and len(value) <= _HEAD:
            return None
        numbers = self.places.get(head[:LEAST])
        if numbers is None and len(head) >= LEAST:
            return None
        words = re.findall(_WORD, value)
        wanted = " ".join(words)
        is_long = len(wanted) >= _LONG and len(words) >= _LONG_WORDS
        if len(wanted) < LEAST or not (is_long or short):
            return None
        for number in self.places.get(wanted[:LEAST], ()):
            start = self._starts[number]
            end = start + len(wanted)
            if self.joined.startswith(wanted, start) and self.joined[end : end + 1] in (" ", ""):
                text_span, origin = self._origins[number]
                if is_long or _alone(text_span.text, origin, self._end_of(number, end)):
                    return text_span.path, text_span.origin.line_of(text_span.text.count("\n", 0, origin) + 1)
        return None

    def _end_of(self, number: int, end: int) -> int:
        """The offset in the passage behind the last word before `end` of the joined words."""
        last = number
        while last + 1 < len(self._starts) and self._starts[last + 1] < end:
            last += 1
        return self._origins[last][1] + end - self._starts[last]


def _texts(tested: Target) -> Iterator[TextSpan]:
    """The messages and every file they include, found without Jinja, which takes longer to import than all of this."""
    waiting, seen = list(tested.messages), set[PurePosixPath]()
    for text_span in waiting:
        yield text_span
        for tag in text_span.tags if "{%" in text_span.text else ():
            name = re.search(r"[\"']([^\"'\n]+)[\"']", tag.body)
            if tag.kind != "{%" or tag.word not in REFERRING or name is None:
                continue
            try:
                path = resolve_reference(name[1], text_span.path, tested.project.template_folder)
                if path not in seen:
                    seen.add(path)
                    text = read_text(tested.project.source, path)
                    waiting.append(TextSpan(path, text, text.split("\n"), TextOrigin()))
            except PromptopsError:
                continue  # P104 and its neighbours speak of it


def _alone(text: str, start: int, end: int) -> bool:
    """Whether the stretch fills a line, a quotation or the space between two tags."""
    return bool(_BEFORE.search(text[max(0, start - 20) : start]) and _AFTER.match(text[end : end + 20]))
