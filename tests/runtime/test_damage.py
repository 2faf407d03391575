"""What is kept on disk is an aid only: damaged, deleted or not writable, it never changes a byte that is served."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from promptops.errors import PinError, PromptError, SourceError
from promptops.pins.bundle import load_bundle
from tests.runtime.world import World


def _flip(path: Path, position: int, bit: int = 0) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[position] ^= 1 << bit
    path.write_bytes(data)


def _packs(world: World) -> list[Path]:
    return sorted(path for mirror in world.mirrors() for path in mirror.glob("objects/pack/*.pack"))


def _forget_kept(world: World) -> None:
    shutil.rmtree(world.cache / "served")


# 32: one flipped bit


def test_32_no_flipped_bit_of_what_was_kept_is_served(world: World) -> None:
    world.open()
    [kept] = world.kept()
    whole = kept.read_bytes()
    for position in range(0, len(whole), 7):
        _flip(kept, position, position % 8)
        with pytest.raises(PinError):
            load_bundle(kept)
        kept.write_bytes(whole)
    assert load_bundle(kept).pins.keys() == {"greet", "part"}


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_32_a_flipped_bit_of_what_was_kept_is_no_start_without_the_remote(world: World, share: float) -> None:
    world.open()
    [kept] = world.kept()
    _flip(kept, int(kept.stat().st_size * share))
    world.remote.close()
    assert isinstance(world.refused(cache=world.cache), SourceError)
    world.remote.start()
    prompts = world.open()
    assert prompts.status().fresh
    assert world.words(prompts) == "Hello"
    assert load_bundle(kept).commit == world.pinned, "what is kept is whole again"


@pytest.mark.parametrize("share", [0.15, 0.55, 0.9])
def test_32_a_flipped_bit_of_the_mirror_is_mended_from_the_remote(world: World, share: float) -> None:
    """In each pack at a time, from the history and from the files, with nothing else to serve."""
    world.open()
    for index in range(len(_packs(world))):
        pack = _packs(world)[min(index, len(_packs(world)) - 1)]  # what is fetched again comes in fewer packs
        _flip(pack, int(pack.stat().st_size * share), index)
        _forget_kept(world)
        prompts = world.open()
        assert prompts.status().fresh
        assert world.words(prompts) == "Hello"


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_32_a_flipped_bit_of_the_mirror_is_mended_under_a_running_application(world: World, share: float) -> None:
    prompts = world.open()
    world.approve("Hi")
    for pack in _packs(world):
        _flip(pack, int(pack.stat().st_size * share))
    words = [(prompts.refresh().fresh, world.words(prompts)) for _ in range(2)]
    assert words[-1] == (True, "Hi")


def test_32_a_flipped_bit_of_a_single_commit_s_mirror_is_mended(world: World) -> None:
    for index in range(3):
        assert world.words(world.open(commit=world.scene.first)) == "Hello"
        pack = _packs(world)[min(index, len(_packs(world)) - 1)]
        _flip(pack, pack.stat().st_size // 2)
        _forget_kept(world)


def test_32_a_damaged_mirror_while_the_remote_is_down(world: World) -> None:
    prompts = world.open()
    for pack in _packs(world):
        _flip(pack, pack.stat().st_size // 2)
    world.remote.close()
    assert not prompts.refresh().fresh
    assert world.words(prompts) == "Hello"
    assert world.words(world.open()) == "Hello", "from what was kept"
    _forget_kept(world)
    world.refused(cache=world.cache)
    world.remote.start()
    assert prompts.refresh().fresh
    assert world.words(world.open()) == "Hello"


def test_32_a_repository_on_this_machine_is_not_mended_but_told(world: World) -> None:
    world.is_remote = False
    prompts = world.open()
    world.approve("Hi")
    object_id = world.git("rev-parse", "HEAD:prompts/greet.prompt.yml")
    _flip(world.scene.root / ".git/objects" / object_id[:2] / object_id[2:], 20)
    assert "the object is damaged" in prompts.refresh().reason
    assert world.words(prompts) == "Hello"
    world.refused()


# Deleted and spoilt between two looks


def _delete(world: World) -> None:
    shutil.rmtree(world.cache)


def _delete_packs(world: World) -> None:
    for path in _packs(world):
        path.unlink()


def _empty_files(world: World) -> None:
    for path in world.cache.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_delete, _delete_packs, _empty_files])
def test_a_cache_that_is_spoilt_between_two_looks_is_made_anew(world: World, spoil: Callable[[World], None]) -> None:
    prompts = world.open()
    spoil(world)
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hello"
    spoil(world)
    world.approve("Hi")
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hi"
    assert world.words(world.open()) == "Hi"


def test_a_cache_that_is_deleted_while_the_remote_is_down(world: World) -> None:
    prompts = world.open()
    world.remote.close()
    _delete(world)
    assert not prompts.refresh().fresh
    assert world.words(prompts) == "Hello"
    world.refused(cache=world.cache)
    world.remote.start()
    assert prompts.refresh().fresh


def test_what_is_kept_is_written_again_when_it_was_deleted(world: World) -> None:
    prompts = world.open()
    _delete(world)
    prompts.refresh()
    world.remote.close()
    assert world.words(world.open()) == "Hello"


def test_what_is_kept_is_as_old_as_the_last_good_look(world: World) -> None:
    prompts = world.open()
    [kept] = world.kept()
    os.utime(kept, (0, 0))
    world.remote.status = 500
    prompts.refresh()
    assert (world.open().status().age or 0) > 1e9
    world.remote.status = None
    prompts.refresh()
    world.remote.close()
    assert (world.open().status().age or 0) < 1000


def test_a_commit_with_a_broken_prompt_says_so_at_every_start(world: World) -> None:
    commit = world.scene.repository.commit({"prompts/broken.prompt.yml": "messages: ["})
    for is_up in (True, True, False):
        if not is_up:
            world.remote.close()
        prompts = world.open(commit=commit)
        assert world.words(prompts) == "Hello"
        with pytest.raises(PromptError, match=r"prompts/broken.prompt.yml"):
            prompts.get("broken")


# The disk is full

FULL = """
import resource, sys
from promptops import Prompts
url, cache, limit = sys.argv[1:]
def open_():
    return Prompts.from_git(url, env="prod", cache=cache, refresh=None, timeout=20)
