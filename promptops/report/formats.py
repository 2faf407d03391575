"""The forms that `promptops report` knows. A new form is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from promptops.model.results import Results

_Form = Callable[["Results"], str]


def _lazy(module: str, function: str) -> Callable[..., str]:
    """A form whose module is imported when it is asked for."""
    return lambda shown: str(getattr(import_module(f"promptops.report.{module}"), function)(shown))


def _json(results: Results) -> str:
    from promptops.store.results_file import serialize_results

    return serialize_results(results).decode() + "\n"


def _plain(results: Results) -> str:
    from promptops.report.comment.markdown import comment

    return comment([results], marker="", plain=True)


FORMATS: dict[str, _Form] = {
    "text": _lazy("results.text", "render_text"),
    "markdown": lambda results: _lazy("comment.markdown", "comment")([results]) + "\n",
    "plain": lambda results: _plain(results) + "\n",
    "html": _lazy("results.html", "html"),
    "json": _json,
    "junit": _lazy("results.junit", "junit"),
}
