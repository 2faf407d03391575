"""Zips that an enemy packed: none is used, and none takes time or memory worth speaking of."""

from __future__ import annotations

import io
import random
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Sequence

import pytest

from promptops.errors import ForgeError
from promptops.forge.artifact import (
    MAX_ALL,
    MAX_FILE,
    MAX_FILES,
    MAX_ZIP,
    check_artifact_name,
    unpack_check,
    unpack_results,
)

Entry = tuple[str | zipfile.ZipInfo, bytes]


def packed(*entries: Entry, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(ForgeError) as caught:
        unpack_results(data)
    assert "nothing of it was used" in caught.value.hint
    return str(caught.value)


def with_mode(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, mode << 16
    return entry


def changed(data: bytes, offset: int, value: bytes) -> bytes:
    """The zip with the same bytes written into the local and the central header of its first entry."""
    found = bytearray(data)
    for signature, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        place = found.index(signature) + offset + shift
        found[place : place + len(value)] = value
    return bytes(found)


def test_each_suites_results_are_given_by_its_folder() -> None:
    files = {"greet": b"{}", "legal+clause": b"[1]", "prompt=größe": b"", "a%20b.c-d_e": b"x" * 100_000}
    assert unpack_results(packed(*((f"{suite}/results.json", data) for suite, data in files.items()))) == files
    assert unpack_results(packed(("greet/results.json", b"{}"), compression=zipfile.ZIP_STORED)) == {"greet": b"{}"}
    assert unpack_results(packed()) == {}


@pytest.mark.parametrize(
    "name",
    [
        "../results.json",
        "../../etc/results.json",
        "a/../../results.json",
        "/results.json",
        "/etc/passwd",
        "C:/results.json",
        "..\\results.json",
        "a\\results.json",
        "./results.json",
        "results.json",
        "a/b/results.json",
        "a/results.json/",
        "a/",
        "a/report.html",
        "a/RESULTS.JSON",
        "a/results.json\n",
        "a\n::error::/results.json",
        "a\u202e/results.json",
        "a b/results.json",
        f"{'a' * 300}/results.json",
    ],
)
def test_a_name_that_does_not_belong_there_is_refused(name: str) -> None:
    said = refusal(packed(("greet/results.json", b"{}"), (name, b"{}")))
    assert "does not belong there" in said
    assert said.isprintable()
    assert len(said) < 400


def test_a_name_that_python_would_cut_at_a_nul_is_refused() -> None:
    data = packed(("greet/results.jsonX", b"{}"))
    assert "does not belong there" in refusal(data.replace(b"results.jsonX", b"results.json\0"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFCHR, stat.S_IFSOCK])
def test_a_link_or_a_device_is_refused(kind: int) -> None:
    assert "not a regular file" in refusal(packed((with_mode("greet/results.json", kind | 0o777), b"/etc/passwd")))


def test_a_plain_file_with_its_rights_is_read() -> None:
    assert unpack_results(packed((with_mode("greet/results.json", stat.S_IFREG | 0o644), b"{}"))) == {"greet": b"{}"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twin", ["greet/results.json", "GREET/results.json"])
def test_two_files_of_one_name_are_refused(twin: str) -> None:
    assert "same name" in refusal(packed(("greet/results.json", b"{}"), (twin, b"[]")))


def test_an_encrypted_file_is_refused() -> None:
    assert "encrypted" in refusal(changed(packed(("greet/results.json", b"{}")), 6, b"\x01\x00"))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(compression: int) -> None:
    data = packed(("greet/results.json", b"{}" * 1000), compression=compression)
    assert "a way that GitHub does not use" in refusal(data)


# Bombs


def test_a_zip_that_is_too_large_is_not_opened() -> None:
    assert "larger than 32 MiB" in refusal(bytes(MAX_ZIP + 1))


def test_a_file_that_unfolds_a_thousandfold_is_refused() -> None:
    assert "times larger" in refusal(packed(("greet/results.json", b" " * (MAX_FILE - 1))))


def test_a_file_that_is_too_large_is_refused() -> None:
    assert "larger than 32 MiB" in refusal(packed(("greet/results.json", b" " * (MAX_FILE + 1))))


def test_files_that_are_too_large_together_are_refused_before_one_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    content = random.Random(5).randbytes(100_000)
    data = packed(*((f"s{number}/results.json", content) for number in range(9)))
    assert len(unpack_results(data)) == 9
    monkeypatch.setattr("promptops.forge.artifact.MAX_ALL", 2**19)
    tracemalloc.start()
    try:
        assert "larger than 0 MiB" in refusal(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < len(content) < len(data) < MAX_ALL


def test_many_files_are_refused_before_they_are_looked_at() -> None:
    data = packed(*((f"s{number}/results.json", b"{}") for number in range(MAX_FILES + 1)))
    assert f"more than {MAX_FILES} files" in refusal(data)
    crowd = packed(*((f"s{number}/results.json", b"") for number in range(5_000)))
    tracemalloc.start()
    try:
        assert f"more than {MAX_FILES} files" in refusal(crowd)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 100_000


def test_a_file_that_holds_more_than_the_zip_says_is_refused() -> None:
    data = packed(("greet/results.json", b"{}" * 500))
    assert "the zip cannot be read" in refusal(changed(data, 22, struct.pack("<L", 10)))


def test_a_file_that_holds_less_than_the_zip_says_is_refused() -> None:
    data = changed(packed(("greet/results.json", b"{}" * 500)), 22, struct.pack("<L", 5000))
    assert refusal(data)


def test_two_entries_over_the_same_bytes_give_no_more_than_the_limit() -> None:
    data = bytearray(packed(("aa/results.json", b"x" * 900), ("bb/results.json", b"y" * 900)))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 0)  # the second's place is the first's
    assert "the zip cannot be read" in refusal(bytes(data))


# Broken


@pytest.mark.parametrize("data", [b"", b"{}", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_refused_or_empty(data: bytes) -> None:
    if data == b"PK\x05\x06" + bytes(18):
        assert unpack_results(data) == {}
    else:
        assert "the zip cannot be read" in refusal(data)


def cuts(data: bytes) -> Sequence[bytes]:
    return [data[:length] for length in range(0, len(data), 7)]


def test_a_zip_that_is_cut_or_has_a_flipped_byte_never_ends_in_anything_but_an_error() -> None:
    whole = packed(("greet/results.json", b'{"format": "promptops-results/1"}' * 5), ("two/results.json", b"{}"))
    flipped = [whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(len(whole))]
    for data in [*cuts(whole), *flipped]:
        try:
            found = unpack_results(data)
        except ForgeError:
            continue
        assert set(found) <= {"greet", "two"} or all("/" not in name for name in found)


def test_what_a_check_said_lies_alone_in_a_zip_of_its_own() -> None:
    assert check_artifact_name("promptops-results") == "promptops-check"
    assert check_artifact_name("bakery") == "bakery-check"
    assert unpack_check(packed(("check.json", b"{}"))) == b"{}"
    with pytest.raises(ForgeError, match="holds no check"):
        unpack_check(packed())
    for zipped in (packed(("check.json", b""), ("greet/results.json", b"")), packed(("../check.json", b""))):
        with pytest.raises(ForgeError, match="does not belong there"):
            unpack_check(zipped)
    assert "does not belong there" in refusal(packed(("check.json", b"{}")))
