"""The address below which the files of a pull request's branch can be edited in the browser."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from promptops.forge.github.event import REPOSITORY_NAME
from promptops.forge.github.payloads import PullRequest


def edit_address(server: str, pull: PullRequest | None, folder: str = "") -> str:
    """`https://HOST/OWNER/REPO/edit/BRANCH`, with the project's folder; empty where no such page can be named.

    A fork's branch is edited in the fork, by those who may.
    """
    if pull is None or not REPOSITORY_NAME.fullmatch(pull.head_repository) or not pull.head_ref:
        return ""
    if urlsplit(server).scheme != "https":
        return ""
    parts = [pull.head_ref, *([folder] if folder not in ("", ".") else [])]
    encoded = (quote(part.encode("utf-8", "replace"), safe="/") for part in parts)
    return "/".join([server.rstrip("/"), pull.head_repository, "edit", *encoded])
