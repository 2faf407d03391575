"""The slips that people make in a line of a file of cases, which holds one whole case and nothing else."""

from __future__ import annotations

import re

_ONE_LINE = "write the whole case on one line"
_A_LIST = "write each case on a line of its own, without [ ] and commas between them"
_STRING = re.compile(r'\s*"[^"]*"\s*')


def explain_case_line(line: str, stop: int, follows: str) -> tuple[str, str, int] | None:
    """What is wrong (cause, cure, column) in a line where reading stopped at the offset `stop`; None: it may be more.

    `follows`: the next line that is not blank; empty at the end of the file.
    """
    whole, before, rest = line.strip(), line[:stop].rstrip(), line[stop:].strip()
    if whole.startswith(("```", "~~~")):
        return "it marks a piece of code in a chat or on a page", "delete the line, and the same marks at the end", 1
    if whole.startswith("[") and (whole[1:].lstrip()[:1] in ("{", "")):
        return "a list begins here", f"{_A_LIST}: a whole case stands on one line and begins with {{", 1
    if whole.startswith(('"{', '{""')) and '""' in whole:
        hint = "write each quote once, and none around the braces; or call the file .csv if it is a table"
        return "the quotes are doubled, as a spreadsheet saves them", hint, 1
    if re.match(r"\{\s*\{", whole):
        return "two braces open here", "take one out, and its partner at the end of the line", 1
    if before.endswith("}") and before.count("{") == before.count("}") and re.match(r",?\s*\{", rest):
        return "a second case begins on this line", "begin a new line there, without a comma", stop + 1
    if before.endswith("}") and rest == ",":
        return "a comma stands behind the case", "take out the comma at the end of the line", stop + 1
    if whole.startswith('"') and rest[:1] == ":" and _STRING.fullmatch(before):
        return "the { is missing at the beginning of the line", "write { before it", 1
    return _broken(line, before, rest, follows)


def _broken(line: str, before: str, rest: str, follows: str) -> tuple[str, str, int] | None:
    """The line ends before its case does: what is missing, or the next line goes on with it."""
    opened = re.fullmatch(r'"[^"]*', rest) is not None  # a text without its closing quote
    if not line.lstrip().startswith("{") or line.strip() == "{" or (rest and not opened):
        return None
    if follows and not follows.lstrip().startswith(("{", "#", "//")):
        hint = f"{_ONE_LINE}: take out the line break" + (", or write \\n for it" if opened else "")
        return "the case goes on in the next line", hint, len(line.rstrip()) or 1
    if opened or before.endswith((":", ",", "{", "[")) or before.count("[") > before.count("]"):
        return None
    return "the case has no end", "a closing } is missing: write it at the end of the line", len(line.rstrip()) or 1
