"""GitLab, as far as promptops needs it: a merge request and its notes.

Every method raises ForgeError (ForbiddenError where the token may not) with words for the person who reads the log.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from promptops.errors import ForgeError
from promptops.forge.gitlab.conventions import CONVENTIONS
from promptops.forge.gitlab.inert_markdown import inert
from promptops.forge.gitlab.payloads import MergeRequest, Note, parse_merge_request, parse_note
from promptops.forge.http import HttpClient, HttpRequest
from promptops.forge.json_object import JsonObject

_PAGE = 100
_MOST_PAGES = 100


class GitLab:
    """One project (its number) on GitLab, seen with a token.

    `api` is the address of version 4 of its API, `web` that of the project's pages, for links (empty: no links).
    `login` is whose notes are ours, where it is known already. `sleep` takes seconds; at most two minutes are waited in
    all. `timeout` is in seconds for each wait for the network.
    """

    change_name = "merge request"

    def __init__(
        self,
        project: int,
        token: str,
        *,
        api: str,
        web: str = "",
        login: str = "",
        sleep: Callable[[float], None] = time.sleep,
        timeout: float = 30.0,
    ) -> None:
        self.project = project
        self._web = web.rstrip("/")
        self._login = login
        self._http = HttpClient(CONVENTIONS, token, api, sleep, timeout)

    def wait_at_most(self, seconds: float) -> AbstractContextManager[None]:
        """`with gitlab.wait_at_most(5):` waits so many seconds at most, for what is not worth more."""
        return self._http.wait_at_most(seconds)

    def after_each_wait(self, check: Callable[[], None]) -> AbstractContextManager[None]:
        """`with gitlab.after_each_wait(check):` checks again before it repeats a request that had to wait."""
        return self._http.after_each_wait(check)

    def login(self) -> str:
        """Whose notes are ours: the token's user, which for a project's token is a bot of its own."""
        if not self._login:
            self._login = self._get("/user").text("username")
        return self._login

    def change_request(self, number: int) -> MergeRequest:
        """The merge request as it is now."""
        return parse_merge_request(self._get(self._path(number)))

    def comments(self, number: int) -> Iterator[Note]:
        """All notes that people and programs wrote on a merge request, oldest first, page by page."""
        page = self._page(number)
        for data in self._list(self._path(number, "notes"), {"sort": "asc", "order_by": "created_at"}):
            if data.get("system") is not True:  # "changed the description", which GitLab itself says
                yield parse_note(data, page)

    def comment(self, number: int, comment_id: int) -> Note:
        """One note as it is now. ForgeError with status 404 when it was deleted."""
        return parse_note(self._get(self._path(number, "notes", comment_id)), self._page(number))

    def create_comment(self, number: int, body: str) -> Note:
        """Write a new note, in which nothing acts."""
        sent = self._send("POST", self._path(number, "notes"), {"body": inert(body)})
        return parse_note(sent, self._page(number))

    def update_comment(self, number: int, comment_id: int, body: str) -> Note:
        """Replace a note's text. ForgeError with status 404 when it was deleted."""
        sent = self._send("PUT", self._path(number, "notes", comment_id), {"body": inert(body)})
        return parse_note(sent, self._page(number))

    def delete_comment(self, number: int, comment_id: int) -> None:
        """Take a note away; one that is gone already is fine."""
        try:
            self._http.request(HttpRequest("DELETE", self._http.api + self._path(number, "notes", comment_id)))
        except ForgeError as exc:
            if exc.status not in (404, 410):
                raise

    def _page(self, number: int) -> str:
        return f"{self._web}/-/merge_requests/{number}" if self._web else ""

    def _path(self, number: int, *parts: str | int) -> str:
        return "/".join(map(str, ("/projects", self.project, "merge_requests", number, *parts)))

    def _get(self, path: str) -> JsonObject:
        return _parse_json(self._http.request(HttpRequest("GET", self._http.api + path)).body, path)

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> JsonObject:
        return _parse_json(self._http.request(HttpRequest(method, self._http.api + path, None, body)).body, path)

    def _list(self, path: str, params: Mapping[str, str]) -> Iterator[JsonObject]:
        """The items of all pages; GitLab says the next page's number in a header."""
        page = "1"
        for _ in range(_MOST_PAGES):
            query: dict[str, str | int] = {**params, "per_page": _PAGE, "page": page}
            response = self._http.request(HttpRequest("GET", self._http.api + path, query))
            yield from _parse_json(response.body, path).items()
            page = response.headers.get("x-next-page", "").strip()
            if not page:
                return
            if not (page.isascii() and page.isdecimal() and len(page) < 10):
                break
        raise ForgeError(f"there are more than {_MOST_PAGES * _PAGE:,} of them; not all were read", where=path)


def _parse_json(body: bytes, path: str) -> JsonObject:
    try:
        return JsonObject(json.loads(body), path, CONVENTIONS.forge)
    except (ValueError, RecursionError):
        raise ForgeError(
            "the response is not JSON",
            where=path,
            hint="a proxy may answer in GitLab's place; look at CI_API_V4_URL, then run the job again",
        ) from None
