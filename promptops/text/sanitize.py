"""Text that others wrote, made inert: nothing a model says may act on GitHub, in a terminal or in a CI log.

Three steps, in this order: `shorten` bounds the length, `visible` shows what cannot be seen (control, bidi, zero-width
and tag characters) as ⟨U+202E⟩, and `defuse` puts a word joiner into whatever a forge, a mail program or a CI runner
would act on: mentions, references, addresses, HTML comments and tags, workflow commands. `inline`, `cell`, `code`,
`html_text` and `fence` are those three for one place in a markdown page each.
"""

from __future__ import annotations

import re
import shlex
import unicodedata

JOINER = "\u2060"
"""WORD JOINER: no width, no line break, and no part of any mention, reference or address."""

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad"
    "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U0010fffe\U0010ffff"
    "]"
)
_JOINERS = "\u200c\u200d"
_FLAGS = re.compile(
    "\U0001f3f4\U000e0067\U000e0062"
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
"""England, Scotland, Wales: the three flags that are spelt with tag characters."""

_LIVE = re.compile(
    r"(?P<mention>@)(?=\w)"
    r"|(?P<number>#)(?=\d)"
    r"|(?P<gh>GH-)(?=\d)"
    r"|(?P<scheme>:)(?=//)"
    r"|(?P<www>www)(?=\.)"
    r"|(?P<comment><)(?=!--)"
    r"|(?P<end>--)(?=!?>)"
    r"|(?P<tag><)(?=/?\s*(?:details|summary|script|style|img|iframe|svg|a\b))"
    r"|(?P<logging>\#)(?=\#\[)"
    r"|(?P<command>^[^\S\n]*:)(?=:)",
    re.IGNORECASE | re.MULTILINE,
)
_EMOJI = r":(?=(?:[+-]1|100|1234|[a-z][\w+-]*):)"
_NAMED = re.compile(rf"\b(?=[a-f]*\d)[\da-f]{{6}}(?=[\da-f]{{1,58}}\b)|{_EMOJI}", re.IGNORECASE)
"""What GitHub reads in running text alone: the id of a commit, which it links, and the name of an emoji, such as ✅."""
_EMOJI_NAME = re.compile(_EMOJI, re.IGNORECASE)
_COMMIT = re.compile(r"\b(?=[a-f]*\d)[\da-f]{7,64}\b", re.IGNORECASE)
_PATH = re.compile(r"[\w./-]*", re.ASCII)
_MARKUP = re.compile(r"[\\`*_\[\]|~$]")
_HTML_MARKUP = re.compile(r"[&<>\"\\`*_\[\]|~]")
_DEEPEST = 16
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def visible(text: str) -> str:
    """The text with everything unseen spelt out; newlines and tabs stay, CRLF becomes LF.

    Joiners stay where scripts and emoji need them (between two characters beyond ASCII), and so does one variation
    selector after a character that can have one: real words in Persian or Hindi and real emoji are not spelt out.
    """
    text = text.replace("\r\n", "\n")
    if text.isascii() and _UNSEEN.search(text) is None:
        return text
    parts, last = [], 0
    for flag in _FLAGS.finditer(text):
        parts += [_escape_unseen(text[last : flag.start()]), flag[0]]
        last = flag.end()
    return "".join([*parts, _escape_unseen(text[last:])])


def _escape_unseen(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        char, at = found[0], found.start()
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if char in _JOINERS and _joins_scripts(before) and _joins_scripts(after):
            return char
        if "\ufe00" <= char <= "\ufe0f" and before and (before in "0123456789#*" or _takes_selector(before)):
            return char
        return f"⟨U+{ord(char):04X}⟩"

    return _UNSEEN.sub(one, text)


def _joins_scripts(char: str) -> bool:
    return char == "\ufe0f" or (bool(char) and not char.isascii() and unicodedata.category(char) in _JOIN)


_JOIN = frozenset({"Lo", "Lm", "Mn", "Mc", "So", "Sk"})


def _takes_selector(char: str) -> bool:
    return _UNSEEN.match(char) is None and unicodedata.category(char) in ("So", "Sm", "Po", "Lo", "Ps", "Pe", "Pd")


def defuse(text: str) -> str:
    """The text with a word joiner in everything that a forge, a mail program or a CI runner would act on."""

    def one(found: re.Match[str]) -> str:
        return found[0][:-1] + "-" + JOINER if found.lastgroup == "gh" else found[0] + JOINER

    # Once is enough: a joiner never makes new neighbours out of two live characters.
    return _LIVE.sub(one, text)


def log_safe(text: str) -> str:
    """The text for a terminal or a log: visible, and no line a command to a CI runner; addresses stay as they are.

    GitHub's runner obeys `::` at a line's beginning, behind any blanks, and `##[` anywhere.
    """
    return re.sub(r"#(?=#\[)|^[^\S\n]*:(?=:)", lambda found: found[0] + JOINER, visible(text), flags=re.MULTILINE)


def number(value: int) -> str:
    """12,345; never the thousand digits that a hostile file may hold."""
    return f"{value:,}" if abs(value) < 10**12 else "more than 10¹²"


def shorten(text: str, limit: int) -> str:
    """The first `limit` characters, and how many more there were."""
    more = len(text) - limit
    return text if more <= 0 else f"{text[:limit]}… {number(more)} more character{'s' * (more > 1)}"


def safe_line(text: str, limit: int = 200) -> str:
    """One visible, defused line for a page that a forge shows."""
    return _limit_growth(defuse(visible_line(text, limit)), limit)


def log_line(text: str, limit: int = 200) -> str:
    """One line for a terminal or a log; addresses stay as they are, to be copied."""
    return _limit_growth(log_safe(visible_line(text, limit)), limit)


def visible_line(text: str, limit: int = 400) -> str:
    """One visible line for a terminal; addresses and mentions stay as they are."""
    return " ".join(visible(shorten(text, limit)).split())


def shell_word(text: str) -> str:
    """A name as one word of a command that people copy into a shell: nothing in it is run or filled in there."""
    return visible_line(shlex.quote(text))


def inline(text: str, limit: int = 400) -> str:
    """One line of GitHub markdown that shows the text as it is. Not to be the first thing on a line.

    A commit's id, or a path that holds one, is a code span: there GitHub links nothing, and people can copy it.
    """
    line, shown, end = safe_line(text, limit), [], 0
    for found in _COMMIT.finditer(line):
        if found.start() >= end:
            start, stop = _word_around(line, found, end)
            shown += [_inline(line[end:start]), f"`{line[start:stop]}`"]
            end = stop
    return "".join([*shown, _inline(line[end:])])


def _word_around(line: str, found: re.Match[str], after: int) -> tuple[int, int]:
    """Where the path begins and ends that holds a commit's id; a full stop behind it ends a sentence."""
    before = _PATH.match(line[after : found.start()][::-1])
    behind = _PATH.match(line, found.end())
    start = found.start() - (len(before[0]) if before else 0)
    stop = found.end() + (len(behind[0].rstrip(".-")) if behind else 0)
    return start, stop


def _inline(text: str) -> str:
    escaped = _MARKUP.sub(lambda found: "\\" + found[0], _EMOJI_NAME.sub(lambda found: found[0] + JOINER, text))
    return re.sub("[&<>]", lambda found: _ENTITIES[found[0]], escaped)


def cell(text: str, limit: int = 200) -> str:
    """A table cell: `inline` already escapes the bar and folds newlines."""
    return inline(text, limit) or " "


def code(text: str, limit: int = 300) -> str:
    """An inline code span that no backtick in the text can end."""
    line = safe_line(text, limit)
    if not line:
        return "` `"
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def html_text(text: str, limit: int = 4000) -> str:
    """The text inside a block of HTML, all on one line: nothing in it is markup, and no blank line ends the block."""
    body = _limit_growth(defuse(visible(shorten(text, limit))), limit)
    body = _NAMED.sub(lambda found: found[0] + JOINER, body).replace("\t", "    ")
    escaped = _HTML_MARKUP.sub(lambda found: f"&#x{ord(found[0]):x};", body)
    # GitHub's own way to a dollar sign that begins no formula.
    escaped = escaped.replace("$", "<span>$</span>")
    indented = re.sub(r"(?<=\n) +", lambda found: "&nbsp;" * len(found[0][:_DEEPEST]), escaped)
    return indented.replace("\n", "<br>")


def fence(text: str, limit: int = 4000, language: str = "text") -> str:
    """A fenced block that no backtick run in the text can end."""
    body = _limit_growth(defuse(visible(shorten(text, limit))), limit)
    ticks = "`" * max(3, _longest_run(body) + 1)
    return f"{ticks}{language}\n{body}\n{ticks}"


def _limit_growth(text: str, limit: int) -> str:
    """Spelling things out makes text longer; hostile text at most four times as long."""
    return text if len(text) <= 4 * limit else f"{text[: 4 * limit]}…"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
