"""The sentences of a prompt that instruct: without examples, code, tables and what only sometimes holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from promptops.lint.engine.locations import texts_by_message
from promptops.lint.engine.target import Target
from promptops.lint.engine.template_tags import Tag
from promptops.lint.engine.text_spans import TextSpan

LONGEST = 100_000
"""Characters of the texts of a prompt that are looked at; nobody writes longer instructions by hand."""
_ENGLISH = "the and of to is are you your with not do don't be for that this it or if as at by from in a an only use"
_OTHERS = (
    "der die das und ist nicht ein eine einen einem einer mit den dem auf für von zu sie du le la les et est des un"
    " une dans pour ne pas vous el los las y que en una por con para su de het een van niet il lo gli che per non è uma"
    " com não os och att det som"
)
_SOMETIMES = frozenset(("if", "for", "macro", "call"))
_SPLIT = re.compile(r"(?<![.\s][A-Za-z])[.!?][\"”')\]*_`]*(?=\s)")
_LINE = re.compile(r"(?P<indent>[ \t]*)(?P<mark>(?:[-*+•]|\d{1,3}[.)])[ \t]+|#{1,6}[ \t]*)?")
_BOLD = re.compile(
    r"\*\*([^*\n]{1,60}?)(?::\*\*|\*\*:?)[ \t]*$|([A-Z][^.:!?\n]{0,60}):[ \t]*$|([A-Z][A-Z /&-]{3,50}):?[ \t]*$"
)
_LABEL = re.compile(r"(?:\*\*|__)?([A-Za-z][\w /-]{0,30}?)(?::(?:\*\*|__)?|(?:\*\*|__):)[ \t]+(?=\S)")
_EXAMPLE = re.compile(
    r"\b(?:examples?|e\.g|samples?|demonstrations?|inputs?|bad|good|better|wrong|incorrect|right|don['’]?ts?|dos|avoid"
    r"|mistakes|anti-?patterns?|never|not)\b",
    re.I,
)
_SHAPE = re.compile(r"\b(?:output|template|format|schema|structure|json)\b", re.I)
_RULES = re.compile(r"\b(?:rules|instructions|guidelines|requirements)\b", re.I)
_SPEAKERS = ("human", "user", "assistant", "ai", "bot", "agent", "customer", "system", "q", "a", "question", "answer")
_NO_PROSE = "|>{}[]\"'<"
_TAG = re.compile(r"[ \t]*<(/?)([A-Za-z][\w-]*)[^<>\n]*>[ \t]*$")
_EXAMPLE_TAG = re.compile(r"example|sample|shot|input|output|document|context|format|template|transcript|text", re.I)


class Sentence(NamedTuple):
    """Offsets in the passage's text, the words on one line (braces blanked), and where it stands.

    `heading` is what is written above it, or in front of it (`labelled`). `listed`, `numbered` and `nested` say what
    list item it stands in, `first` whether it begins its item or paragraph.
    """

    text_span: TextSpan
    start: int
    end: int
    words: str
    heading: str
    labelled: bool
    listed: bool
    numbered: bool
    nested: bool
    first: bool

    @property
    def raw(self) -> str:
        """The words as written, braces and all, on one line."""
        return " ".join(self.text_span.text[self.start : self.end].split())


def is_english(text: str) -> bool:
    """Whether about one word in seven is one of the small words of English, and few are those of other languages."""
    words = re.findall(r"[^\W\d_]+(?:'t)?", text[:20_000].lower().replace("’", "'"))
    ours, others = (sum(map(frozenset(small.split()).__contains__, words)) for small in (_ENGLISH, _OTHERS))
    return 7 * ours >= len(words) > 0 and ours > 2 * others


def instructing(target: Target) -> tuple[TextSpan, ...]:
    """The messages that say what to do: of the system, the developer, and the first of the user; a template itself."""
    messages = target.messages
    if target.kind != "template":
        first = next((texts for _, texts in texts_by_message(target) if texts and texts[0].role == "user"), ())
        messages = tuple(one for one in messages if one.role in ("system", "developer") or one in first)
    return messages if sum(len(text_span.text) for text_span in messages) <= LONGEST else ()


@lru_cache(maxsize=64)  # several rules read the same messages, and many prompts include the same files
def sentences(text_span: TextSpan) -> tuple[Sentence, ...]:
    """Its instructing sentences, in order; none of a text that is not English."""
    return tuple(_sentences(text_span))


def _sentences(text_span: TextSpan) -> Iterator[Sentence]:
    if len(text_span.text) > LONGEST or not is_english(text_span.text):
        return
    text = blanked(text_span)
    for block in _blocks(text):
        start, end, position = block.start, block.end, block.start
        place = (block.heading, block.labelled, bool(block.mark), block.mark[:1].isdigit(), block.nested)
        for stop in [*(match.end() for match in _SPLIT.finditer(text, start, end)), end]:
            words = " ".join(text[position:stop].split())
            if any(char.isalpha() for char in words) and "\x01" not in words:
                begin = position + len(text[position:stop]) - len(text[position:stop].lstrip())
                finish = begin + len(text[begin:stop].rstrip())
                yield Sentence(text_span, begin, finish, words, *place, position == start)
            position = stop


def blanked(text_span: TextSpan) -> str:
    """The text with each pair of braces turned into signs that are no words: `\\x01` where it only sometimes holds."""
    text = text_span.text
    parts: list[str] = []
    position, depth = 0, 0
    for tag in text_span.tags:
        parts.append(_kept(text[position : tag.start], depth))
        inside = text[tag.start : tag.end]
        depth = max(0, depth + _step(tag.kind, tag.word, tag.body))
        sign = "\x00" if tag.kind == "{{" else " "
        parts.append("\n".join(sign * len(row) for row in inside.split("\n")))
        position = tag.end
    parts.append(_kept(text[position:], depth))
    return "".join(parts)


def always(text_span: TextSpan) -> Iterator[Tag]:
    """The tags that stand in no branch and no loop."""
    depth = 0
    for tag in text_span.tags:
        depth = max(0, depth + _step(tag.kind, tag.word, tag.body))
        if depth == 0:
            yield tag


def _kept(text: str, depth: int) -> str:
    return re.sub(r"\S", "\x01", text) if depth else text


def _step(kind: str, word: str, body: str) -> int:
    """Whether a tag opens (1) or closes (-1) something that only sometimes holds."""
    if kind == "{%":
        if word in _SOMETIMES or (word == "set" and "=" not in body):
            return 1
        return -1 if word.startswith("end") and word[3:] in (*_SOMETIMES, "set") else 0
    # Braces of another language, which the file takes as they are.
    return 1 if kind == "{{" and word.startswith(("#", "^")) else -1 if kind == "{{" and word.startswith("/") else 0


class _Paragraph(NamedTuple):
    """A paragraph or a list item, its offsets without mark and label."""

    start: int
    end: int
    heading: str
    labelled: bool
    mark: str
    nested: bool


def _blocks(text: str) -> Iterator[_Paragraph]:
    """Paragraphs and list items; none of examples, code, tables and what looks like data."""
    heading, fence, closing, example = "", "", "", False
    opened: _Paragraph | None = None
    last = {found[1]: found.start() for found in re.finditer(r"</([A-Za-z][\w-]*)", text)}
    position = 0
    for line in text.split("\n"):
        start, position = position, position + len(line) + 1
        stripped = line.strip()
        if fence or closing:
            fence = "" if fence and stripped.startswith(fence) else fence
            closing = "" if closing and stripped.startswith(closing) else closing
            continue
        tag = _TAG.match(line)
        starts_fence = stripped.startswith(("```", "~~~"))
        title = _title(stripped)
        ends = not stripped or starts_fence or tag is not None or title is not None
        shape = _LINE.match(line)
        assert shape is not None
        mark = shape["mark"] or ""
        if opened and (ends or mark or stripped[0] in _NO_PROSE):
            yield opened
            opened = None
        if starts_fence:
            fence = stripped[:3]
        elif tag is not None:
            if not tag[1] and _EXAMPLE_TAG.search(tag[2]) and last.get(tag[2], 0) >= position:
                closing = f"</{tag[2]}"
            example, heading = False, ""
        elif title is not None:
            begins = bool(_EXAMPLE.search(title) or (_SHAPE.search(title) and not _RULES.search(title)))
            example = begins or (example and stripped.endswith(":") and not _RULES.search(title))
            heading = title.lower()
        elif stripped and not example and stripped[0] not in _NO_PROSE:
            if opened:
                opened = opened._replace(end=start + len(line))
                continue
            begin = start + shape.end()
            label = _LABEL.match(text, begin, start + len(line))
            name = heading
            if label is not None:
                name, begin = label[1].lower(), label.end()
                if _EXAMPLE.search(name) or name in _SPEAKERS:
                    continue
            nested = bool(mark) and len(shape["indent"].expandtabs(4)) >= 2
            opened = _Paragraph(begin, start + len(line), name, label is not None, mark, nested)
    if opened:
        yield opened


def _title(line: str) -> str | None:
    """What a heading says: `# …`, `**…**`, or a few words before a colon at the end of the line."""
    if line.startswith("#") and line.lstrip("#").startswith((" ", "\t")):
        return line.lstrip("#").strip(" \t*:")
    found = _BOLD.match(line) if len(line) <= 70 else None
    return next(group for group in found.groups() if group) if found else None
