"""A repository with a long history: the same in every run, as many prompts and commits as one likes.

    python -m benchmarks.long_history --folder DIR --prompts 1000 --commits 10000

All prompts (`pinned.py`: about 2 kB, one shared partial, checked inputs) come with the first commit and are pinned by
the second. After that five commits repeat: two edits of one prompt each, a third one on a branch, the merge of that
branch, and a commit that pins what was merged. So about 85 of 100 prompts end up pinned at a commit of their own, and
`environments/prod.yml` has changed in every fifth commit. One prompt (`OLD`) is edited and pinned once more right after
the first commits and never again. The work tree is checked out.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from benchmarks.pinned import SHARED, environment_file, name_of, prompt_text
from benchmarks.process import environment, run

OLD = 0
"""The number of the prompt whose pin is the oldest, but for those that were never edited."""
SEED = 5
_STEPS = 5
_CASES_EVERY = 10
_PEOPLE = ("Ana", "Tom", "Ines", "Omar", "Yuki", "Paul", "Dora", "Hugo", "Nora", "Luis")
_START = 1_600_000_000
_WORDS = " This is edit 0000000."


def make_long_history(folder: Path, prompts: int, commits: int, timeout: float = 300.0) -> None:
    """The repository in `folder`, made by another process."""
    command = [sys.executable, "-m", "benchmarks.long_history", "--folder", str(folder)]
    command += ["--prompts", str(prompts), "--commits", str(commits)]
    ran = run(command, cwd=Path(__file__).parent.parent, env=environment(folder.parent), timeout=timeout)
    if ran.code:
        raise RuntimeError(f"the repository with a long history could not be made: {ran.tail()}")


class _Stream:
    """`git fast-import`, told commit after commit, and asked for their ids."""

    def __init__(self, folder: Path) -> None:
        command = ["git", "-C", str(folder), "fast-import", "--quiet", "--force", "--done", "--depth=50"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to: IO[bytes] = self._process.stdin
        self._from: IO[bytes] = self._process.stdout
        self._marks = 0
        self.commits = 0

    def blob(self, text: str) -> str:
        """The mark of a file's content."""
        data, mark = text.encode(), self._mark()
        self._to.write(b"blob\nmark %b\ndata %d\n%b\n" % (mark.encode(), len(data), data))
        return mark

    def commit(self, said: str, files: dict[str, str], parents: list[str], branch: str = "main") -> str:
        """The mark of a commit that puts these contents (marks) in place; one of two parents is a merge."""
        mark, who = self._mark(), _PEOPLE[self.commits % len(_PEOPLE)]
        person = f"{who} <{who.lower()}@example.org> {_START + self.commits * 600} +0000"
        lines = [f"commit refs/heads/{branch}", f"mark {mark}", f"author {person}", f"committer {person}"]
        lines += [f"data {len(said.encode())}", said, *(f"from {parent}" for parent in parents[:1])]
        lines += [f"merge {parent}" for parent in parents[1:]]
        lines += [f"M 100644 {content} {path}" for path, content in files.items()]
        self._to.write(("\n".join(lines) + "\n\n").encode())
        self.commits += 1
        return mark

    def id_of(self, mark: str) -> str:
        """The id that a commit got."""
        self._to.write(f"get-mark {mark}\n".encode())
        self._to.flush()
        return self._from.readline().decode().strip()

    def close(self) -> None:
        """Write all that is left. RuntimeError when git did not take it."""
        self._to.write(b"done\n")
        self._to.close()
        self._from.close()
        if self._process.wait():
            raise RuntimeError("git fast-import failed")

    def _mark(self) -> str:
        self._marks += 1
        return f":{self._marks}"


class _Digests:
    """Digests of edited prompts: sealed once, and then only the words of the edit are put in their place."""

    def __init__(self, prompts: int) -> None:
        from promptops.evals.registry import KINDS
        from promptops.pins.sealing import seal_prompt
        from promptops.source.project import Project

        files = dict(SHARED) | {path_of(n): prompt_text(n, _WORDS) for n in range(prompts)}
        project = Project(_Files(files), KINDS)
        self._contents = [seal_prompt(project, name_of(n)).content for n in range(prompts)]

    def of(self, number: int, words: str) -> str:
        """The digest of `prompt_text(number, words)`."""
        from promptops.model.sealed_prompt import content_digest

        return content_digest(self._contents[number].replace(_WORDS.encode(), words.encode()))


