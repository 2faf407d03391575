"""The reply cache keeps what was paid for."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.errors import StoreBusyError, StoreError
from promptops.model.chat.message import ToolCall
from promptops.model.model_call import Reply, Usage
from promptops.store.reply_cache import ReplyCache, open_reply_cache
from tests.store.memory import MemoryReplyCache

FULL = Reply(
    "héllo \ud800", (ToolCall("f", "{}"),), Usage(3, None), 0.25, "stop", "m-1", 2, "2026-11-30T10:00:00+00:00"
)


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


def test_what_is_asked_anew_takes_the_place_of_what_was_known_and_never_the_other_way_round(cache: ReplyCache) -> None:
    old, new = (Reply(text, asked=f"2026-11-0{day}T00:00:00+00:00") for day, text in ((1, "old"), (2, "new")))
    cache.put_many({"a": old, "b": new, "c": Reply("older version's"), "d": old})
    cache.put_many({"a": new, "b": old, "c": old, "d": Reply("older version's")})
    assert cache.get_many(["a", "b", "c", "d"]) == {"a": new, "b": new, "c": old, "d": old}


def test_what_is_to_be_forgotten_goes_before_the_new_comes(cache: ReplyCache) -> None:
    cache.put_many({"a": Reply("one"), "b": Reply("two"), "c": Reply("three")})
    cache.put_many({"a": Reply("anew")}, forget=["a", "b", "x"])
    assert cache.get_many(["a", "b", "c"]) == {"a": Reply("anew"), "c": Reply("three")}


def test_the_oldest_file_is_brought_up_to_date_and_answers_without_a_date(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "c.db")
    raw.execute("CREATE TABLE replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID")
    raw.execute('INSERT INTO replies VALUES (\'a\', \'{"text": "x", "latency": 0.5}\')')
    raw.execute("PRAGMA user_version = 1")
    raw.commit()
    raw.close()
    cache = ReplyCache(tmp_path / "c.db")
    assert cache.get_many(["a"]) == {"a": Reply("x", latency=0.5, asked="")}
    assert (cache.notes, cache.is_new) == ([], False)
    cache.close()


FIRST_RUN = """
import sys
from pathlib import Path
from promptops.model.model_call import Reply
from promptops.store.reply_cache import open_reply_cache
sys.stdin.readline()
cache = open_reply_cache(Path(sys.argv[1]))
cache.put_many({sys.argv[2]: Reply("x")})
assert sys.argv[2] in cache.known([sys.argv[2]]) and not cache.notes, cache.notes
"""


@pytest.mark.parametrize("attempt", range(4))
def test_case_58_many_first_runs_at_once_all_end_well(tmp_path: Path, attempt: int) -> None:
    """ "table replies already exists" was said to two of sixteen."""
    names = [f"k{number}" for number in range(8)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_RUN, str(tmp_path / "state"), name],
            text=True, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name in names
    ]  # fmt: skip
    for process in processes:  # all have imported by the time the last one has
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert said == [""] * len(names)
    cache = open_reply_cache(tmp_path / "state")
    assert cache.known(names) == set(names)
    cache.close()


def test_case_58_a_file_that_is_no_database_is_set_aside_with_a_word_and_made_anew(tmp_path: Path) -> None:
    content = b"not a database, certainly not" * 100
    (tmp_path / "c.db").write_bytes(content)
    cache = ReplyCache(tmp_path / "c.db")
    cache.put_many({"a": Reply("x")})
    cache.close()
    (aside,) = tmp_path.glob("c.db.damaged-*")
    assert aside.read_bytes() == content
    assert cache.notes == [f"c.db was damaged: it is set aside as {aside.name}, and a new one was begun"]
    assert cache.is_new
    again = ReplyCache(tmp_path / "c.db")
    assert (again.get_many(["a"]), again.notes) == ({"a": Reply("x")}, [])
    again.close()


def test_case_58_another_programs_database_is_set_aside_too(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "c.db")
    raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.execute("PRAGMA user_version = 2")
    raw.close()
    cache = ReplyCache(tmp_path / "c.db")
    cache.put_many({"a": Reply("x")})
    assert cache.is_new
    cache.close()


def break_pages(path: Path) -> None:
    """Overwrite all but the file's first page, as a failing disk would."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def filled(path: Path) -> dict[str, Reply]:
    replies = {f"k{number}": Reply(f"text {number} " * 20) for number in range(500)}
    cache = ReplyCache(path)
    cache.put_many(replies)
    cache.close()
    return replies


