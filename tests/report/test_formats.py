from __future__ import annotations

import subprocess
import sys

import pytest

from promptops.report.formats import FORMATS
from tests.report.factory import comparison, hostile


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_form_is_text_that_ends_its_line(name: str) -> None:
    for results in (comparison(), hostile()):
        text = FORMATS[name](results)
        text.encode()
        assert text.endswith("\n")


def test_heavy_packages_are_loaded_only_where_they_are_used() -> None:
    names = ("formats", "comment.compose", "results.html", "history.html", "results.junit", "results.text")
    imports = ", ".join(["promptops.store.results_file", *(f"promptops.report.{name}" for name in names)])
    code = f"import sys, {imports}; print([m for m in ('rich', 'pydantic', 'jinja2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
