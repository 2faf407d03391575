"""The forms that `promptops report` knows, of one suite and of a check. A new form is one file and one line in each."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from promptops.model.outcomes.check import SavedReport
from promptops.model.results import Results

_Form = Callable[["Results"], str]
_CheckForm = Callable[[SavedReport], str]


def _lazy(module: str, function: str) -> Callable[..., str]:
    """A form whose module is imported when it is asked for."""
    return lambda shown: str(getattr(import_module(f"promptops.report.{module}"), function)(shown))


def _json(results: Results) -> str:
    from promptops.store.results_file import serialize_results

    return serialize_results(results).decode() + "\n"


def _plain(results: Results) -> str:
    from promptops.report.comment.markdown import comment

    return comment([results], marker="", plain=True) + "\n"


def _check_page(report: SavedReport, *, plain: bool = False) -> str:
    from promptops.report.comment.compose import check_comment

    return check_comment(report.check, plain=plain) + "\n"


def _check_text(report: SavedReport) -> str:
    from promptops.report.check.text import check_text

    return check_text(report.check)


FORMATS: dict[str, _Form] = {
    "text": _lazy("results.text", "render_text"),
    "markdown": lambda results: _lazy("comment.markdown", "comment")([results]) + "\n",
    "plain": _plain,
    "html": _lazy("results.html", "html"),
    "json": _json,
    "junit": _lazy("results.junit", "junit"),
}
CHECK_FORMATS: dict[str, _CheckForm] = {
    "text": _check_text,
    "markdown": _check_page,
    "plain": lambda report: _check_page(report, plain=True),
    "html": _lazy("check.html", "check_html"),
    "json": _lazy("check.json", "check_json"),
    "junit": _lazy("check.junit", "check_junit"),
}
