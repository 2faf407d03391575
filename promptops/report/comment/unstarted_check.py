"""What is said on a pull request whose check never ran: why, and who must do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from promptops.text.sanitize import code


class _Wording(NamedTuple):
    """What happened to the check, for the first line, and what somebody does about it."""

    what: str
    help: str


_AGAIN = "Somebody with write access opens the run and presses **Re-run all jobs**; a new push starts the check, too."
_BY_CONCLUSION: Mapping[str, _Wording] = {
    "action_required": _Wording(
        "waits for an approval",
        "GitHub runs nothing of somebody who is new here before a person has looked at the change. Somebody with write "
        "access reads what it changes, above all in `.github/workflows`, and then presses **Approve workflows to run** "
        "at the end of this pull request. The results come here after that.",
    ),
    "cancelled": _Wording("was cancelled before it found anything", _AGAIN),
    "skipped": _Wording(
        "was left out",
        "A condition in the workflow skipped it. GitHub may show a check that was skipped as passed, but nothing was "
        f"looked at. {_AGAIN}",
    ),
    "startup_failure": _Wording(
        "could not be started",
        "Mostly a file in `.github/workflows` is not right; the page of the run says what is wrong with it. Whoever "
        "opened this pull request brings the branch up to date, or mends that file, and pushes again.",
    ),
    "stale": _Wording("was given up by GitHub, because no machine was free for too long", _AGAIN),
    "timed_out": _Wording("took longer than it may, and left nothing", _AGAIN),
}
UNSTARTED = frozenset(_BY_CONCLUSION)
"""How GitHub calls a run that is over and did not do its work."""


def unstarted_comment(conclusion: str, commit: str, run_url: str, marker: str) -> str:
    """The page for a run that ended with one of UNSTARTED; `commit` is a full id."""
    words = _BY_CONCLUSION[conclusion]
    is_plain = run_url.startswith("https://") and not set(run_url) & set("()<> \n")
    link = f" [Look at the run]({run_url})." if is_plain else ""
    title = f"### ❔ Not measured: the check of {code(commit[:7])} {words.what}"
    return f"{marker}\n{title}\n\n{words.help}{link}"
