"""GitHub on loopback whose files, comparisons and pull requests are those of one real bare repository."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.conftest import GitRepository
from tests.github_description import Description
from tests.github_http import Reply, Request
from tests.github_server import WORKFLOW_LOGIN, GitHubServer

_MISSING = "0" * 40


class GitBackedGitHub(GitHubServer):
    """What a workflow reads and writes by the API lies in `bare`; its e-mail address names a commit's author."""

    def __init__(self, description: Description, bare: GitRepository) -> None:
        super().__init__(description)
        self.bare = bare

    def refresh(self, number: int) -> dict[str, Any]:
        """The pull request with the commits that its branches hold now."""
        pull = self.pull_requests[number]
        if pull["state"] == "open":
            ours = (pull["head"]["repo"] or {}).get("full_name") == self.repository
            head = f"refs/heads/{pull['head']['ref']}" if ours else f"refs/pull/{number}/head"
            for side, ref in (("head", head), ("base", f"refs/heads/{pull['base']['ref']}")):
                pull[side]["sha"] = self.commit_of(ref)
        return pull

    def commit_of(self, name: str) -> str:
        """The full id of a branch's newest commit, or of a commit; zeros where there is none."""
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", check=False)
        return found.decode().strip() or _MISSING

    def _pull(self, request: Request, values: Mapping[str, str]) -> Reply:
        if int(values["pull_number"]) in self.pull_requests:
            self.refresh(int(values["pull_number"]))
        return super()._pull(request, values)

    def _pulls(self, request: Request, values: Mapping[str, str]) -> Reply:
        for number in self.pull_requests:
            self.refresh(number)
        return super()._pulls(request, values)

    def _open_pull(self, request: Request, values: Mapping[str, str]) -> Reply:
        reply = super()._open_pull(request, values)
        return reply if reply.status != 201 else reply._replace(data=self.refresh(reply.data["number"]))

    def _read(self, request: Request, values: Mapping[str, str]) -> Reply:
        ref = request.query.get("ref", "main")
        self.files = {ref.removeprefix("refs/heads/"): self._tree(ref)}
        return super()._read(request, values)

    def _write(self, request: Request, values: Mapping[str, str]) -> Reply:
        branch, path = request.body["branch"], values["path"]
        self.files = {branch: self._tree(branch)}
        reply = super()._write(request, values)
        if reply.status in (200, 201):
            reply.data["commit"]["sha"] = self._commit(branch, path, self.files[branch][path], request.body["message"])
        return reply

    def _compare(self, request: Request, values: Mapping[str, str]) -> Reply:
        base, _, head = values["basehead"].partition("...")
        if _MISSING not in (self.commit_of(base), self.commit_of(head)):
            parted = self._git("merge-base", base, head).decode().strip()
            self.merge_bases[base, head] = parted
            self.changed[base, head] = self._git("diff", "--name-only", parted, head).decode().splitlines()
            people = self._git("log", "--reverse", "--format=%ae %ce", f"{base}..{head}").decode().splitlines()
            if people:
                logins = [[one.partition("@")[0] for one in each.split()] for each in people]
                self.authors[base, head] = [(author, committer) for author, committer in logins]
        return super()._compare(request, values)

    def _tree(self, ref: str) -> dict[str, bytes]:
        if self.commit_of(ref) == _MISSING:
            return {}
        with tarfile.open(fileobj=io.BytesIO(self._git("archive", "--format=tar", ref))) as archive:
            return {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}  # type: ignore[union-attr]

    def _commit(self, branch: str, path: str, content: bytes, message: str) -> str:
        """A commit of one file, as GitHub makes it for the workflow's token."""
        index = {"GIT_INDEX_FILE": str(Path(self.bare.root) / "index-of-the-api")}
        person = {"NAME": WORKFLOW_LOGIN, "EMAIL": f"{WORKFLOW_LOGIN}@users.noreply.github.com"}
        author = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()}
        self._git("read-tree", branch, environment=index)
        blob = self._git("hash-object", "-w", "--stdin", data=content).decode().strip()
        self._git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", environment=index)
        tree = self._git("write-tree", environment=index).decode().strip()
        made = self._git("commit-tree", tree, "-p", branch, "-m", message, environment=author).decode().strip()
        self._git("update-ref", f"refs/heads/{branch}", made)
        return made

    def _git(
        self, *arguments: str, data: bytes = b"", check: bool = True, environment: Mapping[str, str] = {}
    ) -> bytes:
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self.bare.root, input=data, capture_output=True, check=check, env={**os.environ, **environment}
        )
        return done.stdout