def say(prompts):
    status = prompts.status()
    print(status.fresh, prompts.render("greet", name="Ada").messages()[-1]["content"], status.reason, flush=True)
    sys.stdin.readline()
prompts = open_() if limit == "later" else None
if prompts:
    say(prompts)
size = 1000 if limit == "later" else int(limit)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
if prompts:
    say(prompts) if prompts.refresh() else None
else:
    try:
        say(open_())
    except Exception as exc:
        print(type(exc).__name__, exc)
"""


def _run_full(world: World, limit: str, between: Callable[[], object] = lambda: None) -> list[str]:
    command = [sys.executable, "-c", FULL, world.url(), str(world.cache), limit]
    here = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True, cwd=here) as program:
        try:
            assert program.stdin
            assert program.stdout
            first = program.stdout.readline().strip()
            between()
            program.stdin.write("\n")
            program.stdin.flush()
            rest, complaints = program.communicate(timeout=60)
        finally:
            program.kill()
    assert "Traceback" not in complaints, complaints
    return [first, *rest.strip().splitlines()]


def test_a_disk_without_room_for_the_mirror_is_told_at_a_first_start(world: World) -> None:
    world.scene.repository.commit({f"{index}.txt": f"{index}" * 9 for index in range(300)})
    [line] = _run_full(world, "1000")
    assert line.startswith("SourceError")
    assert "there is no room left" in line
    assert world.words(world.open()) == "Hello", "with room it works"


def test_a_disk_that_fills_changes_nothing_that_is_served(world: World) -> None:
    def grow() -> None:
        world.scene.repository.commit({f"{index}.txt": f"{index}" * 9 for index in range(300)})
        world.approve("Hi")

    first, second = _run_full(world, "later", grow)
    assert first == "True Hello, Ada (warm)"
    assert second.startswith("False Hello, Ada (warm)")
    assert "there is no room left" in second


def test_a_disk_without_room_for_the_kept_copy_takes_nothing_from_the_application(world: World) -> None:
    world.open()
    [kept] = world.kept()
    room = kept.stat().st_size
    kept.unlink()
    assert all(path.stat().st_size < room for path in world.mirrors()[0].rglob("*") if path.is_file())
    assert _run_full(world, str(room - 1)) == ["True Hello, Ada (warm)"]
    left = [path.suffix for path in (world.cache / "served").iterdir()]
    assert left == [".endpoints"], "nothing half-written is left, only the small file that is whole"
    assert _run_full(world, str(room)) == ["True Hello, Ada (warm)"]
    assert world.kept() == [kept]


def test_a_cache_that_cannot_be_written_takes_nothing_from_a_repository_on_this_machine(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.is_remote = False
    world.cache.write_text("a file in its place")
    prompts = world.open()
    assert prompts.status().fresh
    assert "are not kept on disk" in caplog.text
    world.approve("Hi")
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hi"
