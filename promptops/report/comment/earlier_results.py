"""Results of an earlier check, kept below a line that says that newer ones are on their way, or will not come."""

from __future__ import annotations

import re
from typing import NamedTuple

from promptops.text.sanitize import code

_START, _END = "<!-- promptops earlier results{head} -->", "<!-- end of promptops earlier results -->"
_KEPT = re.compile(
    r"<!-- promptops earlier results(?: of ([0-9a-f]{40,64}))? -->\n\*\*[^\n]*\n\n(.*?)(?:\n\n"
    + re.escape(_END)
    + r"|\Z)",
    re.ASCII | re.DOTALL,
)
_PROGRESS = re.compile(r"\*\*Evaluating…\*\* ([^\n]{1,100})")


class EarlierResults(NamedTuple):
    """The text of a page without its marker, and the full id of the commit that it is of, empty where unknown."""

    text: str = ""
    head: str = ""


def earlier_results(page: str, marker: str, head: str, *, whole: bool) -> EarlierResults:
    """What may be kept of a page that is about the commit `head`.

    `whole`: it shows results of its own; else only what it keeps itself of an earlier check.
    """
    if found := _KEPT.search(page):
        return EarlierResults(found[2].strip(), found[1] or "")
    text = page.removeprefix(marker).strip()
    if not whole or not text or _PROGRESS.match(text):  # earlier versions kept nothing below their progress
        return EarlierResults()
    return EarlierResults(text, head)


def shown_progress(page: str) -> str:
    """`3 of 6`, where the page says how far a run has come; empty where it does not."""
    found = _PROGRESS.search(page)
    return found[1] if found else ""


def with_earlier(page: str, earlier: EarlierResults, head: str) -> str:
    """The page with the earlier results below; `head` is the commit that the page itself is about, if that is known."""
    if not earlier.text:
        return page
    if earlier.head and earlier.head == head:
        whose = "what an earlier check of the same commit found"
    else:
        whose = f"the results of an earlier commit, {code(earlier.head[:7])}" if earlier.head else "earlier results"
    start = _START.format(head=f" of {earlier.head}" if earlier.head else "")
    return f"{page}\n\n---\n\n{start}\n**Below: {whose}.**\n\n{earlier.text}\n\n{_END}"
