"""The address where a file of a pull request can be edited."""

from __future__ import annotations

import pytest

from promptops.forge.github.edit_address import edit_address
from promptops.forge.github.payloads import PullRequest

PULL = PullRequest(7, "a" * 40, "work", "acme/prompts", "b" * 40, "main", "acme/prompts", "open")


@pytest.mark.parametrize(
    ("change", "folder", "expected"),
    [
        ({}, "", "https://github.com/acme/prompts/edit/work"),
        ({"head_ref": "ana/a b?#"}, "apps/é", "https://github.com/acme/prompts/edit/ana/a%20b%3F%23/apps/%C3%A9"),
        ({"head_repository": "mallory/prompts"}, ".", "https://github.com/mallory/prompts/edit/work"),
        ({"head_repository": ""}, "", ""),
        ({"head_repository": "a/b)[x](http://evil.example"}, "", ""),
        ({"head_ref": ""}, "", ""),
    ],
)
def test_it_leads_to_the_branch_s_own_repository(change: dict[str, str], folder: str, expected: str) -> None:
    assert edit_address("https://github.com/", PULL._replace(**change), folder) == expected  # type: ignore[arg-type]


def test_there_is_none_without_a_pull_request_or_a_secure_server() -> None:
    assert edit_address("https://github.com", None) == ""
    assert edit_address("javascript:x", PULL) == ""
    assert edit_address("http://github.example", PULL) == ""
