"""A proposal beside a line: what is wrong in words, and the lines as they would be, to be taken over with one click."""

from __future__ import annotations

import re
from collections.abc import Sequence

from promptops.model.finding import Finding
from promptops.report.comment.comment_markers import MENDED_MARKER, SUGGESTION_MARKER, marker_for
from promptops.report.lint.findings import capitalized, with_full_stop
from promptops.text import humanize
from promptops.text.sanitize import code, inline

_FINGERPRINT = re.compile(r"<!-- ([0-9a-f]{16}) -->")


def suggestion_body(findings: Sequence[Finding], rows: Sequence[str], fingerprint: str, folder: str = "") -> str:
    """The comment's text. `rows` stand in place of the lines it is beside, none: these are taken out.

    The rows are the file's own, to the letter, in a block that none of them can end.
    """
    longest = max((len(run) for row in rows for run in re.findall("`+", row)), default=0)
    ticks = "`" * max(3, longest + 1)
    told = [f"**What is wrong:** {_words(finding)}" for finding in findings]
    block = "\n".join([f"{ticks}suggestion", *rows, ticks])
    codes = humanize.listed([code(one) for one in dict.fromkeys(finding.code for finding in findings)], 10)
    small = f"<sub>Found by promptops lint ({codes}). Take it over with *Commit suggestion*, or edit the line.</sub>"
    return "\n\n".join([_start(SUGGESTION_MARKER, folder, fingerprint), *told, block, small])


def mended_body(fingerprint: str, folder: str = "") -> str:
    """What the comment says once the line is mended."""
    return f"{_start(MENDED_MARKER, folder, fingerprint)}\n\n✅ Mended."


def review_body(count: int) -> str:
    """The line above proposals that are made together."""
    lines = humanize.plural(count, "place")
    return f"promptops knows how to mend {lines} here. Press *Commit suggestion* where you agree."


def read_fingerprint(body: str, folder: str = "") -> str:
    """Which proposal a comment makes; empty where it makes none of this project's."""
    marker = marker_for(folder, SUGGESTION_MARKER)
    found = _FINGERPRINT.match(body.removeprefix(marker).lstrip("\r\n")) if body.startswith(marker) else None
    return found[1] if found else ""


def _start(marker: str, folder: str, fingerprint: str) -> str:
    return f"{marker_for(folder, marker)}\n<!-- {fingerprint} -->"


def _words(finding: Finding) -> str:
    parts = [finding.message, finding.detail, finding.hint.split("\n")[0]]
    return " ".join(inline(with_full_stop(capitalized(part)), 400) for part in parts if part)
