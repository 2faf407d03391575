"""The journal survives a kill at any byte."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.errors import StoreBusyError, StoreError
from promptops.model.model_call import Reply, Usage
from promptops.store.journal import (
    Journal,
    JournalContent,
    is_cut_header,
    read_journal,
    save_to_cache,
    unsaved_keys,
)
from promptops.store.reply_cache import ReplyCache
from tests.full_disk import NO_ROOM, full_disk


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


def test_case_22_a_full_disk_is_a_store_error_that_says_how_to_go_on(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(StoreError, match=NO_ROOM) as caught:
        Journal(tmp_path / "journal.jsonl", "sha256:plan")
    assert "--resume" in caught.value.hint


# What the cache does not have yet


def cache_at(folder: Path) -> ReplyCache:
    return ReplyCache(folder / "cache.db")


def saved(path: Path, *, again: bool = False) -> set[str]:
    """The keys that a fresh cache has after the journal was brought there."""
    with TemporaryDirectory() as folder, closing(cache_at(Path(folder))) as cache:
        save_to_cache(path, cache, again=again)
        return cache.known([f"k{n}" for n in range(20)] + ["new"])


def test_case_57_the_replies_of_a_run_that_was_killed_come_into_the_cache_once(tmp_path: Path) -> None:
    path = tmp_path / "j"
    replies = write(path, 3)
    before = path.stat().st_size
    assert unsaved_keys(path) == set(replies)
    assert saved(path) == set(replies)
    assert unsaved_keys(path) == set()
    assert saved(path) == set()
    assert saved(path, again=True) == set(replies)
    assert (path.stat().st_size, read_journal(path).replies) == (before, replies)


def test_what_came_after_a_resumed_run_was_killed_again_comes_alone(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, 2)
    saved(path)
    journal = Journal(path, "sha256:plan")
    journal.append("new", Reply("after"))
    journal.close()
    assert unsaved_keys(path) == {"new"}
    assert saved(path) == {"new"}


def test_a_run_that_ended_in_order_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", "sha256:plan")
    journal.append("k0", Reply("x"))
    journal.mark_in_cache()
    journal.close()
    assert unsaved_keys(tmp_path / "j") == saved(tmp_path / "j") == set()


def test_a_run_that_is_under_way_is_left_alone_and_its_folder_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = Journal(path, "sha256:plan")
    journal.append("k0", Reply("x"))
    assert saved(path) == saved(path, again=True) == set()
    for anew in (False, True):
        with pytest.raises(StoreBusyError, match="another run is writing here"):
            Journal(path, "sha256:other", anew=anew)
    journal.append("k1", Reply("y"))
    journal.close()
    assert saved(path) == {"k0", "k1"}


def test_a_run_that_begins_anew_takes_the_place_of_the_last(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, 3)
    Journal(path, "sha256:other", anew=True).close()
    assert read_journal(path) == JournalContent("sha256:other", {})


@pytest.mark.parametrize("has_results", [False, True])
def test_an_older_versions_journal_comes_into_the_cache_unless_its_run_ended(tmp_path: Path, has_results: bool) -> None:
    path = tmp_path / "j"
    replies = write(path, 2)
    lines = path.read_text().split("\n")
    path.write_text("\n".join(['{"format": "promptops-journal/1", "plan": "sha256:plan"}', *lines[1:]]))
    if has_results:
        (tmp_path / "results.json").write_text("{}")
    before = path.read_bytes()
    assert unsaved_keys(path) == saved(path) == (set() if has_results else set(replies))
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"\n", b"[]", b'{"format": 1}', b"\xff\xfe", b'{"format": "x", "plan": 3}\n'])
def test_what_is_no_journal_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").write_bytes(content)
    assert saved(tmp_path / "j") == saved(tmp_path / "missing") == unsaved_keys(tmp_path / "missing") == set()
    assert (tmp_path / "j").read_bytes() == content


def test_a_first_line_that_a_kill_cut_off_is_known_as_such(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, 1)
    whole = path.read_bytes()
    for size in range(whole.index(b"\n")):
        path.write_bytes(whole[:size])
        assert is_cut_header(path)
    for content in (whole, b"notes of mine", b"{}"):
        path.write_bytes(content)
        assert not is_cut_header(path)


@given(st.lists(st.tuples(st.integers(0, 2**31), st.binary(min_size=1, max_size=200)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_journal_damaged_in_the_middle_loses_the_damaged_lines_alone(damages: list[tuple[int, bytes]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "j"
        replies = write(path, 20)
        whole = path.read_bytes()
        header = whole.index(b"\n") + 1
        data = bytearray(whole)
        for place, damage in damages:
            start = header + place % (len(whole) - header)
            data[start : start + len(damage)] = damage[: len(whole) - start]
        path.write_bytes(data)
        found = read_journal(path).replies
        intact = {line for line in whole[header:].split(b"\n") if line} & set(bytes(data[header:]).split(b"\n"))
        keys = {json.loads(line)["key"] for line in intact}
        assert {key for key in found if found[key] == replies.get(key)} >= keys
        assert saved(path) >= keys
