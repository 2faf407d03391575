"""Git's objects through real processes: damage, ends, forks and threads."""

from __future__ import annotations

import gc
import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import git
import pytest

from promptops.errors import SourceError
from promptops.source.git.cat_file import CatFile, CatFileStopped
from promptops.source.git.process import GitTimeoutError
from tests.conftest import GitRepository, RepositoryBuilder

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")


@pytest.fixture
def many(repository: RepositoryBuilder) -> tuple[GitRepository, dict[str, bytes]]:
    """A repository with 120 files, and their contents by id."""
    repo = repository()
    files = {f"f/{number}.txt": f"{number}\n" * (number + 1) for number in range(120)}
    repo.commit(files)
    return repo, {_blob_id(text.encode()): text.encode() for text in files.values()}


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _start(root: Path, refused: str = "") -> Callable[[str], Any]:
    def start(options: str) -> Any:
        command = ["git", "cat-file", *(["--no-such"] if options == refused else options.split())]
        environment = {"GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
        return git.Git(root).execute(command, istream=subprocess.PIPE, as_process=True, env=environment)

    return start


def _objects(repo: GitRepository, limit: int = 1 << 20) -> CatFile:
    return CatFile(_start(repo.root), limit)


def _data(objects: CatFile, names: list[str]) -> list[bytes | None]:
    return [answer.data if answer else None for answer in objects.lookup(names)]


def test_many_answers_come_in_the_order_of_the_questions(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, blobs = many
    objects = _objects(repo)
    names = [*blobs, "0" * 40, "HEAD:f/7.txt", "no such", *reversed(blobs)]
    expected = [*blobs.values(), None, b"7\n" * 8, None, *reversed(blobs.values())]
    assert _data(objects, names) == expected
    assert objects.lookup([]) == []
    [commit] = objects.lookup(["HEAD"])
    assert commit is not None
    assert (commit.kind, commit.id) == ("commit", repo.git("rev-parse", "HEAD"))


def test_a_git_that_cannot_answer_in_one_piece_gives_the_same(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, blobs = many
    objects = CatFile(_start(repo.root, refused="--batch-command --buffer"), 1 << 20)
    for _ in range(2):
        assert _data(objects, [*blobs, "none"]) == [*blobs.values(), None]


def test_a_question_longer_than_a_burst_is_asked_alone(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, _ = many
    long = "HEAD:" + "f/../" * 40_000 + "f/3.txt"
    assert _data(_objects(repo), ["HEAD:f/1.txt", long, "HEAD:f/2.txt"]) == [b"1\n" * 2, None, b"2\n" * 3]


def test_what_is_larger_than_the_limit_is_passed_over(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, _ = many
    large = "x" * 3_000_000
    repo.commit({"large": large})
    objects = _objects(repo, limit=2_999_999)
    found, after = objects.lookup(["HEAD:large", "HEAD:f/2.txt"])
    assert found is not None
    assert (found.size, found.data) == (3_000_000, None)
    assert after is not None
    assert after.data == b"2\n" * 3
    assert _data(_objects(repo, limit=3_000_000), ["HEAD:large"]) == [large.encode()]


def test_a_process_that_ends_is_told_and_replaced(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, blobs = many
    objects = _objects(repo)
    first, *_ = blobs
    assert _data(objects, [first]) == [blobs[first]]
    os.kill(objects._process.pid, signal.SIGTERM)
    objects._process.proc.wait()
    with pytest.raises(CatFileStopped) as caught:
        objects.lookup([first])
    assert caught.value.name == first
    assert _data(objects, [first]) == [blobs[first]]
    objects.close()
    assert _data(objects, [first]) == [blobs[first]]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_git_that_says_nothing_is_ended_and_replaced(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, blobs = many
    objects = CatFile(_start(repo.root), 1 << 20, timeout=0.2)
    first, *_ = blobs
    assert _data(objects, [first]) == [blobs[first]]
    process = objects._process.proc
    process.send_signal(signal.SIGSTOP)
    with pytest.raises(GitTimeoutError):
        objects.lookup([first])
    assert process.poll() == -signal.SIGKILL
    objects._timeout = 60.0
    assert _data(objects, [first]) == [blobs[first]]


def test_an_interrupt_in_the_middle_leaves_no_old_answer(
    many: tuple[GitRepository, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, blobs = many
    objects = _objects(repo)
    first, second, *_ = blobs
    objects.lookup([second])
    with monkeypatch.context() as patch:
        patch.setattr(CatFile, "_answer", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            objects.lookup([first])
    assert _data(objects, [second]) == [blobs[second]]


def test_many_complaints_at_once_do_not_hold_git_up(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    """More than a pipe holds: git waits until its words are read."""
    repo, blobs = many
    for each in blobs:
        path = repo.root / ".git/objects" / each[:2] / each[2:]
        path.chmod(0o600)
        path.write_bytes(b"")
    objects = _objects(repo)
    with pytest.raises(SourceError, match="damaged"):
        objects.lookup([*blobs] * 20)
    assert objects.lookup(["HEAD"])[0] is not None


@pytest.mark.parametrize("packed", [False, True])
def test_no_flipped_bit_gives_other_bytes_or_a_hang(many: tuple[GitRepository, dict[str, bytes]], packed: bool) -> None:
    repo, blobs = many
    wanted, data = list(blobs.items())[60]
    if packed:
        repo.git("repack", "-a", "-d", "--quiet")
        [path] = (repo.root / ".git/objects/pack").glob("*.pack")
        place = next(
            int(words[4])
            for words in map(str.split, repo.git("verify-pack", "-v", str(path.with_suffix(".idx"))).splitlines())
            if words and words[0] == wanted
        )
        positions = [*range(place, place + 30), 0, 5, 11]
    else:
        path = repo.root / ".git/objects" / wanted[:2] / wanted[2:]
        positions = list(range(path.stat().st_size))
    path.chmod(0o600)
    whole = path.read_bytes()
    objects = _objects(repo)
    refused = 0
    for turn, position in enumerate(positions):
        objects.close()
        broken = bytearray(whole)
        broken[position] ^= 1 << (turn % 8)
        path.write_bytes(broken)
        try:
            found = _data(objects, [wanted])
        except (SourceError, CatFileStopped):
            refused += 1
        else:
            assert found in ([data], [None]), "other bytes than the id says"
            refused += found == [None]
        path.write_bytes(whole)
        objects.close()
        assert _data(objects, [wanted]) == [data], "mended, it is read again"
    assert refused > len(positions) // 2


def test_an_object_under_another_ones_id_is_damaged(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, blobs = many
    one, other, *_ = blobs
    store = repo.root / ".git/objects"
    path = store / one[:2] / one[2:]
    path.chmod(0o600)
    path.write_bytes((store / other[:2] / other[2:]).read_bytes())
    objects = _objects(repo)
    for _ in range(2):
        with pytest.raises(SourceError, match="damaged") as caught:
            objects.lookup([other, one])
        assert caught.value.where == one
        assert "git fsck" in caught.value.hint
        assert _data(objects, [other]) == [blobs[other]]


def test_a_partial_clone_reads_what_it_has_and_fetches_nothing(
    many: tuple[GitRepository, dict[str, bytes]], tmp_path: Path
) -> None:
    repo, blobs = many
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{repo.root}", str(tmp_path / "partial"))
    clone = CatFile(_start(tmp_path / "partial"), 1 << 20)
    one, other, *_ = blobs
    found = clone.lookup([one, "HEAD", other, "HEAD:f"])
    assert [answer.kind if answer else None for answer in found] == [None, "commit", None, "tree"]


def test_threads_each_get_their_own_answers(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, blobs = many
    objects = _objects(repo)
    names = list(blobs)

    def read(turn: int) -> bool:
        mine = names[turn % 50 :: 1 + turn % 7]
        return _data(objects, mine) == [blobs[name] for name in mine]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(read, range(200)))


@needs_fork
def test_a_forked_child_reads_by_a_process_of_its_own(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, blobs = many
    objects = _objects(repo)
    names = list(blobs)
    objects.lookup(names[:1])
    theirs = objects._process.pid
    for _ in range(5):
        child = _forked(lambda: (_data(objects, names) == [*blobs.values()]) and objects._process.pid != theirs)
        assert _data(objects, names) == [*blobs.values()]
        assert _code(child) == 0
    assert objects._process.pid == theirs, "the child left it alone"


@needs_fork
def test_a_fork_while_threads_read_does_not_stand_still(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, blobs = many
    objects = _objects(repo)
    names, stop = list(blobs), threading.Event()
    wrong: list[int] = []

    def read() -> None:
        while not stop.is_set():
            if _data(objects, names) != [*blobs.values()]:
                wrong.append(1)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        children = [_forked(lambda: _data(objects, names) == [*blobs.values()]) for _ in range(12)]
        codes = [_code(child) for child in children]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert codes == [0] * 12
    assert not wrong


@needs_fork
def test_a_child_that_ends_in_order_leaves_the_parents_git_alive(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    """Finalizers and the end of the interpreter run in the child too."""
    repo, blobs = many
    objects = _objects(repo)
    names = list(blobs)
    objects.lookup(names[:1])
    process = objects._process.proc

    def leave() -> bool:
        gc.collect()
        objects.close()
        return True

    assert _code(_forked(leave)) == 0
    assert process.poll() is None
    assert _data(objects, names) == [*blobs.values()]
    code = (
        "import os, subprocess, sys, git\n"
        "from promptops.source.git.cat_file import CatFile\n"
        "start = lambda options: git.Git(sys.argv[1]).execute(['git', 'cat-file', *options.split()],"
        " istream=subprocess.PIPE, as_process=True)\n"
        "objects = CatFile(start, 1 << 20)\n"
        "assert objects.lookup(['HEAD'])[0]\n"
        "child = os.fork()\n"
        "if child:\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "    assert objects._process.proc.poll() is None and objects.lookup(['HEAD'])[0]\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(repo.root)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_fork
def test_git_ends_with_the_parent_though_a_child_lives_on(many: tuple[GitRepository, dict[str, bytes]]) -> None:
    repo, _ = many
    objects = _objects(repo)
    objects.lookup(["HEAD"])
    process = objects._process.proc
    reader, writer = os.pipe()
    child = _forked(lambda: os.read(reader, 1) == b"x")
    try:
        process.stdin.close()  # as when the parent dies
        assert process.wait(timeout=20) is not None, "the child must not hold the pipe open"
    finally:
        os.write(writer, b"x")
        assert _code(child) == 0
        os.close(reader)
        os.close(writer)


def _forked(body: Callable[[], bool]) -> int:
    """A child that runs `body` and ends with 0 where it says True; after 30 s it is ended by the system."""
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(30)
    code = 1
    try:
        code = 0 if body() else 2
    finally:
        os._exit(code)


def _code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
