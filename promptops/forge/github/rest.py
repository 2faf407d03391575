"""Requests to one repository on GitHub: paths that no name can change, JSON in and out, lists page by page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from promptops.errors import ForgeError
from promptops.forge.http import HttpClient, HttpRequest
from promptops.forge.json_object import JsonObject

_PAGE = 100
_MOST_PAGES = 100
_NEXT = re.compile(r'<([^<>"]{1,2000})>\s*;\s*rel="next"')


class RestApi:
    """The API of GitHub as one repository (`OWNER/NAME`) needs it. Every method raises ForgeError."""

    def __init__(self, http: HttpClient, repository: str) -> None:
        self._http = http
        self._repository = repository

    def path(self, *parts: str | int) -> str:
        """The path on the API of something in the repository."""
        owner, name = self._repository.split("/")
        return api_path("repos", owner, name, *parts)

    def url(self, path: str) -> str:
        """The address of a path on the API."""
        return f"{self._http.api}{path}"

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonObject:
        """What the API shows at a path."""
        return _parse_json(self._http.request(HttpRequest("GET", self.url(path), params)).body, path)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> JsonObject:
        """Send `body` as JSON; what the API answers."""
        return _parse_json(self._http.request(HttpRequest(method, self.url(path), None, body)).body, path)

    def delete(self, path: str) -> None:
        """Take away what is at a path; what is gone already is fine."""
        try:
            self._http.request(HttpRequest("DELETE", self.url(path)))
        except ForgeError as exc:
            if exc.status not in (404, 410):
                raise

    def pages(self, path: str, params: Mapping[str, str | int] | None = None, *inside: str) -> Iterator[JsonObject]:
        """The items of all pages; GitHub names the next page in a header."""
        request = HttpRequest("GET", self.url(path), {**(params or {}), "per_page": _PAGE})
        for _ in range(_MOST_PAGES):
            response = self._http.request(request)
            yield from _parse_json(response.body, path).items(*inside)
            following = _NEXT.search(response.headers.get("link", ""))
            if following is None:
                return
            if not self._http.is_api_host(following[1]):
                raise ForgeError("the next page lies on another host; it was not read", where=path)
            request = request._replace(url=following[1], params=None)
        raise ForgeError(f"there are more than {_MOST_PAGES * _PAGE:,} of them; not all were read", where=path)

    def ask_graphql(self, query: str, variables: Mapping[str, Any]) -> JsonObject:
        """The `data` of a query, or of a mutation, which GitHub's other API carries out. ForgeError where it refuses.

        What is refused there is told in an answer with status 200.
        """
        url = f"{self._http.api.removesuffix('/v3')}/graphql"
        sent = {"query": query, "variables": variables}
        found = _parse_json(self._http.request(HttpRequest("POST", url, None, sent)).body, "graphql")
        errors = found.get("errors")
        if errors or not isinstance(found.get("data"), dict):
            first = errors[0] if isinstance(errors, list) and errors else None
            why = first.get("message") if isinstance(first, dict) else None
            raise ForgeError(f"GitHub refuses: {str(why or 'no reason is given')[:200]}", where="graphql")
        return JsonObject(found.get("data"), "graphql")


def api_path(*parts: str | int) -> str:
    """A path on the API; no part can add a step or a query of its own."""
    texts = [str(part) for part in parts]
    if any(text in ("", ".", "..") for text in texts):
        raise ForgeError("GitHub has no such names", where="/".join(texts)[:200])
    return "".join(f"/{quote(text.encode('utf-8', 'replace'), safe='')}" for text in texts)


def _parse_json(body: bytes, path: str) -> JsonObject:
    try:
        return JsonObject(json.loads(body), path)
    except (ValueError, RecursionError):
        raise ForgeError(
            "the response is not JSON",
            where=path,
            hint="a proxy may answer in GitHub's place; look at GITHUB_API_URL, then run the job again",
        ) from None
