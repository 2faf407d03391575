"""Histories of any shape, written in one go: each commit says what each file holds there, whatever its parents held."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.model.environment import Pin
from promptops.pins.approval import ProtectedBranch
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository

STYLE, SETTINGS = "prompts/style.j2", "promptops.yml"
Files = Mapping[str, str]


class Moment(NamedTuple):
    """A commit: what it is called, its parents' names (the first is the branch it continues) and all of its files."""

    name: str
    parents: Sequence[str]
    files: Files
    time: int = 0


def prompt(words: str) -> str:
    """A prompt that says these words and includes the style."""
    text = f'{words} {{% include "style.j2" %}}'
    return f"inputs: {{}}\nmodel: small\nmessages:\n  - role: user\n    content: |\n      {text}\n"


def project(style: str = "Kind.", model: str = "m", **prompts: str) -> dict[str, str]:
    """The files of a project with these prompts (name → words)."""
    files = {f"prompts/{name}.prompt.yml": prompt(words) for name, words in prompts.items()}
    settings = f"models: {{small: {{provider: openai, model: {model}}}}}\n"
    return {SETTINGS: settings, STYLE: style, **files}


def write_history(repository: GitRepository, moments: Iterable[Moment], main: str = "") -> dict[str, str]:
    """Write these commits; their ids by name. `main` (by default the last) is checked out as the branch main."""
    marks: dict[str, int] = {}
    stream: list[bytes] = []
    for number, each in enumerate(moments, 1):
        marks[each.name] = number
        when = 1_700_000_000 + (each.time or number)
        stream.append(f"commit refs/heads/{each.name}\nmark :{number}\n".encode())
        stream.append(f"committer Ada <ada@example.org> {when} +0000\n{_data(each.name)}".encode())
        for place, parent in enumerate(each.parents):
            stream.append(f"{'merge' if place else 'from'} :{marks[parent]}\n".encode())
        stream.append(b"deleteall\n")
        stream += [f"M 100644 inline {path}\n{_data(text)}".encode() for path, text in each.files.items()]
    command = ["git", "fast-import", "--quiet", "--force", "--export-marks=marks"]
    subprocess.run(command, cwd=repository.root / ".git", input=b"".join(stream), check=True, capture_output=True)
    ids = dict(line.split() for line in (repository.root / ".git/marks").read_text().splitlines())
    commits = {name: ids[f":{number}"] for name, number in marks.items()}
    repository.git("update-ref", "refs/heads/main", commits[main or [*commits][-1]])
    repository.git("reset", "--quiet", "--hard", "main")
    return commits


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


class Judged:
    """The branch main of a repository, asked about prompts at commits that are called by names."""

    def __init__(self, root: Path, commits: Mapping[str, str], main: str = "main", folder: str = "") -> None:
        self.commits = commits
        self.repository = Repository(root)
        self.sealer = CommitSealer(self.repository, PurePosixPath(folder))
        self.branch = ProtectedBranch(self.sealer, self.repository.resolve(main), main)

    def pin(self, commit: str, name: str = "a") -> Pin:
        """A pin of the prompt as it is at the commit of this name."""
        return Pin(name, self.commits[commit], self.sealer.seal(name, self.commits[commit]))

    def said(self, commit: str, name: str = "a") -> str:
        """`holds at NAME`, `refused` (merged, but never shown), `outside`, or `outside, like NAME`."""
        found = self.branch.approval(self.pin(commit, name))
        own = ""
        if found.own is not None:
            [own] = [each for each, commit_id in self.commits.items() if commit_id == found.own.commit]
            own += f":{found.own.prompt}" if found.own.prompt != name else ""
        if found.is_merged:
            return f"holds at {own}" if own else "refused"
        return f"outside, like {own}" if own else "outside"
