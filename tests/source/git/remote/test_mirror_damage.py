from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.git.remote import bare_repository
from promptops.source.git.remote.mirror import Mirror
from tests.conftest import GitRepository
from tests.remotes import HttpRemote, objects_in

NAME = "prompts/.git"


def _truncate(folder: Path) -> None:
    for pack in folder.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:-30])


def _remove(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        found = list(folder.glob(pattern))
        assert found
        for path in found:
            path.unlink()

    return damage


def _write(name: str, text: str = "") -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_truncate, id="truncated pack"),
        pytest.param(_remove("objects/pack/*.pack"), id="no pack"),
        pytest.param(_remove("objects/pack/*.idx"), id="no index"),
        pytest.param(_remove("HEAD"), id="no HEAD"),
        pytest.param(_remove("config"), id="no config"),
        pytest.param(_write("config", "[core\nnonsense"), id="broken config"),
        pytest.param(_write("HEAD", "nonsense"), id="broken HEAD"),
        pytest.param(_write("shallow", "nonsense"), id="broken shallow"),
        pytest.param(_write("packed-refs", "nonsense"), id="broken packed-refs"),
        pytest.param(_write("objects/info/alternates", "/nowhere\n"), id="alternates"),
    ],
)
def test_a_damaged_copy_is_made_anew(
    served: GitRepository, remote: HttpRemote, cache: Path, damage: Callable[[Path], None]
) -> None:
    mirror = Mirror(remote.url(NAME), cache)
    head = mirror.update("main").head
    assert head
    first, blob = served.git("rev-parse", f"{head}~1"), served.git("rev-parse", f"{head}:a.txt")
    for moved in (False, True):
        (folder,) = cache.glob("*.git")
        damage(folder)
        if moved:
            head = served.commit({"a.txt": "three"})
        assert mirror.update("main", [first]).head == head
        repository = mirror.repository()
        assert repository.read_objects([blob], "blob")[0] == b"two"
        repository.close()


@pytest.mark.parametrize("history", [True, False])
def test_a_lock_that_a_killed_git_left_does_not_stop_the_next(
    served: GitRepository, remote: HttpRemote, cache: Path, history: bool
) -> None:
    mirror = Mirror(remote.url(NAME), cache)
    mirror.update("main", [served.git("rev-parse", "HEAD")], history=history)
    (folder,) = cache.glob("*.git")
    for ref in folder.glob("refs/promptops/*"):
        Path(f"{ref}.lock").touch()
    for name in ("HEAD.lock", "packed-refs.lock", "shallow.lock"):
        (folder / name).touch()
    head = served.commit({"a.txt": "three"})
    assert mirror.update("main", [head], history=history).head == (head if history else None)
    assert objects_in(cache, cut=not history)[head] == "commit"


def test_a_copy_found_damaged_by_its_reader_can_be_renewed(
    served: GitRepository, remote: HttpRemote, cache: Path
) -> None:
    mirror = Mirror(remote.url(NAME), cache)
    head = mirror.update("main").head
    mirror.renew()
    assert mirror.update("main").head == head
    assert remote.packs == 2
    mirror.renew()
    mirror.renew()
    assert not list(cache.glob("*.git"))


def test_the_folder_of_another_user_is_not_obeyed(
    remote: HttpRemote, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(remote.url(NAME), cache)
    mirror.update(None)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(SourceError, match="belongs to another user"):
        mirror.update(None)


def test_a_full_disk_is_told_and_the_next_fetch_works(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    served.commit({f"{index}.txt": os.urandom(30) for index in range(160)})
    blobs = [line.split()[2] for line in served.git("ls-tree", "HEAD").splitlines()]
    program = f"""
import resource, sys
from pathlib import Path
from promptops.errors import SourceError
from promptops.source.git.remote.mirror import Mirror
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    Mirror({remote.url(NAME)!r}, Path({str(cache)!r})).update(None)
except SourceError as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4]
    )
    assert "there is no room left on the disk" in done.stdout
    assert not list(cache.glob("**/tmp_*"))
    mirror = Mirror(remote.url(NAME), cache)
    assert mirror.update(None).head == served.git("rev-parse", "HEAD")
    mirror.fetch_blobs(blobs)


def test_a_cache_that_cannot_be_written_is_told(remote: HttpRemote, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="the cache cannot be written"):
        Mirror(remote.url(NAME), tmp_path / "file" / "cache").update(None)


def test_many_packs_become_one_and_nothing_is_lost(
    served: GitRepository, remote: HttpRemote, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bare_repository, "_MANY_PACKS", 3)
    mirror = Mirror(remote.url(NAME), cache)
    commits = []
    for index in range(3):
        commits.append(served.commit({"a.txt": str(index)}))
        mirror.update("main")
        mirror.fetch_blobs([served.git("rev-parse", "HEAD:a.txt")])
    served.git("reset", "--quiet", "--hard", "HEAD~3")
    mirror.update("main")
    assert len(list(cache.glob("*.git/objects/pack/*.pack"))) == 2, "all before the last blob in one"
    kinds = objects_in(cache)
    assert set(commits) <= set(kinds), "what no branch holds any more may still be pinned"
    assert list(kinds.values()).count("blob") == 3
    before = remote.packs
    mirror.update("main", commits)
    assert remote.packs == before
