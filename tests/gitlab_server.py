"""GitLab on loopback: one project's merge requests and their notes, in the shapes that GitLab documents as examples.

No package brings GitLab's description of its API, so the examples of its manual are written here, and a request that
the manual does not know fails the test when the server closes:

    https://docs.gitlab.com/api/merge_requests/#get-single-mr
    https://docs.gitlab.com/api/notes/#merge-requests
    https://docs.gitlab.com/api/users/#retrieve-your-user-account
    https://docs.gitlab.com/api/rest/#pagination and #status-codes

As on GitLab, a note's lines that begin with a quick action are carried out (`actions`) and taken out of its text.

    with GitLabServer() as server:
        server.add_merge_request(7, sha="…")
        GitLab(server.project, server.token, api=server.url)
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.github_http import Reply as Reply
from tests.github_http import Request, address, serve

TOKEN = "glpat-aTokenThatMustNeverBeSeenAnywhere"
BOT = "project_5_bot_4ffca233d8298ea1"
"""Whose notes a project's own access token writes."""
MOST = 1_000_000
"""Characters of one note."""
_QUICK_ACTION = re.compile(
    r"^/(close|reopen|merge|approve|label|assign|milestone|title|shrug)(?: [^\n]*)?(?:\n|\Z)", re.MULTILINE
)
_PROJECT = "/projects/(?P<id>[^/]+)"
_REQUEST = rf"{_PROJECT}/merge_requests/(?P<iid>\d+)"
_LISTED = {"sort", "order_by", "page", "per_page"}


class _Fault(NamedTuple):
    method: str
    path: re.Pattern[str]
    reply: Reply | Callable[[], Reply | None]


