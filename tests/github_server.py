"""GitHub on loopback: keeps comments, pull requests, files, runs and artifacts, and refuses what GitHub would refuse.

Every request is held against GitHub's published description, and so is every answer given here; what does not fit
fails the test when the server closes. `fail`, `limit_rate` and `read_only` make it fail on demand.

    with GitHubServer(description) as server:
        server.add_pull_request(7, head_sha="…")
        GitHub(server.repository, server.token, api=server.url)
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from tests.github_description import Description, Operation
from tests.github_http import Reply as Reply
from tests.github_http import Request, address, serve
from tests.github_kept import REPO, Kept
from tests.github_threads import Threads, answer_query

TOKEN = "ghs_aTokenThatMustNeverBeSeenAnywhere00"
WORKFLOW_LOGIN = "github-actions[bot]"
_RUNS_BY = {"head_sha": "head_sha", "branch": "head_branch", "event": "event"}
FORBIDDEN = {"message": "Resource not accessible by integration", "documentation_url": "https://docs.github.com/rest"}
MISSING = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}


class _Fault(NamedTuple):
    method: str
    path: re.Pattern[str]
    reply: Reply | Callable[[], Reply | None]


class _Delay(NamedTuple):
    method: str
    path: re.Pattern[str]
    act: Callable[[], object]


class _Hook(NamedTuple):
    method: str
    path: re.Pattern[str]
    act: Callable[[], None]


class GitHubServer(Kept):
    """One repository and the token that a workflow has."""

    def __init__(self, description: Description, repository: str = "acme/prompts") -> None:
        super().__init__(description, repository)
        self.token = TOKEN
        self.read_only = False
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self._broken: list[_Fault] = []
        self._delayed: list[_Delay] = []
        self._hooks: list[_Hook] = []
        self._allowance: int | None = None
        self._reset = 0
        self._lock = threading.Lock()
        self.threads = Threads(self, self._page)
        self._servers = [serve(self._answer), serve(self._blob)]
        self.url, self.blobs = map(address, self._servers)
        """The API's address, and that of the other host, where artifacts lie."""

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        if kind is None:
            assert not self.faults, "\n".join(self.faults)

    def fail(self, method: str, path: str, reply: Reply | Callable[[], Reply | None], times: int = 1) -> None:
        """Answer the next requests whose path matches with this instead; a function may also act and answer nothing."""
        self._broken += [_Fault(method, re.compile(path), reply)] * times

    def delay(self, method: str, path: str, act: Callable[[], object]) -> None:
        """Let this happen before the next request whose path matches is looked at; it may send requests of its own."""
        self._delayed.append(_Delay(method, re.compile(path), act))

    def after(self, method: str, path: str, act: Callable[[], None]) -> None:
        """Let this happen once, between the next request whose path matches and whatever is asked after it."""
        self._hooks.append(_Hook(method, re.compile(path), act))

    def limit_rate(self, requests: int, reset_in: int = 1_800) -> None:
        """Answer so many requests more, then none until `reset_in` seconds from now."""
        self._allowance, self._reset = requests, int(time.time()) + reset_in

    def count(self) -> Counter[str]:
        """How often each method was used."""
        return Counter(request.method for request in self.requests)

    def _answer(self, request: Request, target: str, body: bytes) -> Reply:
        for one in [one for one in self._delayed if one.method == request.method and one.path.search(request.path)][:1]:
            self._delayed.remove(one)
            one.act()
        with self._lock:
            self.requests.append(request)
            if (request.method, request.path) == ("POST", "/graphql"):  # which no published description covers
                return self._broken_reply(request) or self._refused(request) or answer_query(self, request.body)
            operation = self.description.operation(request.method, target)
            if operation is None:
                self.faults.append(f"{request.method} {target}: GitHub describes no such request")
                return Reply(404, MISSING)
            where = f"{request.method} {target}"
            faults = [f"{where}: {fault}" for fault in self.description.request_faults(operation, target, body)]
            if faults:
                self.faults += faults
                return Reply(400, raw=b"")
            reply = self._broken_reply(request) or self._refused(request) or self._do(request, operation, target)
            reply = reply._replace(data=json.loads(json.dumps(reply.data)))  # as it was before anything else happens
            self._happen_after(request)
            if reply.raw is None:
                unpromised = self.description.answer_faults(operation, reply.status, reply.data)
                self.faults += [f"our answer to {where}: {fault}" for fault in unpromised]
            return reply

    def _broken_reply(self, request: Request) -> Reply | None:
        for fault in self._broken:
            if fault.method == request.method and fault.path.search(request.path):
                self._broken.remove(fault)
                return fault.reply if isinstance(fault.reply, Reply) else fault.reply()
        return None

    def _happen_after(self, request: Request) -> None:
        for hook in self._hooks:
            if hook.method == request.method and hook.path.search(request.path):
                self._hooks.remove(hook)
                hook.act()
                return

    def _refused(self, request: Request) -> Reply | None:
        if self._allowance is not None:
            if self._allowance == 0:
                headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(self._reset)}
                return Reply(403, {"message": "API rate limit exceeded"}, headers)
            self._allowance -= 1
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"message": "Bad credentials"})
        return Reply(403, FORBIDDEN) if self.read_only and request.method != "GET" else None

    def _do(self, request: Request, operation: Operation, target: str) -> Reply:
        if "owner" in operation.values:
            named = f"{operation.values['owner']}/{operation.values['repo']}"
            if named.casefold() != self.repository.casefold():
                return Reply(404, MISSING)
        known: dict[tuple[str, str], Callable[[Request, Mapping[str, str]], Reply]] = {
            ("GET", "/user"): self._user,
            ("GET", "/orgs/{org}/teams/{team_slug}"): self._team,
            ("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}"): self._membership,
            ("GET", f"{REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}"): self._zip,
            ("GET", f"{REPO}/actions/runs"): self._all_runs,
            ("GET", f"{REPO}/actions/runs/{{run_id}}"): self._run,
            ("GET", f"{REPO}/actions/runs/{{run_id}}/artifacts"): self._run_artifacts,
            ("GET", f"{REPO}/commits/{{commit_sha}}/pulls"): self._pulls_of,
            ("GET", f"{REPO}/compare/{{basehead}}"): self._compare,
            ("GET", f"{REPO}/contents/{{path}}"): self._read,
            ("PUT", f"{REPO}/contents/{{path}}"): self._write,
            ("GET", f"{REPO}/issues/{{issue_number}}/comments"): self._list_comments,
            ("POST", f"{REPO}/issues/{{issue_number}}/comments"): self._create_comment,
            ("GET", f"{REPO}/issues/comments/{{comment_id}}"): self._comment,
            ("PATCH", f"{REPO}/issues/comments/{{comment_id}}"): self._edit_comment,
            ("DELETE", f"{REPO}/issues/comments/{{comment_id}}"): self._delete_comment,
            ("POST", f"{REPO}/issues/comments/{{comment_id}}/reactions"): self._react,
            ("GET", f"{REPO}/pulls"): self._pulls,
            ("POST", f"{REPO}/pulls"): self._open_pull,
            ("GET", f"{REPO}/pulls/{{pull_number}}"): self._pull,
            ("PATCH", f"{REPO}/pulls/{{pull_number}}"): self._edit_pull,
        }
        action = known.get((request.method, operation.path)) or self.threads.known.get((request.method, operation.path))
        if action is None:
            self.faults.append(f"{request.method} {operation.path}: this server does not do that yet")
            return Reply(404, MISSING)
        return action(request, operation.values)

    def _user(self, request: Request, values: Mapping[str, str]) -> Reply:
        if not self.user:
            return Reply(403, FORBIDDEN)
        return Reply(200, self.description.example("/user") | {"login": self.user})

    def _team(self, request: Request, values: Mapping[str, str]) -> Reply:
        if (values["org"], values["team_slug"]) not in self.teams:
            return Reply(404, MISSING)
        found = self.description.example("/orgs/{org}/teams/{team_slug}") | {"type": "organization"}
        found["organization"]["archived_at"] = None
        return Reply(200, found | {"slug": values["team_slug"]})

    def _membership(self, request: Request, values: Mapping[str, str]) -> Reply:
        members = self.teams.get((values["org"], values["team_slug"]), set())
        if values["username"].casefold() not in {name.casefold() for name in members}:
            return Reply(404, MISSING)
        return Reply(200, self.description.example("/orgs/{org}/teams/{team_slug}/memberships/{username}"))

    def _pull(self, request: Request, values: Mapping[str, str]) -> Reply:
        found = self.pull_requests.get(int(values["pull_number"]))
        return Reply(404, MISSING) if found is None else Reply(200, found)

    def _pulls(self, request: Request, values: Mapping[str, str]) -> Reply:
        state, head = request.query.get("state", "open"), request.query.get("head", "")
        base = request.query.get("base", "")
        return self._page(
            request,
            [
                self._simple(one)
                for one in self.pull_requests.values()
                if state in ("all", one["state"])
                and head in ("", one["head"]["label"])
                and base in ("", one["base"]["ref"])
            ],
        )

    def _open_pull(self, request: Request, values: Mapping[str, str]) -> Reply:
        label = f"{self.repository.split('/')[0]}:{request.body['head']}"
        if any(one["head"]["label"] == label and one["state"] == "open" for one in self.pull_requests.values()):
            return Reply(422, MISSING | {"message": f"Validation Failed: A pull request already exists for {label}."})
        opened = self.add_pull_request(
            max(self.pull_requests, default=0) + 1,
            head_ref=request.body["head"],
            base_ref=request.body["base"],
            author=self.user or WORKFLOW_LOGIN,
            title=request.body["title"],
        )
        opened["body"] = request.body["body"]
        return Reply(201, opened)

    def _edit_pull(self, request: Request, values: Mapping[str, str]) -> Reply:
        found = self.pull_requests.get(int(values["pull_number"]))
        if found is None:
            return Reply(404, MISSING)
        found |= request.body
        return Reply(200, found)

    def _pulls_of(self, request: Request, values: Mapping[str, str]) -> Reply:
        numbers = self.commits.get(values["commit_sha"], [])
        return self._page(request, [self._simple(self.pull_requests[number]) for number in numbers])

    def _simple(self, pull: Mapping[str, Any]) -> dict[str, Any]:
        """A pull request as lists show it."""
        found: dict[str, Any] = self.description.example(f"{REPO}/pulls")[0]
        return found | {key: pull[key] for key in found if key in pull}

    def _list_comments(self, request: Request, values: Mapping[str, str]) -> Reply:
        number = int(values["issue_number"])
        if number not in self.pull_requests:
            return Reply(404, MISSING)
        return self._page(request, self.comments_on(number))

    def _create_comment(self, request: Request, values: Mapping[str, str]) -> Reply:
        number = int(values["issue_number"])
        if number not in self.pull_requests:
            return Reply(404, MISSING)
        too_long = _too_long(request.body["body"])
        return too_long or Reply(
            201,
            self.new_comment(number, self.user or WORKFLOW_LOGIN, request.body["body"])
            | {"body": request.body["body"]},
        )

    def _edit_comment(self, request: Request, values: Mapping[str, str]) -> Reply:
        comment = self.comments.get(int(values["comment_id"]))
        if comment is None:
            return Reply(404, MISSING)
        if too_long := _too_long(request.body["body"]):
            return too_long
        comment |= {"body": request.body["body"], "updated_at": self.now()}
        return Reply(200, comment)

    def _comment(self, request: Request, values: Mapping[str, str]) -> Reply:
        found = self.comments.get(int(values["comment_id"]))
        return Reply(404, MISSING) if found is None else Reply(200, found)

    def _delete_comment(self, request: Request, values: Mapping[str, str]) -> Reply:
        found = self.comments.pop(int(values["comment_id"]), None)
        return Reply(404, MISSING) if found is None else Reply(204, raw=b"")

    def _react(self, request: Request, values: Mapping[str, str]) -> Reply:
        if int(values["comment_id"]) not in self.comments:
            return Reply(404, MISSING)
        self.reactions.append((int(values["comment_id"]), request.body["content"]))
        example = self.description.example(f"{REPO}/issues/comments/{{comment_id}}/reactions", "post", "201")
        return Reply(201, example | {"content": request.body["content"]})

    def _read(self, request: Request, values: Mapping[str, str]) -> Reply:
        ref = request.query.get("ref", "main")  # of a name that both have, the tag is meant
        there = self.tags.get(ref) or self.files.get(ref.removeprefix("refs/heads/"), {})
        content = there.get(values["path"])
        found = self.description.example(f"{REPO}/contents/{{path}}")
        if content is None:
            inside = {PurePosixPath(name): held for name, held in there.items()}
            listed = [
                found | {"name": name.name, "path": str(name), "sha": blob_sha(held)}
                for name, held in inside.items()
                if str(name.parent) == values["path"]
            ]
            folders = {each for name in inside for each in name.parents if str(each.parent) == values["path"]}
            listed += [
                found | {"name": each.name, "path": str(each), "type": "dir", "sha": blob_sha(each.name.encode())}
                for each in sorted(folders)
            ]
            return Reply(200, listed) if listed else Reply(404, MISSING)
        found |= {"path": values["path"], "sha": blob_sha(content), "size": len(content)}
        return Reply(200, found | {"content": base64.encodebytes(content).decode()})

    def _write(self, request: Request, values: Mapping[str, str]) -> Reply:
        branch, path, sha = request.body.get("branch", "main"), values["path"], request.body.get("sha")
        if branch not in self.files:
            return Reply(404, {"message": f"Branch {branch} not found"})
        files = self.files[branch]
        if path in files and sha is None:
            return Reply(422, MISSING | {"message": 'Invalid request.\n\n"sha" wasn\'t supplied.'})
        if sha is not None and (path not in files or sha != blob_sha(files[path])):
            return Reply(409, {"message": f"{path} does not match {sha}"})
        created = path not in files
        files[path] = base64.b64decode(request.body["content"])
        self.messages.append(request.body["message"])
        status = "201" if created else "200"
        found = self.description.example(f"{REPO}/contents/{{path}}", "put", status)
        found["commit"]["sha"] = hashlib.sha1(json.dumps([branch, path, len(self.messages)]).encode()).hexdigest()
        found["content"] |= {"path": path, "sha": blob_sha(files[path])}
        return Reply(int(status), found)

    def _compare(self, request: Request, values: Mapping[str, str]) -> Reply:
        base, _, head = values["basehead"].partition("...")
        if not any((base, head) in known for known in (self.merge_bases, self.changed, self.authors)):
            return Reply(404, MISSING)
        found = self.description.example(f"{REPO}/compare/{{basehead}}")
        found["merge_base_commit"]["sha"] = self.merge_bases.get((base, head), base)
        if (base, head) in self.changed:
            found["status"] = "ahead" if found["merge_base_commit"]["sha"] == base else "diverged"
            found["files"] = [found["files"][0] | {"filename": name} for name in self.changed[base, head]]
        if (base, head) in self.authors:
            [commit] = found["commits"]
            logins = [{"author": one, "committer": other} for one, other in self.authors[base, head]]
            people = [
                {role: login and commit[role] | {"login": login} for role, login in one.items()} for one in logins
            ]
            made = [commit | one | {"sha": f"{number:040x}"} for number, one in enumerate(people)]
            page = self._page(request, made, "commits")
            return page._replace(data=found | {"commits": page.data["commits"], "total_commits": len(made)})
        return Reply(200, found)

    def _run(self, request: Request, values: Mapping[str, str]) -> Reply:
        found = self.runs.get(int(values["run_id"]))
        return Reply(404, MISSING) if found is None else Reply(200, found)

    def _all_runs(self, request: Request, values: Mapping[str, str]) -> Reply:
        wanted = [(key, request.query.get(name)) for name, key in _RUNS_BY.items()]
        newest_first = reversed(self.runs.values())
        found = [run for run in newest_first if all(value in (None, run[key]) for key, value in wanted)]
        return self._page(request, found, "workflow_runs")

    def _run_artifacts(self, request: Request, values: Mapping[str, str]) -> Reply:
        run = int(values["run_id"])
        if run not in self.runs:
            return Reply(404, MISSING)
        found = [one for one in self.artifacts.values() if one["workflow_run"]["id"] == run]
        return self._page(request, found, "artifacts")

    def _zip(self, request: Request, values: Mapping[str, str]) -> Reply:
        artifact = self.artifacts.get(int(values["artifact_id"]))
        if artifact is None:
            return Reply(404, MISSING)
        if artifact["expired"]:
            return Reply(410, {"message": "Artifact has expired"})
        return Reply(302, headers={"location": f"{self.blobs}/zip/{artifact['id']}?sig=secret"}, raw=b"")

    def _blob(self, request: Request, target: str, body: bytes) -> Reply:
        """The other host: it must never see the token."""
        self.requests.append(request)
        if "authorization" in request.headers or self.token in f"{target}{request.headers}":
            self.faults.append(f"{request.method} {target}: the token was sent to another host")
        found = self.zips.get(int(urlsplit(target).path.rsplit("/", 1)[-1]))
        return Reply(404, raw=b"gone") if found is None else Reply(200, raw=found)

    def _page(self, request: Request, items: list[Any], inside: str = "") -> Reply:
        """One page of a list and, where there is another, its address in a header."""
        size, page = int(request.query.get("per_page", "30")), int(request.query.get("page", "1"))
        shown = items[(page - 1) * size : page * size]
        headers = {}
        if page * size < len(items):
            rest = "&".join(f"{key}={value}" for key, value in request.query.items() if key != "page")
            address = f"{self.url}{request.path}?{rest}&page="
            headers["link"] = f'<{address}{page + 1}>; rel="next", <{address}{-(-len(items) // size)}>; rel="last"'
        return Reply(200, {"total_count": len(items), inside: shown} if inside else shown, headers)


def blob_sha(content: bytes) -> str:
    """The id that git gives a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _too_long(body: str) -> Reply | None:
    message = "Body is too long (maximum is 65536 characters)"
    return Reply(422, MISSING | {"message": message}) if len(body) > 65_536 else None
