"""The zip that a check leaves behind, read as if an enemy had packed it: a fork's run may have written every byte.

The results' zip holds one `SUITE/results.json` for each suite, SUITE being the folder's name that `promptops eval`
gives, and nothing else; a second zip holds nothing but check.json. Nothing is written anywhere: files are given as
bytes.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import NoReturn

from promptops.errors import ForgeError

RESULTS_SUFFIX, _SAID = "-results", "-check"
RESULTS_ARTIFACT = f"promptops{RESULTS_SUFFIX}"
"""The artifact's name; every project's ends in the suffix. The page for people lies in another one."""

MAX_ZIP = 32 * 2**20
"""Bytes of the zip itself."""
MAX_FILES = 250
MAX_FILE, MAX_ALL = 32 * 2**20, 128 * 2**20
"""Bytes of one file and of all together, unpacked."""
MAX_RATIO = 200
"""How many times larger a file of more than 1 MiB may become: results with the same reply in every case reach 50."""

_ENTRY = b"PK\x01\x02"
_SLACK = 50
"""The four bytes may stand in packed data by chance, once in a hundred full zips."""
_NAME = r"([\w+=.%-]{1,255})/results\.json"
_CHECK = r"(check)\.json"
_ENCRYPTED = 0x1
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_WHERE = "the check's artifact"
_HINT = "nothing of it was used; the check's own log says what it found"


def check_artifact_name(results: str) -> str:
    """The name of the artifact with check.json, where that of the results is called so."""
    return f"{results.removesuffix(RESULTS_SUFFIX)}{_SAID}"


def unpack_results(data: bytes) -> dict[str, bytes]:
    """SUITE → the bytes of its results.json, which are still anybody's. Raises ForgeError for anything unexpected."""
    return _unpack(data, _NAME)


def unpack_check(data: bytes) -> bytes:
    """The bytes of the one check.json, which are still anybody's. Raises ForgeError for anything unexpected."""
    found = _unpack(data, _CHECK)
    if not found:
        _refuse("it holds no check.json")
    return found["check"]


def _unpack(data: bytes, names: str) -> dict[str, bytes]:
    if len(data) > MAX_ZIP:
        _refuse(f"the zip is larger than {MAX_ZIP // 2**20} MiB")
    if data.count(_ENTRY) > MAX_FILES + _SLACK:  # before any of them is looked at
        _refuse(f"it holds more than {MAX_FILES} files")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return dict(_files(archive, names))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as exc:
        raise ForgeError("the zip cannot be read", where=_WHERE, hint=_HINT) from exc


def _files(archive: zipfile.ZipFile, names: str) -> Iterator[tuple[str, bytes]]:
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        _refuse(f"it holds more than {MAX_FILES} files")
    suites = {_check_entry(entry, names): entry for entry in entries}
    if len({suite.casefold() for suite in suites}) < len(entries):
        _refuse("it holds two files of the same name")
    if sum(entry.file_size for entry in entries) > MAX_ALL:
        _refuse(f"its files are larger than {MAX_ALL // 2**20} MiB")
    for suite, entry in suites.items():
        with archive.open(entry) as file:  # gives no more than the size that was checked
            content = file.read(MAX_FILE + 1)
        if len(content) != entry.file_size:
            _refuse("a file is not as long as the zip says")
        yield suite, content


def _check_entry(entry: zipfile.ZipInfo, names: str) -> str:
    """What the entry's name says, its suite; nothing is unpacked yet."""
    found = re.fullmatch(names, entry.orig_filename)
    if found is None or found[1] in (".", ".."):
        _refuse(f"it holds a file that does not belong there: {entry.orig_filename[:80]!a}")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        _refuse("it holds something that is not a regular file, such as a link")
    if entry.flag_bits & _ENCRYPTED:
        _refuse("it is encrypted")
    if entry.compress_type not in _PACKINGS:
        _refuse("it is packed in a way that GitHub does not use")
    if entry.file_size > MAX_FILE:
        _refuse(f"a file in it is larger than {MAX_FILE // 2**20} MiB")
    if entry.file_size > max(2**20, MAX_RATIO * entry.compress_size):
        _refuse(f"a file in it becomes more than {MAX_RATIO} times larger when it is unpacked")
    return found[1]


def _refuse(why: str) -> NoReturn:
    raise ForgeError(why, where=_WHERE, hint=_HINT)
