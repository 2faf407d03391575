"""Places for values as other tools write them (`{name}`, `${name}`, `<<name>>` …), which nothing fills here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple

from promptops.lint.engine.text_spans import TextSpan

_NAME = r"[^\W\d]\w{0,60}"
# Compiled when first used: most prompts hold nothing that could be one. Each way begins with a sign of its own, so that
# ordinary text is passed over fast; `_is_code` looks at what is around.
_STYLES = (
    rf"\{{[ ]\{{[ ]?({_NAME})[ ]?\}}[ ]\}}|\{{[ ]?({_NAME})[ ]?\}}|<<[ ]?({_NAME})[ ]?>>|\[\[[ ]?({_NAME})[ ]?\]\]"
    rf"|%\(({_NAME})\)s\b"
)
_SURE_OPENERS = ("{", "<<", "[[", "%(")
OPENERS = ("{", "<", "[", "%", "«", "$", "｛")
"""What each way begins with, and each of those that could be something else."""
_WIDE = rf"｛{{1,2}}[ ]?({_NAME})[ ]?｝{{1,2}}"
"""As a Chinese or Japanese keyboard writes braces."""
_AMBIGUOUS = (
    rf"{_WIDE}|<[ ]?({_NAME}?)[ ]?>|«[ ]?({_NAME}?)[ ]?»|%({_NAME}?)%|\[[ ]?({_NAME}?)[ ]?\](?![(\[:])|\$({_NAME})\b"
)
"""Ways of wikis, spreadsheets and letters that may as well be a tag, a link, a price or a heading."""
_TRIPLE = rf"(?<![\w\\{{}}]){{{{{{[ ]?({_NAME})[ ]?}}}}}}(?!}})"
_PLAIN = r"\{\{[^{}\n]+\}\}"
_FENCE = r"(?m)^[ \t]*(?:```|~~~)"
_MOST = 10_000
"""As many signs are looked at in one text: more of them are program code."""
_NEAR = 200
"""As many characters of its line are looked at on each side."""


class Placeholder(NamedTuple):
    """`style` is the way it is written, with an n for the name: `${n}`."""

    name: str
    start: int
    end: int
    style: str


def placeholders(text_span: TextSpan, *, plain: bool, known: Collection[str] | None = None) -> Iterator[Placeholder]:
    """Those of a text, of these names alone where `known` is given; not those that are part of program code."""
    doubled = text_span.text.replace("{{", " ").replace("{%", " ").replace("{#", " ")
    if not any(opener in doubled for opener in _SURE_OPENERS):
        return
    if plain and "{{{" in text_span.text:
        for found in re.finditer(_TRIPLE, text_span.text):
            yield Placeholder(found[1], found.start(), found.end(), "{{{n}}}")
    text = text_span.text if plain else text_span.without_tags
    for filled in (_TRIPLE, _PLAIN) if plain else ():  # with blanks for it, so that every place stays
        text = re.sub(filled, lambda match: " " * len(match[0]), text)
    fences = [match.start() for match in re.finditer(_FENCE, text)]
    passed = 0
    for found in islice(re.finditer(_STYLES, text), _MOST):
        name = found[found.lastindex or 0]
        if known is not None and name not in known:
            continue
        start, end = found.span()
        if _is_code(text, start, end):
            continue
        start -= found[0][0] == "{" and text[start - 1 : start] == "$"
        while passed < len(fences) and fences[passed] < start:
            passed += 1
        before, after = around(text, start, end)
        fenced = passed % 2 == 1
        if (fenced and (before.strip() or after.strip())) or before.count("`") % 2 == 1:
            continue
        yield Placeholder(name, start, end, text[start:end].replace(" ", "").replace(name, "n", 1))


def unread_placeholders(text_span: TextSpan, names: Collection[str]) -> Iterator[Placeholder]:
    """Of these names, which no text reads, those that stand in a way that could be something else: `<n>`, `%n%`, `[n]`.

    A tag that is closed marks a part of the text, and what stands between backticks is spoken of.
    """
    text = text_span.without_tags
    if not any(name in text for name in names):
        return
    closed = {tag.strip() for tag in re.findall(r"</([^<>]*)>", text)}
    for found in islice(re.finditer(_AMBIGUOUS, text), _MOST):
        name = found[found.lastindex or 0]
        if name not in names or (found[0][0] == "<" and name in closed):
            continue
        before, after = around(text, *found.span())
        joined = found[0][0] != "｛" and (before[-1:].isalnum() or after[:1].isalnum())
        if joined or before.count("`") % 2 == 1:
            continue
        yield Placeholder(name, *found.span(), found[0].replace(name, "n", 1))


def _is_code(text: str, start: int, end: int) -> bool:
    """Whether signs at its sides make it part of something longer: `\\frac{a}`, `{{a}}`, `x_{a}`, `list[[a]]`."""
    sign, before, after = text[start], text[start - 1 : start], text[end : end + 1]
    if sign == "{" and before == "$":
        return text[start - 2 : start - 1].isalnum() or text[start - 2 : start - 1] in ("\\", "$")
    if sign == "{":
        return before.isalnum() or before in tuple("_\\{}%#@^") or after in tuple("{}")
    return before.isalnum() or before in (sign, "_") or after in tuple(">]")


def around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands on the same line, before and after."""
    line = text.rfind("\n", max(0, start - _NEAR), start) + 1 or max(0, start - _NEAR)
    stop = text.find("\n", end, end + _NEAR)
    return text[line:start], text[end : end + _NEAR if stop < 0 else stop]
