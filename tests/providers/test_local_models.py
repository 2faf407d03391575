"""Models on this machine: names, files, and what tells one file from another."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from promptops.errors import ProviderError
from promptops.providers import local_models
from promptops.providers.local_models import (
    DEFAULT_MODEL,
    file_fingerprint,
    list_cached_models,
    model_path,
    require_model_file,
)

MODEL = b"GGUF" + bytes(range(256)) * 5000
HASH = f"sha256:{hashlib.sha256(MODEL).hexdigest()}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that looks like a model."""
    path = tmp_path / "a mödel.gguf"
    path.write_bytes(MODEL)
    return path


def test_names_stand_for_the_embedded_model_or_a_file(tmp_path: Path) -> None:
    embedded = tmp_path / "models" / "smollm2-135m-instruct.gguf"
    assert model_path("", tmp_path) == model_path(DEFAULT_MODEL.name, tmp_path) == embedded
    assert model_path("sub/x.gguf", tmp_path, Path("/project")) == Path("/project/sub/x.gguf")
    assert model_path("/else/x.GGUF", tmp_path, Path("/project")) == Path("/else/x.GGUF")
    assert model_path("~/x.gguf", tmp_path, Path("/project")) == Path.home() / "x.gguf"
    with pytest.raises(ProviderError, match="no local model 'gpt'") as raised:
        model_path("gpt", tmp_path)
    assert DEFAULT_MODEL.name in raised.value.hint


def test_a_model_file_is_its_own_check(file: Path) -> None:
    assert require_model_file(file) == file


@pytest.mark.parametrize("data", [b"", b"GGU", b"hello world", b"PK\x03\x04"])
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.gguf").write_bytes(data)
    with pytest.raises(ProviderError, match=r"x\.gguf: this is not a GGUF file"):
        require_model_file(tmp_path / "x.gguf")


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="not on this machine yet") as raised:
        require_model_file(DEFAULT_MODEL.path(tmp_path))
    assert "promptops model pull" in raised.value.hint
    with pytest.raises(ProviderError, match=r"mine\.gguf: there is no such model file"):
        require_model_file(tmp_path / "mine.gguf")


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").mkdir()
    with pytest.raises(ProviderError, match="cannot be read"):
        require_model_file(tmp_path / "x.gguf")


def test_a_fingerprint_is_the_hash_and_computed_once(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file_fingerprint(file, tmp_path / "cache") == HASH

    def again(path: Path) -> object:
        raise AssertionError("it was remembered")

    monkeypatch.setattr(local_models, "file_sha256", again)
    assert file_fingerprint(file, tmp_path / "cache") == HASH


def test_a_changed_file_has_another_fingerprint(file: Path, tmp_path: Path) -> None:
    file_fingerprint(file, tmp_path / "cache")
    state = file.stat()
    flipped = MODEL[:-1] + b"\x00"
    file.write_bytes(flipped)  # as long as before
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert file_fingerprint(file, tmp_path / "cache") == f"sha256:{hashlib.sha256(flipped).hexdigest()}"


def test_two_files_do_not_share_what_is_remembered(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF other")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    assert file_fingerprint(file, tmp_path / "cache") == HASH
    assert file_fingerprint(other, tmp_path / "cache") == f"sha256:{hashlib.sha256(b'GGUF other').hexdigest()}"
    assert len(list((tmp_path / "cache/fingerprints").iterdir())) == 2


@pytest.mark.parametrize(
    "memory", [b"", b"{", b"[]", b"null", b"\xff", b'{"stamp": 1}', b'{"stamp": [], "sha256": "x"}']
)
def test_a_broken_memory_is_passed_over(file: Path, tmp_path: Path, memory: bytes) -> None:
    file_fingerprint(file, tmp_path / "cache")
    (remembered,) = (tmp_path / "cache/fingerprints").iterdir()
    remembered.write_bytes(memory)
    assert file_fingerprint(file, tmp_path / "cache") == HASH
    assert json.loads(remembered.read_bytes())["sha256"] == HASH


def test_a_cache_that_cannot_be_written_costs_time_only(file: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert file_fingerprint(file, tmp_path / "cache") == HASH


def test_the_list_has_models_only(tmp_path: Path) -> None:
    assert list_cached_models(tmp_path) == []
    (tmp_path / "models").mkdir()
    for name in ("b.gguf", "a.gguf", "notes.txt"):
        (tmp_path / "models" / name).write_bytes(b"GGUF")
    assert list_cached_models(tmp_path) == [
        ("a", tmp_path / "models/a.gguf", 4),
        ("b", tmp_path / "models/b.gguf", 4),
    ]
