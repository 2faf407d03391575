"""Lines of a comment in Markdown that everybody reads as plain text at the margin: no code, quotation, list or HTML.

What GitHub shows is decided by CommonMark's rules (https://spec.commonmark.org/0.31.2/), which markdown-it-py follows;
GitHub's own additions are tables, math between `$$` or `$` and footnotes. In doubt a line is not plain; a line at the
margin between the two ends of a list's fence is none either, though CommonMark ends such a fence before it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

_LINE_END = re.compile(r"\r\n|\n|\r")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*'){0,1000})>")
_NOTE = re.compile(r" {0,3}\[\^[^\]\s]+\]:")
_LIST_FENCE = re.compile(r"[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(`{3,}(?!.*`)|~{3,})")
_MATH = re.compile(r"(?<![\\$\w])\$(?![\s$])(?:[^$\n]|\n(?![ \t]*(?:\n|\Z)))*?(?<![\s\\])\$(?![\w$])")
_HOLDS_NOTHING = frozenset({"br", "hr", "img", "input", "wbr", "source", "p"})
"""Elements that end by themselves."""


def plain_lines(body: str, word: re.Pattern[str]) -> list[str]:
    """The plain lines that begin with `word`: letters and signs without a meaning in Markdown. Never raises.

    It may match blanks before them: how far a line stands from the margin decides what it is.
    """
    lines = _LINE_END.split(body)
    candidates = [number for number, line in enumerate(lines) if word.match(line)]
    if not candidates:
        return []
    # Each gets a name that the parser leaves alone, so that it is found again wherever the parser puts it.
    sign = f"/x{secrets.token_hex(8)}x"
    named = list(lines)
    for number in candidates:
        named[number] = word.sub(partial(_named, f"{sign}{number}x"), lines[number], count=1)
    at_margin = set(_starts(_parse("\n".join(named)), re.compile(rf"\s*{sign}(\d+)x")))
    inside = list(_beyond_commonmark(lines))
    hidden = {*_fenced(lines), *_in_math(lines)}
    return [lines[at] for at in candidates if at in at_margin and at not in hidden and not inside[at]]


def _named(name: str, found: re.Match[str]) -> str:
    """The name behind the blanks that stood before the word."""
    return found[0][: len(found[0]) - len(found[0].lstrip())] + name


def _parse(text: str) -> Sequence[Token]:
    from markdown_it import MarkdownIt  # 30 ms, and most comments hold no such line

    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def _starts(tokens: Sequence[Token], sign: re.Pattern[str]) -> Iterator[int]:
    """The numbers of the signs with which a line of a paragraph outside of everything else begins."""
    html: list[str] = []
    before = None
    for token in tokens:
        if token.type == "html_block":
            _follow(html, token.content)
        elif token.type == "inline":
            is_text = before is not None and before.level == 0 and _is_paragraph(before)
            yield from _starts_inside(token.children or [], sign, html, is_text)
        before = token


def _is_paragraph(token: Token) -> bool:
    """A heading that is made by the line below it is one by chance: `--` begins a signature."""
    return token.type == "paragraph_open" or (token.type == "heading_open" and token.markup in ("-", "="))


def _starts_inside(parts: Sequence[Token], sign: re.Pattern[str], html: list[str], is_text: bool) -> Iterator[int]:
    begins, depth = True, 0
    for part in parts:
        depth += part.nesting
        if part.type == "html_inline":
            _follow(html, part.content)
        found = sign.match(part.content) if part.type == "text" else None
        if found and is_text and begins and not depth and not html:
            yield int(found[1])
        begins = part.type in ("softbreak", "hardbreak")


def _follow(opened: list[str], html: str) -> None:
    """Which elements are open after this HTML. One that is closed closes those inside it."""
    for end, name, rest in _TAG.findall(_COMMENT.sub("", html)):
        name = name.lower()
        if end and name in opened:
            while opened.pop() != name:
                pass
        elif not end and not rest.endswith("/") and name not in _HOLDS_NOTHING:
            opened.append(name)


def _beyond_commonmark(lines: Sequence[str]) -> Iterator[bool]:
    """Of each line, whether it stands in what GitHub adds (math, a footnote), or behind a comment that never ends."""
    signs, note, hidden = 0, False, False
    total = sum(line.count("$$") for line in lines)
    for line in lines:
        if not line.strip():
            note = hidden = False
        yield note or hidden or bool(signs % 2 and signs < total)
        signs += line.count("$$")
        note = note or bool(_NOTE.match(line))
        if "<!--" in line or "-->" in line:
            hidden = line.rfind("<!--") > line.rfind("-->")


def _fenced(lines: Sequence[str]) -> Iterator[int]:
    """The lines between a fence's two ends, wherever these stand. One that never ends is CommonMark's business."""
    fence, start = "", 0
    for number, line in enumerate(lines):
        if not fence:
            found = _LIST_FENCE.match(line)
            fence, start = (found[1], number) if found else ("", 0)
        elif (end := line.strip()).startswith(fence) and not end.strip(fence[0]):
            yield from range(start, number + 1)
            fence = ""


def _in_math(lines: Sequence[str]) -> Iterator[int]:
    """The lines that begin inside `$…$`: a dollar before a word and one after a word, in one paragraph."""
    for found in _MATH.finditer(text := "\n".join(lines)):
        first = text.count("\n", 0, found.start())
        yield from range(first + 1, first + 1 + found[0].count("\n"))
