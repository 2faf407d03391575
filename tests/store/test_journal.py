"""The journal survives a kill at any byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from promptops.errors import StoreError
from promptops.model.model_call import Reply, Usage
from promptops.store.journal import Journal, read_journal


def write(path: Path, count: int) -> dict[str, Reply]:
    replies = {f"k{n}": Reply(f"text {n} é", usage=Usage(n, n)) for n in range(count)}
    journal = Journal(path, "sha256:plan")
    for key, reply in replies.items():
        journal.append(key, reply)
    journal.close()
    return replies


def test_what_was_written_is_read(tmp_path: Path) -> None:
    replies = write(tmp_path / "j", 5)
    content = read_journal(tmp_path / "j")
    assert content.plan == "sha256:plan"
    assert content.replies == replies


def test_a_cut_at_any_byte_loses_at_most_one_reply(tmp_path: Path) -> None:
    path = tmp_path / "j"
    replies = write(path, 3)
    whole = path.read_bytes()
    header = whole.index(b"\n") + 1
    for size in range(header, len(whole) + 1):
        path.write_bytes(whole[:size])
        complete = whole[header:size].count(b"\n")
        found = read_journal(path).replies
        assert complete <= len(found) <= complete + 1
        assert found.items() <= replies.items()


def test_going_on_after_a_cut_line_keeps_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, 2)
    path.write_bytes(path.read_bytes()[:-7])
    journal = Journal(path, "sha256:plan")
    journal.append("new", Reply("after"))
    journal.close()
    assert set(read_journal(path).replies) == {"k0", "new"}


@pytest.mark.parametrize(
    "line",
    ["[]", "3", '{"key": "b", "reply": []}', '{"key": "b", "reply": {"text": 3}}', "[" * 99_999,
     '{"key": "b", "reply": {"text": "x", "usage": [1]}}'],
)  # fmt: skip
def test_a_line_that_is_no_reply_is_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / "j"
    replies = write(path, 2)
    path.write_text(f"{path.read_text()}{line}\n")
    assert read_journal(path).replies == replies


@pytest.mark.parametrize("content", [b"", b"\n", b"[]", b'{"format": 1}', b"\xff\xfe"])
def test_a_file_that_is_no_journal_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(StoreError, match="journal"):
        read_journal(tmp_path / "j")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_case_22_a_full_disk_is_a_store_error_that_says_how_to_go_on() -> None:
    with pytest.raises(StoreError, match="No space left") as caught:
        Journal(Path("/dev/full"), "sha256:plan")
    assert "--resume" in caught.value.hint