class GitLabServer:
    """One project and a token for it. `user`: whose token it is; `scopes` what it may."""

    def __init__(self, project: int = 5) -> None:
        self.project = project
        self.token = TOKEN
        self.user = BOT
        self.read_only = False
        self.merge_requests: dict[int, dict[str, Any]] = {}
        self.notes: dict[int, dict[str, Any]] = {}
        self.actions: list[str] = []
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self._broken: list[_Fault] = []
        self._ids = iter(range(301, 1_000_000))
        self._minutes = 0
        self._lock = threading.Lock()
        self._server = serve(self._answer)
        self.url = f"{address(self._server)}/api/v4"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        if kind is None:
            assert not self.faults, "\n".join(self.faults)

    def add_merge_request(
        self,
        iid: int = 7,
        *,
        sha: str = "a" * 40,
        base_sha: str | None = "b" * 40,
        source_project: int | None = None,
        state: str = "opened",
        target_branch: str = "main",
    ) -> dict[str, Any]:
        """A merge request, from the project's own branch where no `source_project` is named (0: the fork is gone)."""
        source = self.project if source_project is None else source_project
        self.merge_requests[iid] = {
            "id": 100 + iid,
            "iid": iid,
            "project_id": self.project,
            "title": "A shorter summary",
            "description": "",
            "state": state,
            "created_at": self._now(),
            "updated_at": self._now(),
            "target_branch": target_branch,
            "source_branch": "shorter",
            "author": _person("ana"),
            "source_project_id": source or None,
            "target_project_id": self.project,
            "sha": sha,
            "merge_commit_sha": None,
            "web_url": f"https://gitlab.example.com/acme/prompts/-/merge_requests/{iid}",
            "diff_refs": {"base_sha": base_sha, "head_sha": sha, "start_sha": base_sha} if base_sha else None,
        }
        return self.merge_requests[iid]

    def add_note(self, iid: int, author: str, body: str, *, system: bool = False) -> int:
        """A note that stands there; returns its id."""
        return int(self._write(iid, author, body, system=system)["id"])

    def bodies(self, iid: int) -> list[str]:
        """The texts of the notes that people and programs wrote, oldest first."""
        return [note["body"] for note in self.notes.values() if note["noteable_iid"] == iid and not note["system"]]

    def fail(self, method: str, path: str, reply: Reply | Callable[[], Reply | None], times: int = 1) -> None:
        """Answer the next requests whose path matches with this instead; a function may also act and answer nothing."""
        self._broken += [_Fault(method, re.compile(path), reply)] * times

    def count(self, method: str) -> int:
        """How often a method was used."""
        return sum(request.method == method for request in self.requests)

    def _answer(self, request: Request, target: str, body: bytes) -> Reply:
        with self._lock:
            self.requests.append(request)
            for fault in self._broken:
                if fault.method == request.method and fault.path.search(request.path):
                    self._broken.remove(fault)
                    reply = fault.reply if isinstance(fault.reply, Reply) else fault.reply()
                    if reply is not None:
                        return reply
                    break
            if request.headers.get("private-token") != self.token:
                return Reply(401, {"message": "401 Unauthorized"})
            return self._do(request)

    def _do(self, request: Request) -> Reply:
        known: list[tuple[str, str, Callable[[Request, Mapping[str, str]], Reply]]] = [
            ("GET", "/user", self._user),
            ("GET", _REQUEST, self._merge_request),
            ("GET", f"{_REQUEST}/notes", self._list_notes),
            ("POST", f"{_REQUEST}/notes", self._create_note),
            ("GET", rf"{_REQUEST}/notes/(?P<note>\d+)", self._one_note),
            ("PUT", rf"{_REQUEST}/notes/(?P<note>\d+)", self._edit_note),
            ("DELETE", rf"{_REQUEST}/notes/(?P<note>\d+)", self._delete_note),
        ]
        path = request.path.removeprefix("/api/v4")
        for method, pattern, action in known:
            found = re.fullmatch(pattern, path)
            if method == request.method and found:
                values = found.groupdict()
                if values.get("id", str(self.project)) != str(self.project):
                    return Reply(404, {"message": "404 Project Not Found"})
                if "iid" in values and int(values["iid"]) not in self.merge_requests:
                    return Reply(404, {"message": "404 Not found"})
                if self.read_only and method != "GET":
                    told = {
                        "error": "insufficient_scope",
                        "error_description": "The request requires higher privileges",
                    }
                    return Reply(403, told | {"scope": "api"})
                return action(request, values)
        self.faults.append(
            f"{request.method} {request.path}: GitLab's manual knows no such request, or this server not"
        )
        return Reply(404, {"error": "404 Not Found"})

    def _user(self, request: Request, values: Mapping[str, str]) -> Reply:
        return Reply(200, _person(self.user) | {"email": "", "bot": self.user == BOT})

    def _merge_request(self, request: Request, values: Mapping[str, str]) -> Reply:
        return Reply(200, self.merge_requests[int(values["iid"])])

    def _list_notes(self, request: Request, values: Mapping[str, str]) -> Reply:
        if unknown := set(request.query) - _LISTED:
            self.faults.append(f"notes are not listed by {sorted(unknown)}")
        found = [one for one in self.notes.values() if one["noteable_iid"] == int(values["iid"])]
        if request.query.get("sort", "desc") == "desc":
            found.reverse()
        size, page = min(100, int(request.query.get("per_page", "20"))), int(request.query.get("page", "1"))
        more = len(found) > page * size
        headers = {"x-page": str(page), "x-per-page": str(size), "x-next-page": str(page + 1) if more else ""}
        return Reply(200, found[(page - 1) * size : page * size], headers)

    def _create_note(self, request: Request, values: Mapping[str, str]) -> Reply:
        if refused := self._refused(request):
            return refused
        body = self._carried_out(request.body["body"])
        if not body:
            return Reply(202, {"commands_changes": {}, "summary": ["Commands applied"]})
        return Reply(201, self._write(int(values["iid"]), self.user, body))

    def _one_note(self, request: Request, values: Mapping[str, str]) -> Reply:
        note = self.notes.get(int(values["note"]))
        if note is None or note["noteable_iid"] != int(values["iid"]):
            return Reply(404, {"message": "404 Note Not Found"})
        ours = bool(note["author"]) and note["author"]["username"] == self.user
        return Reply(200, note) if ours or request.method == "GET" else Reply(403, {"message": "403 Forbidden"})

    def _delete_note(self, request: Request, values: Mapping[str, str]) -> Reply:
        found = self._one_note(request, values)
        if found.status != 200:
            return found
        del self.notes[int(values["note"])]
        return Reply(204, raw=b"")

    def _edit_note(self, request: Request, values: Mapping[str, str]) -> Reply:
        if (found := self._one_note(request, values)).status != 200:
            return found
        note = self.notes[int(values["note"])]
        if refused := self._refused(request):
            return refused
        note |= {"body": self._carried_out(request.body["body"]), "updated_at": self._now()}
        return Reply(200, note)

    def _refused(self, request: Request) -> Reply | None:
        sent = request.body
        if not isinstance(sent, dict) or not sent.get("body"):
            return Reply(400, {"error": "body is missing"})
        if unknown := set(sent) - {"body", "internal", "created_at", "merge_request_diff_head_sha"}:
            self.faults.append(f"a note has no {sorted(unknown)}")
        too_long = len(sent["body"]) > MOST
        return Reply(400, {"message": {"note": ["is too long (maximum is 1000000 characters)"]}}) if too_long else None

    def _carried_out(self, body: str) -> str:
        self.actions += [found[0].strip() for found in _QUICK_ACTION.finditer(body)]
        return _QUICK_ACTION.sub("", body).rstrip()

    def _write(self, iid: int, author: str, body: str, *, system: bool = False) -> dict[str, Any]:
        number, now = next(self._ids), self._now()
        self.notes[number] = {
            "id": number,
            "body": body,
            "attachment": None,
            "author": _person(author) if author else None,
            "created_at": now,
            "updated_at": now,
            "system": system,
            "noteable_id": 100 + iid,
            "noteable_type": "MergeRequest",
            "project_id": self.project,
            "noteable_iid": iid,
            "resolvable": False,
            "confidential": False,
            "internal": False,
        }
        return self.notes[number]

    def _now(self) -> str:
        self._minutes += 1
        return (datetime(2026, 11, 24, 9, tzinfo=UTC) + timedelta(minutes=self._minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _person(name: str) -> dict[str, Any]:
    return {
        "id": 1,
        "username": name,
        "name": name,
        "state": "active",
        "created_at": "2013-09-30T13:46:01Z",
        "web_url": f"https://gitlab.example.com/{name}",
    }
