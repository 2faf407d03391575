"""What a pair of braces stands in, where a tag around it would break that."""

from __future__ import annotations

import re
from bisect import bisect_right

from promptops.lint.engine.template_tags import Tag
from promptops.lint.engine.text_spans import TextSpan

_COMMENT = r"[ \t]*(?://|--(?!-)|/\*|<!--|%%|;;|#!|# ?(?:noqa|type:|TODO))"
_SQL = r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|VALUES|ORDER BY|JOIN)\b(?![ \t]*:)"
_JSON = r"[ \t]*(?:[{\[,][ \t]*)?\"[^\"\n]*\"[ \t]*:|[ \t]*[{\[][ \t]*(?:[\"{\[\d-]|$)"
_COMMAND = r"[ \t]*(?:\$ |curl |git |python |pip |npm |docker |psql )"
_ONE_VALUE = r"[\w.]+(?:\s*\|\s*\w+(?:\([^()]*\))?)*|…"
_FAR = 1_000
"""Characters of a line that are looked at on either side."""
_FREE_BEFORE = frozenset(" \t\n*_>(:")
_FREE_AFTER = frozenset(" \t\n*_.,;:!?)")


def inside_of(text_span: TextSpan, tag: Tag) -> str:
    """What the braces are a part of, in words that follow "a tag would break …"; empty for prose."""
    text, start, end = text_span.text, tag.start, tag.end
    if (
        tag.body[:1] in "-+"
        or tag.body[-1:] in "-+"
        or text[end : end + 3] in ("{%-", "{{-")
        or text[:start].endswith("-%}")
    ):
        return "the way that white space is taken away here"
    before = _as_filled(text_span, max(text.rfind("\n", 0, start) + 1, start - _FAR), start)
    line_end = text.find("\n", end, end + _FAR)
    after = _as_filled(text_span, end, line_end if line_end >= 0 else min(len(text), end + _FAR))
    if re.search(r"\w+://[^\s<>]*$", before):
        return "the address"
    if re.match(_COMMENT, before) or ("<!--" in before and "-->" not in before):
        return "the comment"
    if re.search(_SQL, before) or re.search(_SQL, after):
        return "the query"
    if re.match(_JSON, before):
        return "the JSON"
    if re.match(_COMMAND, before):
        return "the command"
    if _in_quotes(before):
        return "the text in quotes"
    if re.search(r"<[A-Za-z][^<>]*$", before):
        return "the tag that it stands in"
    if before[-1:] == "=" or re.search(r"\w\s*=\s*$", before):
        return "the setting"
    if (before and before[-1] not in _FREE_BEFORE) or (after and after[0] not in _FREE_AFTER):
        return "the word or the sign that it is a part of"
    if before.rstrip()[-2:] == "](" or (before[-1:] == "(" and before[-2:-1] == "]"):
        return "the link"
    return "the key" if re.match(r":\s*\S", after) and re.fullmatch(r"[ \t\"'-]*", before) else ""


def way_out(place: str, written: str) -> str:
    """What to write in such a place instead of the braces as written, in words that follow "write"; empty: none."""
    if place == "the JSON":
        return f"{filtered(written, 'tojson')} without quotes around it: it brings its own"
    return filtered(written, "urlencode") if place == "the address" else ""


def filtered(written: str, name: str) -> str:
    """`{{ message }}` as `{{ message | name }}`."""
    inner = written[2:-2].strip("-+ \t")
    return f"{{{{ {inner if re.fullmatch(_ONE_VALUE, inner) else f'({inner})'} | {name} }}}}"


def _as_filled(text_span: TextSpan, start: int, end: int) -> str:
    """This part of the text with a letter for each value, and without instructions and notes."""
    parts, position = [], start
    for index in range(bisect_right(text_span.tags, start, key=lambda tag: tag.end), len(text_span.tags)):
        tag = text_span.tags[index]
        if tag.start >= end:
            break
        parts += [text_span.text[position : max(position, tag.start)], "x" if tag.kind == "{{" else ""]
        position = tag.end
    return "".join([*parts, text_span.text[position:end]])


def _in_quotes(before: str) -> bool:
    """Whether a quote is open at the end of this part of a line. An apostrophe inside a word opens none."""
    if before.count('"') % 2 or before.count("`") % 2:
        return True
    opened = len(re.findall(r"(?<!\w)'(?=\S)", before)) - len(re.findall(r"(?<=\S)'(?!\w)", before))
    return opened > 0 or before.count("“") > before.count("”") or before.count("«") > before.count("»")
