"""What need not be asked, and when it is written to the cache."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from promptops.evals.engine import known_replies
from promptops.evals.engine.known_replies import KnownReplies
from promptops.model.model_call import Reply
from promptops.store.journal import Journal, read_journal, save_to_cache, unsaved_keys
from promptops.store.reply_cache import ReplyCache
from tests.store.memory import MemoryReplyCache


class Watched(MemoryReplyCache):
    """Remembers how much was read and written at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[int] = []
        self.written: list[int] = []

    def get_many(self, keys: Sequence[str]) -> dict[str, Reply]:
        self.read.append(len(keys))
        return super().get_many(keys)

    def put_many(self, replies: Mapping[str, Reply], *, forget: Collection[str] = (), patience: float = 0.0) -> None:
        self.written.append(len(replies))
        super().put_many(replies, forget=forget, patience=patience)


def test_replies_go_to_the_cache_a_hundred_at_a_time_and_the_rest_when_it_is_flushed() -> None:
    cache = Watched()
    replies = KnownReplies(cache)
    for number in range(250):
        replies.keep(f"k{number}", Reply(str(number)))
    assert cache.written == [100, 100]
    replies.flush()
    assert cache.written == [100, 100, 50]
    assert len(cache.get_many([f"k{number}" for number in range(250)])) == 250


def test_keys_that_were_looked_up_together_are_not_looked_up_again() -> None:
    cache = Watched()
    cache.put_many({"a": Reply("A")})
    replies = KnownReplies(cache)
    replies.look_up(["a", "b"])
    assert (replies.find("a"), replies.find("b")) == (Reply("A"), None)
    assert cache.read == [2]
    assert replies.find("c") is None
    assert cache.read == [2, 1]


def test_only_what_this_run_called_for_is_fresh() -> None:
    cache = Watched()
    cache.put_many({"a": Reply("A")})
    replies = KnownReplies(cache)
    replies.keep("b", Reply("B"))
    assert [replies.is_fresh(key) for key in ("a", "b")] == [False, True]
    assert replies.find("a") == Reply("A")
    assert not replies.is_fresh("a")


def test_an_interrupted_runs_reply_is_handed_out_once_and_wins_over_the_cache() -> None:
    cache = Watched()
    cache.put_many({"a": Reply("of another run")})
    replies = KnownReplies(cache, resumed={"a": Reply("A")})
    replies.look_up(["a"])
    assert replies.take_resumed("a") == Reply("A")
    assert replies.take_resumed("a") is None
    replies.keep("a", Reply("A"))
    assert replies.find("a") == Reply("A")


def test_what_is_written_down_is_on_the_disk_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", "sha256:plan")
    KnownReplies(MemoryReplyCache(), journal).write_down("a", Reply("A"))
    assert read_journal(tmp_path / "j").replies == {"a": Reply("A")}
    journal.close()


def test_a_reply_that_was_no_answer_is_not_kept_and_an_older_one_is_asked_for_anew() -> None:
    cache = Watched()
    old = Reply("prose of an older version")
    cache.put_many({"old": old})
    replies = KnownReplies(cache)
    assert replies.find("old") == old
    replies.reject("old", replies.find("old") or Reply(""))
    assert replies.find("old") is None  # so it is asked again in this run
    prose = Reply("prose")
    replies.keep("new", prose)
    replies.flush()
    replies.reject("new", prose)  # after it went to the cache
    assert replies.find("new") is prose  # in this run it stays what was answered
    replies.finish()
    assert cache.get_many(["old", "new"]) == {}


def test_a_better_reply_that_came_meanwhile_is_not_forgotten_with_the_first() -> None:
    cache = Watched()
    replies = KnownReplies(cache)
    prose, good = Reply("prose"), Reply("good")
    replies.keep("a", prose)
    replies.reject("a", prose)
    replies.keep("a", good)
    replies.reject("a", prose)
    replies.finish()
    assert cache.get_many(["a"]) == {"a": good}


def test_what_is_asked_again_is_not_looked_up_and_takes_the_place_of_what_was_known() -> None:
    cache = Watched()
    cache.put_many({"a": Reply("old"), "b": Reply("kept")})
    replies = KnownReplies(cache, asked_again={"a"})
    replies.look_up(["a", "b"])
    assert (replies.find("a"), replies.find("b")) == (None, Reply("kept"))
    replies.keep("a", Reply("new", asked="2026-11-30T10:00:00+00:00"))
    replies.finish()
    assert cache.get_many(["a"])["a"].text == "new"


def test_case_58_the_next_run_adds_what_went_into_a_cache_that_broke_during_this_one(tmp_path: Path) -> None:
    cache, path = MemoryReplyCache(), tmp_path / "journal.jsonl"
    for breaks in (False, True):
        with closing(Journal(path, "plan", anew=True)) as journal:
            known = KnownReplies(cache, journal)
            known.write_down("a", Reply("x"))
            known.keep("a", Reply("x"))
            known.flush()
            cache.is_new = breaks
            known.finish()
        assert unsaved_keys(path) == ({"a"} if breaks else set())


def test_case_58_while_the_cache_is_locked_replies_wait_and_the_journal_has_them(tmp_path: Path) -> None:
    cache, journal = ReplyCache(tmp_path / "c.db"), Journal(tmp_path / "j", "sha256:plan")
    other = sqlite3.connect(tmp_path / "c.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    replies = KnownReplies(cache, journal)
    replies.write_down("a", Reply("A"))
    replies.keep("a", Reply("A"))
    replies.flush()
    assert cache.known(["a"]) == set()
    other.execute("COMMIT")
    replies.flush()
    assert cache.known(["a"]) == {"a"}
    assert unsaved_keys(tmp_path / "j") == {"a"}
    replies.finish()
    assert unsaved_keys(tmp_path / "j") == set()
    assert replies.notes == ()
    for one in (cache, journal, other):
        one.close()


def test_case_58_a_cache_that_stays_locked_is_told_and_the_next_run_takes_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_replies, "PATIENCE", 0.01)
    cache, journal = ReplyCache(tmp_path / "c.db"), Journal(tmp_path / "j", "sha256:plan")
    other = sqlite3.connect(tmp_path / "c.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    replies = KnownReplies(cache, journal)
    replies.write_down("a", Reply("A"))
    replies.keep("a", Reply("A"))
    replies.finish()
    assert "another program holds it" in replies.notes[0]
    assert "the next run takes the replies from this run's journal" in replies.notes[0]
    journal.close()
    other.execute("COMMIT")
    other.close()
    save_to_cache(tmp_path / "j", cache)
    assert cache.known(["a"]) == {"a"}
    cache.close()


def test_case_43_an_older_answer_without_text_that_was_cut_is_asked_again() -> None:
    cache = MemoryReplyCache()
    empty = Reply("", finish_reason="length")
    cache.put_many({"cut": empty, "ended": Reply("", finish_reason="stop")})
    replies = KnownReplies(cache, resumed={"resumed": empty})
    replies.look_up(["cut", "ended"])
    assert replies.find("cut") is None
    assert replies.find("ended") == Reply("", finish_reason="stop")
    assert replies.take_resumed("resumed") is None
