"""Only lines that a pull request's diff shows can have a comment, and they are found by what they say."""

from __future__ import annotations

from promptops.forge.github.patches import parse_patch

PATCH = "@@ -1,3 +1,4 @@\n a\n-b\n+B\n+b2\n c\n@@ -20,2 +21,2 @@ def f():\n x\n-y\n+b2\n\\ No newline at end of file"


def test_a_hunk_has_the_lines_of_the_head_and_their_numbers() -> None:
    first, second = parse_patch(PATCH)
    assert (first.first, first.rows) == (1, ("a", "B", "b2", "c"))
    assert (second.first, second.rows) == (21, ("x", "b2"))


def test_lines_are_found_by_their_text_nearest_to_where_they_should_be() -> None:
    first, second = parse_patch(PATCH)
    assert first.find(("B", "b2"), 9) == 2
    assert second.find(("b2",), 1) == 22
    assert first.find(("y",), 2) is None
    (twice,) = parse_patch("@@ -0,0 +1,3 @@\n+a\n+b\n+a")
    assert (twice.find(("a",), 1), twice.find(("a",), 3)) == (1, 3)


def test_a_file_without_a_patch_shows_nothing_and_one_with_crlf_is_told() -> None:
    assert parse_patch("") == ()
    assert parse_patch("@@ -1 +1 @@\n-a\n+b\r")[0].crlf
    assert parse_patch("@@ -1 +1 @@\n-a\n+b\r")[0].rows == ("b",)
