"""What something hangs on."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.files.read_tracker import ReadTracker
from tests.conftest import ProjectBuilder


def test_files_that_were_looked_for_are_noted_missing_ones_too(project: ProjectBuilder) -> None:
    reads = ReadTracker(project({"a.j2": "a", "b.j2": "b", "c.j2": "c"}).source)
    assert reads.read(PurePosixPath("a.j2")) == b"a"
    assert reads.exists(PurePosixPath("b.j2"))
    with pytest.raises(SourceError):
        reads.read(PurePosixPath("gone.j2"))
    assert len(reads.list("*.j2")) == 3
    assert sorted(map(str, reads.paths)) == ["a.j2", "b.j2", "gone.j2"]
    assert reads.globs == {"*.j2"}
