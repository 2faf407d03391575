"""The answer to a comment: a reaction, a comment of its own, and the results' comment made again.

Jobs for several comments run at once, and GitHub cannot compare and set. So no answer is written over another, and the
branch is read again after the results were written: whoever writes last shows what everybody recorded.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.errors import ForgeError, PromptopsError
from promptops.forge.comment_stamp import add_stamp, read_stamp
from promptops.forge.github.client import GitHub
from promptops.forge.sticky_comment import find_own_comment, upsert_comment
from promptops.report.comment.command_replies import answer_comment, answer_lines, results_note
from promptops.report.comment.comment_markers import answer_marker, marker_for
from promptops.report.comment.compose import refreshed_comment
from promptops.workflows.comment_commands.handle_comment import CommentOutcome

_LOOKS = 6
"""How often the results are written at the most: others write again themselves."""


def post_reply(github: GitHub, done: CommentOutcome, folder: PurePosixPath) -> list[str]:
    """Answer on GitHub; the lines for the log. What GitHub refuses is told there and undoes nothing."""
    told = []
    if done.written:
        told.append(_refresh_results(github, done, folder))
    marker = answer_marker(folder.as_posix(), done.comment)
    text = answer_comment(done.login, done.replies, told, written=done.written, marker=marker, url=done.url)
    lines = [*answer_lines(done.replies), *told]
    try:
        upsert_comment(github, done.number, text, marker)
    except ForgeError as exc:
        lines.append(f"the answer could not be written as a comment: {exc}")
    try:
        github.react(done.comment, "+1" if any(answer.done for answer in done.replies) else "confused")
    except ForgeError as exc:
        lines.append(f"no reaction was left: {exc}")
    return [" ".join(line.split()) for line in lines]


def _refresh_results(github: GitHub, done: CommentOutcome, folder: PurePosixPath) -> str:
    marker = marker_for(folder.as_posix())
    assert done.branch is not None  # something was written on it
    runs = done.runs
    try:
        for _ in range(_LOOKS):
            done.branch.require_current()
            there = find_own_comment(github, done.number, marker)
            body = there.body if there else ""
            page = refreshed_comment(body or None, runs, marker)
            upsert_comment(github, done.number, _with_stamp_of(body, page), marker)
            shown, runs = refreshed_comment(None, runs, marker), done.branch.read()
            if refreshed_comment(None, runs, marker) == shown:
                break
    except PromptopsError as exc:
        return results_note(str(exc))
    return results_note()


def _with_stamp_of(stands: str, page: str) -> str:
    """A page that was made anew is no older check's to write over: it stands for the newest check that wrote there."""
    stamp = read_stamp(stands)
    return page if stamp is None or read_stamp(page) else add_stamp(page, stamp._replace(state="final"))
