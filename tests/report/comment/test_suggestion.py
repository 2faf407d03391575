"""A proposal beside a line: nothing in the file ends its block, and only ours is taken for ours."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.model.finding import START, Finding
from promptops.report.comment.comment_markers import SUGGESTION_MARKER
from promptops.report.comment.mending.suggestion import mended_body, read_fingerprint, suggestion_body

NAME = "0123456789abcdef"
FINDING = Finding(PurePosixPath("a"), START, "P304", "no model is known to take '@acme'", "did you mean 'x'?")


def test_it_says_what_is_wrong_and_holds_the_lines_to_the_letter() -> None:
    body = suggestion_body((FINDING,), ("  a: 1", "  b: @acme"), NAME)
    assert body.startswith(f"{SUGGESTION_MARKER}\n<!-- {NAME} -->\n\n**What is wrong:** No model is known to take '@")
    assert "take '@acme'" not in body  # mentions nobody
    assert "\n\n```suggestion\n  a: 1\n  b: @acme\n```\n\n" in body


def test_backticks_in_a_line_do_not_end_the_block() -> None:
    assert "\n`````suggestion\n````x\n`````\n" in suggestion_body((FINDING,), ("````x",), NAME)


def test_lines_that_go_and_a_line_that_becomes_empty_are_told_apart() -> None:
    assert "```suggestion\n```\n" in suggestion_body((FINDING,), (), NAME)
    assert "```suggestion\n\n```\n" in suggestion_body((FINDING,), ("",), NAME)


def test_it_is_found_again_by_project_and_not_once_it_is_mended() -> None:
    body = suggestion_body((FINDING,), ("a",), NAME, "apps/one")
    assert read_fingerprint(body, "apps/one") == NAME
    assert read_fingerprint(body.replace("\n", "\r\n"), "apps/one") == NAME  # as browsers send it
    assert read_fingerprint(body) == read_fingerprint(body, "apps") == ""
    assert read_fingerprint(f"> {body}", "apps/one") == ""
    assert read_fingerprint(mended_body(NAME, "apps/one"), "apps/one") == ""
