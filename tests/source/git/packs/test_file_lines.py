"""Versions of a file put together from git's packs are what git itself says they are."""

from __future__ import annotations

import random
from pathlib import PurePosixPath

import pytest

from promptops.source.git.log import file_versions
from promptops.source.git.packs.file_lines import FileLines, changed_range
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder

PATH = PurePosixPath("environments/prod.yml")


def _history(repo: GitRepository, versions: int, seed: int) -> None:
    """A file of long lines that are put in, taken out, changed and moved; sometimes it ends without a line end."""
    dice = random.Random(seed)
    lines = [f"line {number} {dice.random()} {'x' * 60}" for number in range(300)]
    stream = []
    for turn in range(versions):
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(lines))
            edit = dice.choice(("change", "insert", "delete", "move"))
            if edit == "change":
                lines[at] = f"line {turn} {dice.random()} {'y' * dice.randint(0, 90)}"
            elif edit == "insert":
                lines.insert(at, f"new {turn} {dice.random()}")
            elif edit == "delete" and len(lines) > 5:
                del lines[at]
            else:
                lines.append(lines.pop(at))
        text = "\n".join(lines) + dice.choice(("\n", ""))
        stream.append(f"commit refs/heads/main\ncommitter a <a@b> {turn} +0000\ndata 1\nx\n")
        stream.append(f"M 100644 inline {PATH}\ndata {len(text)}\n{text}\n")
    import subprocess

    subprocess.run(
        ["git", "fast-import", "--quiet", "--force"], cwd=repo.root, input="".join(stream).encode(), check=True
    )


@pytest.mark.parametrize(
    "repacked", [(), ("repack", "-adfq", "--window=10", "--depth=50"), ("repack", "-adfq", "--depth=3")]
)
def test_every_version_is_what_git_says(repository: RepositoryBuilder, repacked: tuple[str, ...]) -> None:
    repo = repository()
    _history(repo, 120, seed=7)
    if repacked:
        repo.git(*repacked)
    opened, read = Repository(repo.root), list[str]()
    head = opened.head()
    assert head is not None

    def read_whole(one: str) -> bytes:
        read.append(one)
        return opened.read_objects([one], "blob")[0]

    texts = FileLines(opened.packs(), read_whole)
    before: list[bytes] = []
    for [version] in file_versions(opened, [PATH], head):
        text = texts.of(version.object_id)
        assert b"".join(text.lines) == opened.read_objects([version.object_id], "blob")[0]
        assert text.size == sum(map(len, text.lines))
        first, old_end, new_end = changed_range(before, text.lines)
        assert before[:first] + text.lines[first:new_end] + before[old_end:] == text.lines
        before = text.lines
    assert read == [], "all of them came out of the packs"
    opened.close()


def test_what_is_in_no_pack_is_read_as_ever(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({str(PATH): "pins: {}\n"})
    opened = Repository(repo.root)
    blob = repo.git("rev-parse", f"HEAD:{PATH}")
    texts = FileLines(opened.packs(), lambda one: opened.read_objects([one], "blob")[0])
    assert texts.of(blob).lines == [b"pins: {}\n"]
    opened.close()


def test_a_damaged_pack_gives_nothing_wrong(repository: RepositoryBuilder) -> None:
    """A bit that is not what it was: what zlib or a size tells is read by git, which complains."""
    repo = repository()
    _history(repo, 30, seed=3)
    opened = Repository(repo.root)
    [pack] = (repo.root / ".git/objects/pack").glob("*.pack")
    head = opened.head()
    assert head is not None
    good = {
        one.object_id: opened.read_objects([one.object_id], "blob")[0] for [one] in file_versions(opened, [PATH], head)
    }
    data = bytearray(pack.read_bytes())
    for place in range(200, len(data), max(1, len(data) // 40)):
        data[place] ^= 0x55
    pack.chmod(0o644)
    pack.write_bytes(data)
    asked: list[str] = []

    def ask(one: str) -> bytes:
        asked.append(one)
        return good[one]

    texts = FileLines(opened.packs(), ask)
    wrong = [one for one in good if b"".join(texts.of(one).lines) != good[one]]
    assert asked
    assert not wrong
    opened.close()
