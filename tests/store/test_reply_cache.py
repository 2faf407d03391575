"""The reply cache keeps what was paid for."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from promptops.errors import StoreError
from promptops.model.model_call import Reply, ToolCall, Usage
from promptops.store.reply_cache import ReplyCache
from tests.store.memory import MemoryReplyCache

FULL = Reply("héllo \ud800", (ToolCall("f", "{}"),), Usage(3, None), 0.25, "stop", "m-1", 2)


@pytest.fixture(params=["sqlite", "memory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    made: ReplyCache = ReplyCache(tmp_path / "deep" / "cache.db") if request.param == "sqlite" else MemoryReplyCache()
    yield made
    made.close()


def test_replies_come_back_whole(cache: ReplyCache) -> None:
    cache.put_many({"a": FULL, "b": Reply("")})
    assert cache.get_many(["a", "b", "c"]) == {"a": FULL, "b": Reply("")}


def test_a_known_key_keeps_its_first_reply(cache: ReplyCache) -> None:
    cache.put_many({"a": Reply("one")})
    cache.put_many({"a": Reply("two")})
    assert cache.get_many(["a"])["a"].text == "one"


def test_more_keys_than_one_query_takes(cache: ReplyCache) -> None:
    replies = {str(number): Reply(str(number)) for number in range(2345)}
    cache.put_many(replies)
    assert cache.get_many(list(replies)) == replies


def test_two_processes_may_share_the_file(tmp_path: Path) -> None:
    one, other = ReplyCache(tmp_path / "c.db"), ReplyCache(tmp_path / "c.db")
    one.put_many({"a": Reply("x")})
    assert other.get_many(["a"]) == {"a": Reply("x")}
    one.close()
    other.close()


@pytest.mark.parametrize("row", ['{"tex', "[]", "3", '{"text": 3}', '{"text": "x", "usage": [1]}', "[" * 99_999])
def test_a_damaged_row_counts_as_unknown(tmp_path: Path, row: str) -> None:
    cache = ReplyCache(tmp_path / "c.db")
    cache.put_many({"a": Reply("x"), "b": Reply("y")})
    cache.close()
    raw = sqlite3.connect(tmp_path / "c.db")
    raw.execute("UPDATE replies SET reply = ? WHERE key = 'a'", [row])
    raw.commit()
    raw.close()
    cache = ReplyCache(tmp_path / "c.db")
    assert cache.get_many(["a", "b"]) == {"b": Reply("y")}
    cache.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_bytes(b"not a database, certainly not" * 100)
    with pytest.raises(StoreError, match=r"c\.db") as caught:
        ReplyCache(tmp_path / "c.db")
    assert "deleted" in caught.value.hint


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "c.db")
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(StoreError, match="newer version"):
        ReplyCache(tmp_path / "c.db")
