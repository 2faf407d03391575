"""The forms that `promptops report` knows. A new form is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptops.model.results import Results


def _text(results: Results) -> str:
    from promptops.report.results.text import render_text

    return render_text(results)


def _markdown(results: Results) -> str:
    from promptops.report.comment.markdown import comment

    return comment([results]) + "\n"


def _html(results: Results) -> str:
    from promptops.report.results.html import html

    return html(results)


def _json(results: Results) -> str:
    from promptops.store.results_file import serialize_results

    return serialize_results(results).decode() + "\n"


def _junit(results: Results) -> str:
    from promptops.report.results.junit import junit

    return junit(results)


FORMATS: dict[str, Callable[[Results], str]] = {
    "text": _text,
    "markdown": _markdown,
    "html": _html,
    "json": _json,
    "junit": _junit,
}
