"""A release is built once, and the same commit gives the same bytes."""

from __future__ import annotations

import importlib.util
import io
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

_ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", _ROOT / ".github/release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _packed(path: Path, files: dict[str, bytes], when: int, who: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname, member.uid = len(data), when, who, when % 1000
            archive.addfile(member, io.BytesIO(data))
    return path


def test_two_builds_of_a_commit_give_the_same_archive(release: ModuleType, tmp_path: Path) -> None:
    files = {"p/b.py": b"two", "p/a.py": b"one"}
    first = _packed(tmp_path / "first.tar.gz", files, 1_700_000_001, "ana")
    second = _packed(tmp_path / "second.tar.gz", dict(reversed(files.items())), 1_700_000_777, "tom")
    assert first.read_bytes() != second.read_bytes()
    for archive in (first, second):
        release.forget_times(archive, 1_600_000_000)
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as packed:
        assert {each.name: packed.extractfile(each).read() for each in packed} == files  # type: ignore[union-attr]


def test_a_tag_that_is_not_the_version_releases_nothing(release: ModuleType) -> None:
    with pytest.raises(SystemExit, match=r"and the tag 9\.9\.9"):
        release.main("9.9.9")
    assert not (_ROOT / "dist").exists()
