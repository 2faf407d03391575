"""Unquoted texts that a # cuts short: `Reply to ticket #12 only.` is the text `Reply to ticket` and a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import NoneType
from typing import NamedTuple

from promptops.model.finding import Fix, Span
from promptops.source.yaml.reader import Node

_COMMENT = re.compile(r"([ \t]+)#(.*)")
_GLUED = re.compile(r"[^\s#=*!-]")
_TICKET = re.compile(r"[ \t]+\d")  # some formatters make `#12` into `# 12`
_NUMBER = re.compile(r"[\d{]")
_NO_TEXT = re.compile(r"\s*(?:promptops:|yaml-language-server:|TODO\b|FIXME\b|XXX\b|noqa\b|yamllint\b)")
_COMMENT_BEHIND = re.compile(r"(?:[ \t]{2,}|\t)#(?:\s|$)")

_READ_BY_MODELS = ("content", "question", "prompt", "systemPrompt")
_OF_SCHEMAS = ("description", "default", "enum", "const", "title", "examples")
_SETTINGS = ("model", "modelId", "type", "role", "file", "function", "pass")


class CutText(NamedTuple):
    """A value of which a part is a comment.

    `keys` lead to it, without the numbers of lists. `span` is the comment, `whole` the text that was meant. `certain`:
    no comment is written so; otherwise it may be one.
    """

    node: Node
    keys: tuple[str, ...]
    span: Span
    whole: str
    certain: bool
    fix: Fix | None


def cut_texts(root: Node, rows: list[str], keys: tuple[str, ...] = ()) -> Iterator[CutText]:
    """Every such text at and below `root`, which the keys lead to, in a file with these lines."""
    waiting = [(root, keys, False)]
    while waiting:
        node, path, is_flow = waiting.pop()
        if node.kind == "scalar":
            if node.style is None and (found := _cut(node, rows, path, is_flow)):
                yield found
            continue
        inside = rows[node.span.line - 1][node.span.column - 1 : node.span.column] in ("[", "{")
        if node.kind == "mapping":
            waiting += [(child, (*path, key), inside) for key, child in reversed(node.value.items())]
        else:
            waiting += [(child, path, inside) for child in reversed(node.value)]


def _cut(node: Node, rows: list[str], keys: tuple[str, ...], is_flow: bool) -> CutText | None:
    if node.span.end_line > len(rows):  # nothing, behind the last line
        return None
    row, end = rows[node.span.end_line - 1], node.span.end_column - 1
    comment = _COMMENT.match(row, end)
    if comment is None or _NO_TEXT.match(comment[2]):
        return None
    is_text = _is_text(node, keys)
    # Two spaces before a comment are a habit of programmers, and behind a number stands a comment rather than a text.
    glued = _GLUED if comment[1] == " " and isinstance(node.value, (str, NoneType)) else _NUMBER
    certain = glued.match(comment[2]) is not None
    if certain:
        if not (is_text or " " in node.text):
            return None
    elif (
        not is_text
        or node.value is None
        or not (_TICKET.match(comment[2]) or (comment[1] == " " and keys[-1] in _READ_BY_MODELS))
    ):
        return None
    start = comment.end(1)
    whole, fix = _quoted(node, rows, start, is_flow)
    if not certain or (not is_text and re.search(r":(?:\s|$)", comment[2])):  # the # may stand in a key
        fix = None
    return CutText(node, keys, Span.at(node.span.end_line, start + 1, len(row.rstrip()) - start), whole, certain, fix)


def _is_text(node: Node, keys: tuple[str, ...]) -> bool:
    """Whether people write free text there, which may well hold a #."""
    top, last = keys[:1], keys[-1] if keys else ""
    if top == ("testData",):
        return True
    if top == ("messages",):
        return last == "content"
    if top == ("evaluators",):
        return last not in _SETTINGS and (keys[1:2] == ("string",) or isinstance(node.value, (str, NoneType)))
    if top in (("inputs",), ("tools",), ("jsonSchema",)):
        return last in _OF_SCHEMAS
    return keys in (("name",), ("description",))


def _quoted(node: Node, rows: list[str], hash_start: int, is_flow: bool) -> tuple[str, Fix | None]:
    """The text with what was cut off, and what puts it in quotes; none where nobody can say where it ends."""
    span = node.span
    last = rows[span.end_line - 1]
    end = len(last.rstrip())
    if behind := _COMMENT_BEHIND.search(last, hash_start + 1):
        end = behind.start()
    if is_flow and last[:end].endswith(","):
        end = len(last[: end - 1].rstrip())
    start = span.column - 1 if node.text else hash_start
    lines = [*rows[span.line - 1 : span.end_line - 1], last[:end]]
    lines[0] = lines[0][start:]
    written = "\n".join(lines)
    whole = " ".join(line.strip() for line in lines)
    # Nobody can say where the text ends: at a mark of the list around it, or at a comment behind it.
    if re.search(r"[,\[\]{}]|[ \t]#(?:\s|$)" if is_flow else r"[ \t]#(?:\s|$)", last[hash_start:end]):
        return whole, None
    plain = '"' not in written and "\\" not in written
    quoted = f'"{written}"' if plain else "'" + written.replace("'", "''") + "'"
    return whole, Fix(Span(span.line, start + 1, span.end_line, end + 1), quoted)