def test_case_58_broken_pages_are_noticed_whenever_they_are_read(tmp_path: Path) -> None:
    keys = list(filled(tmp_path / "c.db"))
    break_pages(tmp_path / "c.db")
    cache = ReplyCache(tmp_path / "c.db")
    assert cache.get_many(keys) == {}
    cache.put_many({"a": Reply("x")})
    assert cache.get_many(["a"]) == {"a": Reply("x")}
    assert len(list(tmp_path.glob("c.db.damaged-*"))) >= 1
    assert "was damaged" in cache.notes[0]
    cache.close()


def test_case_58_damage_that_comes_while_the_file_is_open_loses_no_new_reply(tmp_path: Path) -> None:
    keys = list(filled(tmp_path / "c.db"))
    cache, other = ReplyCache(tmp_path / "c.db"), ReplyCache(tmp_path / "c.db")
    break_pages(tmp_path / "c.db")
    for one in (cache, other):  # the second finds the file that the first made, and leaves it alone
        one.put_many({f"new{id(one)}": Reply("x")})
        one.get_many(keys)
    known = {f"new{id(one)}" for one in (cache, other)}
    assert cache.known(list(known)) == other.known(list(known)) == known
    assert len(list(tmp_path.glob("c.db.damaged-*[0-9]"))) == 1
    cache.close()
    other.close()


@given(st.lists(st.tuples(st.integers(0, 1), st.binary(min_size=1, max_size=300)), max_size=4), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_case_58_whatever_happened_to_the_file_replies_are_kept_and_none_is_made_up(
    overwritten: list[tuple[float, bytes]], seed: int
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.db"
        replies = filled(path)
        places = random.Random(seed)
        with path.open("r+b") as file:
            for whole, data in overwritten:
                file.seek(0 if whole else places.randrange(path.stat().st_size))
                file.write(data)
        cache = ReplyCache(path)
        cache.put_many({"new": Reply("x")})
        assert cache.get_many(["new"]) == {"new": Reply("x")}
        assert set(cache.get_many(list(replies))) <= set(replies)
        cache.close()


def test_case_58_while_another_process_writes_known_replies_are_served_and_new_ones_wait(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "c.db")
    cache.put_many({"a": Reply("x")})
    raw = sqlite3.connect(tmp_path / "c.db", isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    assert cache.get_many(["a"]) == {"a": Reply("x")}
    late = ReplyCache(tmp_path / "c.db")
    assert late.get_many(["a"]) == {"a": Reply("x")}
    late.close()
    with pytest.raises(StoreBusyError, match="another program holds it"):
        cache.put_many({"b": Reply("y")}, patience=0.01)
    raw.execute("ROLLBACK")
    cache.put_many({"b": Reply("y")}, patience=0.01)
    assert cache.known(["a", "b"]) == {"a", "b"}
    raw.close()
    cache.close()


READ_ONLY = """
import os, sys
from pathlib import Path
from promptops.model.model_call import Reply
from promptops.store.reply_cache import open_reply_cache
if os.geteuid() == 0:  # who may write everything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
cache = open_reply_cache(Path(sys.argv[1]))
cache.put_many({"new": Reply("x")})
print(len(cache.known(["k1", "k2"])), *cache.notes)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of files are POSIX's")
@pytest.mark.parametrize("rights", [0o777, 0o555])
def test_case_58_where_nothing_may_be_written_known_replies_are_served(rights: int) -> None:
    with TemporaryDirectory() as folder:  # pytest's own may be read by nobody else
        state = Path(folder) / "state"
        filled(state / "cache.db")
        (state / "cache.db").chmod(0o444)
        state.chmod(rights)
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(state)], capture_output=True, text=True, check=False
        )
        state.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 cache.db cannot be written, so the next run has to ask again"), done.stdout


def test_case_58_a_folder_that_cannot_be_made_is_told_and_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    cache = ReplyCache(tmp_path / "state/c.db")
    cache.put_many({"a": Reply("x")})
    assert "cannot be written" in cache.notes[0]
    assert cache.get_many(["a"]) == {"a": Reply("x")}  # as long as this run lasts
    cache.close()


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "c.db")
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(StoreError, match="newer version"):
        ReplyCache(tmp_path / "c.db")
