"""What need not be asked, and when it is written to the cache."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from promptops.evals.engine.known_replies import KnownReplies
from promptops.model.model_call import Reply
from promptops.store.journal import Journal, read_journal
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
