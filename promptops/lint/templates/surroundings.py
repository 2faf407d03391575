"""What a pair of braces stands in, where a tag around it would break that."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"[ \t]*(?://|--(?!-)|/\*|<!--|%%|;;|#!|# ?(?:noqa|type:|TODO))")
_SQL = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|VALUES|ORDER BY|JOIN)\b")
_JSON = re.compile(r"[ \t]*(?:[{\[,][ \t]*)?\"[^\"\n]*\"[ \t]*:|[ \t]*[{\[]")
_COMMAND = re.compile(r"[ \t]*(?:\$ |curl |git |python |pip |npm |docker |psql )")
_FREE_BEFORE = frozenset(" \t\n*_>(:")
_FREE_AFTER = frozenset(" \t\n*_.,;:!?)")


def inside_of(text: str, start: int, end: int) -> str:
    """What the braces at `start`:`end` are a part of, in words that follow "a tag would break …"; empty for prose."""
    inner = text[start + 2 : end - 2]
    if inner[:1] in "-+" or inner[-1:] in "-+" or text[end : end + 3] in ("{%-", "{{-") or text[:start].endswith("-%}"):
        return "the way that white space is taken away here"
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    before, after = text[first:start], text[end : len(text) if last < 0 else last]
    if re.search(r"\w+://[^\s<>]*$", before):
        return "the address"
    if _COMMENT.match(before) or ("<!--" in before and "-->" not in before):
        return "the comment"
    if _SQL.search(before) or _SQL.search(after):
        return "the query"
    if _JSON.match(before) and re.search(r'[":\[{,]', before):
        return "the JSON"
    if _COMMAND.match(before):
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


def fenced_words(written: str) -> str:
    """`{{ message }}` as `{{ message | fence }}`."""
    inner = written[2:-2].strip("-+ \t")
    return f"{{{{ {inner} | fence }}}}"


def _in_quotes(before: str) -> bool:
    """Whether a quote is open at the end of this part of a line. An apostrophe inside a word opens none."""
    if before.count('"') % 2 or before.count("`") % 2:
        return True
    opened = len(re.findall(r"(?<!\w)'(?=\S)", before)) - len(re.findall(r"(?<=\S)'(?!\w)", before))
    return opened > 0 or before.count("“") > before.count("”") or before.count("«") > before.count("»")