class _Files:
    """A source that holds these texts."""

    def __init__(self, files: dict[str, str]) -> None:
        from promptops.model.revision import Revision

        self.revision = Revision()
        self._files = files

    def read(self, path: PurePosixPath) -> bytes:
        return self._files[str(path)].encode()

    def exists(self, path: PurePosixPath) -> bool:
        return str(path) in self._files

    def list(self, glob: str) -> list[PurePosixPath]:
        return []


def path_of(number: int) -> str:
    """The file of a prompt."""
    return f"prompts/{name_of(number)}.prompt.yml"


def _edits(prompts: int, commits: int) -> Iterator[tuple[int, int, int]]:
    """The prompts that are edited in each round; the last of them is pinned."""
    dice = random.Random(SEED)
    for turn in range((commits - 2) // _STEPS):
        one, two, three = (dice.randrange(1, prompts) for _ in range(3))
        yield one, two, three if turn else OLD


def write_long_history(folder: Path, prompts: int, commits: int) -> None:
    """The repository in `folder`, made by this process, which needs memory for it."""
    _git("init", "--quiet", "--initial-branch=main", str(folder))
    digests, stream = _Digests(prompts), _Stream(folder)
    files = dict(SHARED) | {path_of(n): prompt_text(n) for n in range(prompts)} | dict(_suites(prompts))
    rounds = list(_edits(prompts, commits))
    # All contents but those of the environment come first: git packs a content as what differs from the one before.
    marks = {path: stream.blob(text) for path, text in files.items()}
    edited = [[stream.blob(prompt_text(n, _words(turn, n))) for n in each] for turn, each in enumerate(rounds)]
    last = stream.commit("All prompts", marks, [])
    first = stream.id_of(last)
    pins = {name_of(n): (first, digests.of(n, "")) for n in range(prompts)}
    last = _pin(stream, "Pin all prompts", pins, last)
    for turn, (numbers, contents) in enumerate(zip(rounds, edited, strict=True)):
        for number, content in zip(numbers[:2], contents[:2], strict=True):
            last = stream.commit(f"Edit {name_of(number)}", {path_of(number): content}, [last])
        number, change = numbers[2], {path_of(numbers[2]): contents[2]}
        branch = stream.commit(f"Shorten {name_of(number)}", change, [last], "work")
        said = f"Merge pull request #{turn + 1} from bench/work\n\nShorten {name_of(number)}"
        last = stream.commit(said, change, [last, branch])
        pins[name_of(number)] = stream.id_of(last), digests.of(number, _words(turn, number))
        last = _pin(stream, f"Pin {name_of(number)}", pins, last)
    stream.close()
    _git("-C", str(folder), "branch", "--quiet", "-D", "work")
    _git("-C", str(folder), "reset", "--quiet", "--hard", "main")


def _words(turn: int, number: int) -> str:
    return f" This is edit {turn:04}{number:04}."


def _pin(stream: _Stream, said: str, pins: dict[str, tuple[str, str]], last: str) -> str:
    [(path, text)] = environment_file(pins).items()
    return stream.commit(said, {path: stream.blob(text)}, [last])


def _suites(prompts: int) -> Iterator[tuple[str, str]]:
    """Every tenth prompt has a suite of two cases."""
    for number in range(0, prompts, _CASES_EVERY):
        cases: list[dict[str, Any]] = [
            {"id": f"case-{n}", "letter": f"Where is parcel {n}?", "audience": "customers"} for n in range(2)
        ]
        name = name_of(number)
        yield f"evals/{name}.cases.jsonl", "".join(json.dumps(case) + "\n" for case in cases)
        yield (
            f"evals/{name}.eval.yml",
            f"prompt: {name}\ntestData: {Path(name).name}.cases.jsonl\n"
            "evaluators:\n  - {name: short enough, length: {maxWords: 90}}\n",
        )


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="makes a repository with a long history")
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--prompts", type=int, required=True)
    parser.add_argument("--commits", type=int, required=True)
    asked = parser.parse_args()
    write_long_history(asked.folder, asked.prompts, asked.commits)
