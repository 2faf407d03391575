"""Reading a prompt as it was at a commit: what every `--at REV`, every comparison and every pin does, many times.

    python -m benchmarks.reading --repository DIR --path FILE --how WAY        WAY is a name in the table

Each way runs in a process of its own and prints the median of many reads, in seconds: from a commit's id and a path
to the file's bytes, the last commits of the history in turn. Opening the repository is not counted. `git cat-file
--batch` is one persistent process asked for `SHA:PATH`, one object whose content nobody checks; GitPython is
`repo.commit(sha).tree / path`; ours is `promptops.source.git.commit.Commit`, which reads the commit, each folder on
the way and the file and checks each by its hash: a new one for each read, for which the repository remembers the
folders it has read before; one kept for each commit, as in a run that reads many files; and a new one of a repository
that remembers nothing, as at the very first read, where five checked objects stand beside one that is not.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.ours import Project, make_project
from benchmarks.process import environment, run
from benchmarks.rows import Contender, Hold, Row, Sample

READS, COMMITS = 2000, 20
CAT_FILE, GIT_PYTHON = "git cat-file --batch", "GitPython"
OURS, KEPT, FIRST = "promptops.source", "promptops.source, kept", "promptops.source, the first time"
_FILE = "prompts/legal/clause.prompt.yml"
_ROOT = Path(__file__).parent.parent
Read = Callable[[str], bytes]


def reading(name: str, folder: Path) -> Row:
    """The row; the prompt lies two folders deep in a history of commits, all in one pack."""
    project = make_project(folder / name, "http://127.0.0.1:9/v1", 3)
    text = (project.root / "prompts/bench.prompt.yml").read_text(encoding="utf-8")
    for turn in range(COMMITS):
        file = project.root / _FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {turn}\n{text}" + "# a line of a long prompt\n" * 60, encoding="utf-8")
        project.git("add", "--all")
        project.git("commit", "--quiet", f"--message={turn}")
    project.git("gc", "--quiet")
    ways = [OURS, KEPT, FIRST, CAT_FILE, GIT_PYTHON]
    return Row(
        name,
        "read a prompt at a commit",
        [Contender(way, partial(_measure, project, way)) for way in ways],
        [Hold(OURS, CAT_FILE, 2.0), Hold(KEPT, CAT_FILE, 2.0)],
    )


def _measure(project: Project, way: str) -> Sample:
    command = [sys.executable, "-m", "benchmarks.reading", "--repository", str(project.root), "--path", _FILE]
    ran = run([*command, "--how", way], cwd=_ROOT, env=environment(project.home))
    if ran.code:
        return Sample(problem=f"failed with exit code {ran.code}: {ran.tail()}")
    return Sample(float(json.loads(ran.output)["median"]), ran.megabytes)


def _cat_file(repository: Path, path: str) -> Read:
    git = ["git", "-C", str(repository), "cat-file", "--batch"]
    process = subprocess.Popen(git, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    to_git, from_git = process.stdin, process.stdout

    def read(sha: str) -> bytes:
        to_git.write(f"{sha}:{path}\n".encode())
        to_git.flush()
        size = int(from_git.readline().split()[2])
        return from_git.read(size + 1)[:-1]

    return read


def _git_python(repository: Path, path: str) -> Read:
    import git

    repo: Any = git.Repo(repository)
    return lambda sha: bytes((repo.commit(sha).tree / path).data_stream.read())


def _ours(repository: Path, path: str, *, how: str) -> Read:
    from promptops.source.git.commit import Commit
    from promptops.source.git.repository import Repository
    from promptops.source.git.trees.tree_cache import TreeCache

    wanted, opened = PurePosixPath(path), Repository(repository)
    commits: dict[str, Commit] = {}

    def read(sha: str) -> bytes:
        if how == FIRST:
            opened.tree_cache = TreeCache()
        if how != KEPT:
            return Commit(opened, sha).read(wanted)
        if sha not in commits:
            commits[sha] = Commit(opened, sha)
        return commits[sha].read(wanted)

    return read


def _reader(way: str, repository: Path, path: str) -> Read:
    if way == CAT_FILE:
        return _cat_file(repository, path)
    return _git_python(repository, path) if way == GIT_PYTHON else _ours(repository, path, how=way)


def _time(read: Read, commits: list[str]) -> float:
    seconds = []
    for turn in range(READS):
        sha = commits[turn % len(commits)]
        start = time.perf_counter()
        read(sha)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="times reading one file at a commit")
    for option in ("--repository", "--path", "--how"):
        parser.add_argument(option, required=True)
    asked = parser.parse_args()
    listing = ["git", "-C", asked.repository, "rev-list", f"--max-count={COMMITS}", "HEAD"]
    shas = subprocess.run(listing, check=True, capture_output=True, text=True, timeout=60).stdout.split()
    reader = _reader(asked.how, Path(asked.repository), asked.path)
    for number, sha in enumerate(shas):
        assert reader(sha).startswith(f"# {COMMITS - 1 - number}\n".encode()), "that is not the file"
    print(json.dumps({"median": _time(reader, shas)}), flush=True)
    os._exit(0)  # git's own process ends with its pipe; nothing else is to be waited for
