"""Hidden marks in a comment: whose it is, and which part of it shows results and can be made again."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote

MARKER = "<!-- promptops -->"
ANSWERS_MARKER = "<!-- promptops answers -->"
SUGGESTION_MARKER, MENDED_MARKER = "<!-- promptops suggestion -->", "<!-- promptops mended -->"
_START = "<!-- promptops results -->"
_END = "<!-- end of promptops results -->"
GATES, END_OF_GATES = "<!-- promptops gates -->", "<!-- end of promptops gates -->"
"""Around what the first lines say of gates: an owner's word can change it."""


def marker_for(folder: str, marker: str = MARKER) -> str:
    """The marker of a project in this folder of its repository: one comment of each kind for each project."""
    place = PurePosixPath(folder).as_posix()
    if place == ".":
        return marker
    return marker.replace(" -->", f":{quote(place, safe='/').replace('-', '%2D')[:500]} -->")


def answer_marker(folder: str, comment: int) -> str:
    """The marker of a project's answer to the comment with this id: each has its own, so that none is written over."""
    return f"{marker_for(folder, ANSWERS_MARKER)}\n<!-- to {comment} -->"


def mark_results(results: str) -> str:
    """The results' part of a page. Nothing that others wrote can end it: `sanitize` leaves no HTML comment alive."""
    return f"{_START}\n{results}\n\n{_END}"


def replace_results(page: str, results: str) -> str | None:
    """The page with other results in that part; None for a page that has no such part."""
    before, start, rest = page.partition(f"{_START}\n")
    old, end, after = rest.partition(f"\n{_END}")
    return f"{before}{mark_results(results)}{after}" if start and end and old else None
