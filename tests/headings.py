"""What a comment says first."""

from __future__ import annotations


def first_heading(page: str) -> str:
    """The page's first heading: `### ✅ Better: Meeting summary`. Hidden lines stand above it."""
    return next(line for line in page.splitlines() if line.startswith("### "))
