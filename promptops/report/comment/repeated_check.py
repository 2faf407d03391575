"""What a run says whose event changed no file: the verdict that stands already, and where it comes from."""

from __future__ import annotations

from promptops.report.comment.check_json import CheckSummary
from promptops.report.results import summary
from promptops.text.sanitize import code

_WORDS = {"no-difference": "no difference seen", "trade-off": "better and worse", "not-measured": summary.NOT_MEASURED}


def repeated_check(said: CheckSummary, run_url: str) -> str:
    """A paragraph for the step's summary; `run_url` is the page of the run that found it out."""
    verdict = _WORDS.get(said.verdict, said.verdict.replace("-", " "))
    what = f"of {code(said.head[:7])} against {code(said.base[:7])}" if said.base else f"of {code(said.head[:7])}"
    found = f"[the check]({run_url})" if run_url.startswith("https://") else "the check"
    return (
        f"Only the pull request's title or text was edited, so no model was asked. The last word {what} still holds, "
        f"as {found} found it: **{verdict}**. To measure once more, re-run this job."
    )
