"""Comments beside the lines of a pull request: what stands there, several at once, and their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from promptops.forge.github.patches import PatchHunk, parse_patch
from promptops.forge.github.rest import RestApi
from promptops.forge.json_object import JsonObject

_MOST_FILES = 300
_MOST_COMMENTS = 1_000
_THREADS = """query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewThreads(last: 100) {
    nodes { id isResolved comments(first: 1) { nodes { databaseId } } } } } } }"""
_RESOLVE = "mutation({declared}) {{ {calls} }}"
_CALL = "t{0}: resolveReviewThread(input: {{threadId: $id{0}}}) {{ thread {{ isResolved }} }}"


class LineComment(NamedTuple):
    """A comment to be written beside lines of the head, `first` to `last` (from 1)."""

    path: str
    first: int
    last: int
    body: str


class ReviewComment(NamedTuple):
    """A comment beside a line as it stands there; `author` is a login, empty when the account is gone."""

    id: int
    author: str
    body: str
    path: str = ""


class Reviews:
    """The reviews of one pull request. Every method raises ForgeError, ForbiddenError where the token may not."""

    def __init__(self, rest: RestApi, repository: str, number: int) -> None:
        self._rest = rest
        self._repository = repository
        self._number = number

    def comments(self) -> list[ReviewComment]:
        """All comments beside lines, oldest first; of very many the first thousand."""
        found: list[ReviewComment] = []
        for one in self._rest.pages(self._rest.path("pulls", self._number, "comments")):
            found.append(_parse_comment(one))
            if len(found) == _MOST_COMMENTS:
                break
        return found

    def patches(self) -> dict[str, tuple[PatchHunk, ...]]:
        """What the diff shows of each file of the head, by its path; of very many files the first three hundred."""
        found: dict[str, tuple[PatchHunk, ...]] = {}
        for one in self._rest.pages(self._rest.path("pulls", self._number, "files")):
            found[one.text("filename")] = parse_patch(one.optional_text("patch"))
            if len(found) == _MOST_FILES:
                break
        return found

    def write(self, commit: str, body: str, comments: Sequence[LineComment]) -> None:
        """All comments at once, as one review of the commit that neither approves nor asks for changes.

        GitHub refuses it as a whole (422) where one of them is beside no line of the diff.
        """
        sent = {"commit_id": commit, "event": "COMMENT", "body": body, "comments": [_to_send(one) for one in comments]}
        self._rest.send("POST", self._rest.path("pulls", self._number, "reviews"), sent)

    def edit(self, comment: int, body: str) -> None:
        """Replace a comment's text. ForgeError with status 404 when it was deleted."""
        self._rest.send("PATCH", self._rest.path("pulls", "comments", comment), {"body": body})

    def delete(self, comment: int) -> None:
        """Take a comment away; one that is gone already is fine."""
        self._rest.delete(self._rest.path("pulls", "comments", comment))

    def resolve(self, comments: Sequence[int]) -> None:
        """Close the conversations that these comments began: two requests, however many there are.

        The token of a workflow may do that only where it may write to the repository or opened the pull request.
        """
        wanted = set(comments)
        threads = [thread for thread, comment in self._open_threads() if comment in wanted]
        if threads:
            numbers = range(len(threads))
            declared = ", ".join(f"$id{number}: ID!" for number in numbers)
            query = _RESOLVE.format(declared=declared, calls=" ".join(_CALL.format(number) for number in numbers))
            self._rest.ask_graphql(query, {f"id{number}": thread for number, thread in enumerate(threads)})

    def _open_threads(self) -> Iterator[tuple[str, int]]:
        """Each conversation that is open, with the id of its first comment."""
        owner, name = self._repository.split("/")
        found = self._rest.ask_graphql(_THREADS, {"owner": owner, "name": name, "number": self._number})
        for thread in found.items("repository", "pullRequest", "reviewThreads", "nodes"):
            first = thread.items("comments", "nodes")
            if thread.get("isResolved") is False and first:
                yield thread.text("id"), first[0].integer("databaseId")


def _parse_comment(data: JsonObject) -> ReviewComment:
    told = (data.optional_text(*keys) for keys in (("user", "login"), ("body",), ("path",)))
    return ReviewComment(data.integer("id"), *told)


def _to_send(one: LineComment) -> Mapping[str, Any]:
    sent: dict[str, Any] = {"path": one.path, "line": one.last, "side": "RIGHT", "body": one.body}
    return sent if one.first == one.last else sent | {"start_line": one.first, "start_side": "RIGHT"}
