"""The words of the pull request's comment: results, what could not be read, and how far a run has come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from promptops.report.comment.command_replies import ANSWERS_MARKER
from promptops.report.comment.markdown import LIMIT, MARKER, comment
from promptops.text.sanitize import inline
from promptops.workflows.eval.collect_results import Found, Unread

_MOST_TOLD = 10


def marker_for(folder: str) -> str:
    """The hidden marker of a project in this folder of its repository: one comment for each project."""
    return _of_project(MARKER, folder)


def answers_marker(folder: str) -> str:
    """The same for its answers to `/promptops …`: no project's answer takes another's place."""
    return _of_project(ANSWERS_MARKER, folder)


def _of_project(marker: str, folder: str) -> str:
    place = PurePosixPath(folder).as_posix()
    if place == ".":
        return marker
    return marker.replace(" -->", f":{quote(place, safe='/').replace('-', '%2D')[:500]} -->")


def comment_text(found: Found, marker: str, *, hint: str = "", limit: int = LIMIT) -> str:
    """The comment for results and for what could not be read. `hint` says where the whole report is."""
    trouble = _trouble(found.unread)
    if not found.results and trouble:
        return f"{marker}\n\n{trouble}"
    text = comment(found.results, limit=limit - len(trouble) - 2, marker=marker, artifact_hint=hint)
    return text.replace(marker, f"{marker}\n\n{trouble}", 1) if trouble else text


def progress_text(marker: str, progress: str, run_url: str = "") -> str:
    """The comment while models are asked; `progress` is like `40 of 120`."""
    link = f" [Look at the run]({run_url})." if run_url else ""
    return f"{marker}\n\n**Evaluating…** {inline(progress, 100)}\n\nThe results come here when they are there.{link}"


def _trouble(unread: Sequence[Unread]) -> str:
    lines = [_line(one) for one in unread[:_MOST_TOLD]]
    if len(unread) > _MOST_TOLD:
        lines.append(f"- … and {len(unread) - _MOST_TOLD} more")
    return "\n".join(["**⚠ Not all results can be shown:**", "", *lines]) if lines else ""


def _line(one: Unread) -> str:
    hint = f" · {inline(one.hint, 200)}" if one.hint else ""
    return f"- **{inline(one.name or 'here', 100)}**: {inline(one.why, 300)}{hint}"
