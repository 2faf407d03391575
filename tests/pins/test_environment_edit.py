"""Edits of environment files: what is meant is written, and nothing else changes by a byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promptops.errors import PinError, PromptError
from promptops.model.environment import Pin
from promptops.pins import environment_edit
from promptops.pins.environment_edit import new_environment, remove_pin, set_pin
from promptops.workflows.schemas import modeline
from tests.pins.environments import NEW, NEW_DIGEST, OLD, OLD_DIGEST, ROLLING, TENTH, V1, V2, meaning, v1, v2

# New files, new pins


def test_a_new_environment_pins_nothing_and_tells_editors_its_schema(tmp_path: Path) -> None:
    assert new_environment(False) == "pins: {}\n"
    assert new_environment(True) == modeline("environment", "environments") + "\npins: {}\n"
    assert meaning(new_environment(True), tmp_path) == {}


@pytest.mark.parametrize(
    "empty", ["pins: {}\n", "pins:\n", "pins: ~\n", "pins:", "pins: null\n", "{pins: {}}\n", "pins:\n  {}\n"]
)
def test_the_first_pin_stands_on_one_line(empty: str) -> None:
    assert set_pin(empty, v1("summary")) == f"pins:\n  summary: {V1}\n"


def test_what_stands_around_an_empty_group_stays() -> None:
    text = "# head\n\npins: {}   # nothing yet\n# end\n"
    assert set_pin(text, v1("a")) == f"# head\n\npins:   # nothing yet\n  a: {V1}\n# end\n"
    assert set_pin("pins: {}# tight\n", v1("a")) == f"pins: # tight\n  a: {V1}\n"
    assert set_pin("pins:\n  {} # below\n", v1("a")) == f"pins:\n # below\n  a: {V1}\n"


def test_a_rollout_stands_below_its_version() -> None:
    expected = f"pins:\n  a:\n    commit: {OLD}\n    digest: {OLD_DIGEST}\n    {ROLLING}\n"
    assert set_pin("pins: {}\n", v1("a", TENTH)) == expected


@pytest.mark.parametrize(
    ("percent", "written"), [(0.0, "0"), (12.5, "12.5"), (100.0, "100"), (0.1, "0.1"), (1e-7, "1e-07")]
)
def test_a_percent_is_written_as_people_would(percent: float, written: str, tmp_path: Path) -> None:
    pin = v1("a", TENTH._replace(percent=percent))
    text = set_pin("pins: {}\n", pin)
    assert f"percent: {written}}}" in text
    assert meaning(text, tmp_path) == {"a": pin}


@pytest.mark.parametrize(("name", "place"), [("a", 0), ("c", 1), ("e", 2)])
def test_a_new_pin_goes_where_it_sorts(name: str, place: int) -> None:
    rows = [f"  b: {V1}", f"  d: {V1}"]
    expected = [*rows[:place], f"  {name}: {V2}", *rows[place:]]
    assert set_pin("\n".join(["pins:", *rows, ""]), v2(name)) == "\n".join(["pins:", *expected, ""])


def test_a_new_pin_goes_to_the_end_where_the_others_are_not_sorted() -> None:
    text = f"pins:\n  z: {V1}\n  b: {V1}\n\n# the end\n"
    assert set_pin(text, v2("a")) == f"pins:\n  z: {V1}\n  b: {V1}\n  a: {V2}\n\n# the end\n"


def test_comments_above_a_pin_stay_with_it() -> None:
    text = f"pins:\n  # legal owns this\n  legal: {V1}\n\n  # sales owns this\n  sales: {V1}\n"
    first = set_pin(text, v2("a"))
    assert first == text.replace("pins:\n", f"pins:\n  a: {V2}\n")
    middle = set_pin(text, v2("note"))
    assert middle == text.replace(f"legal: {V1}\n", f"legal: {V1}\n  note: {V2}\n")


def test_a_new_pin_is_indented_as_the_others() -> None:
    assert set_pin(f"pins:\n     b: {V1}\n", v2("c")) == f"pins:\n     b: {V1}\n     c: {V2}\n"
    assert set_pin(f"  pins:\n   b: {V1}\n", v2("c")) == f"  pins:\n   b: {V1}\n   c: {V2}\n"


def test_a_file_without_a_last_line_end_gets_one() -> None:
    assert set_pin(f"pins:\n  b: {V1}", v2("c")) == f"pins:\n  b: {V1}\n  c: {V2}\n"
    assert set_pin(f"pins:\n  b: {V1}", v2("b")) == f"pins:\n  b: {V2}"


PLAIN = ["summary", "legal/clause", "meeting-summary", "a.b_c", "_x", "été"]
QUOTED = [
    *("yes", "No", "null", "true", "10", "1.10", "12:30", "2024-01-01", "0x1f", ".inf", "~", "<<", "=", "y"),
    *("c#", "# c", "a b", "a: b", "a:", "- a", "? a", "!a", "&a", "*a", "[a]", "{a}", "a, b", "|", ">", "%a", "@a"),
    *("`a", "it's", 'say "hi"', "back\\slash", "\\U0001F600", " a ", "", "tab\there", "line\nbreak", "\u202eevil"),
    *("x\u2028y", "\x07", "😀"),
]  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_an_ordinary_name_needs_no_quotes(name: str, tmp_path: Path) -> None:
    text = set_pin("pins: {}\n", v1(name))
    assert text == f"pins:\n  {name}: {V1}\n"
    assert meaning(text, tmp_path) == {name: v1(name)}
    assert yaml.safe_load(text) == {"pins": {name: {"commit": OLD, "digest": OLD_DIGEST}}}


@pytest.mark.parametrize("name", QUOTED)
def test_a_name_that_yaml_would_misread_gets_quotes(name: str, tmp_path: Path) -> None:
    text = set_pin("pins: {}\n", v1(name))
    assert text.startswith('pins:\n  "')
    assert meaning(text, tmp_path) == {name: v1(name)}
    assert list(yaml.safe_load(text)["pins"]) == [name]
    assert set_pin(text, v2(name, TENTH)).startswith(text.partition(":")[0] + ":\n")
    assert remove_pin(text, name) == "pins: {}\n"


@pytest.mark.parametrize("digits", ["1234567890" * 4, "1" * 38 + "e4"])
def test_a_commit_that_looks_like_a_number_is_text_for_every_reader(digits: str) -> None:
    text = set_pin("pins: {}\n", v1("a")._replace(commit=digits))
    assert yaml.safe_load(text)["pins"]["a"]["commit"] == digits


# Pins that are there


def test_only_the_versions_of_a_pin_change() -> None:
    text = f"pins:\n  a:   {{ digest: '{OLD_DIGEST}',commit:   \"{OLD}\" }}   # mine\n"
    assert set_pin(text, v2("a")) == text.replace(OLD, NEW).replace(OLD_DIGEST, NEW_DIGEST)


def test_a_pin_in_a_block_keeps_its_comments_and_order() -> None:
    text = f"pins:\n  a:  # x\n    # why\n    digest: {OLD_DIGEST}  # d\n\n    commit: {OLD}  # c\n  # b\n  b: {V1}\n"
    changed = text.replace(f"commit: {OLD}  #", f"commit: {NEW}  #").replace(f"{OLD_DIGEST}  # d", f"{NEW_DIGEST}  # d")
    assert set_pin(text, v2("a")) == changed
    rolling = text.replace("  # c\n", f"  # c\n    {ROLLING}\n")
    assert set_pin(text, v1("a", TENTH)) == rolling
    assert set_pin(rolling, v1("a")) == text


def test_a_rollout_grows_by_one_number_and_ends_on_one_line() -> None:
    begun = set_pin(f"pins:\n  a: {V1}  # watch it\n", v1("a", TENTH))
    assert begun == f"pins:\n  a:  # watch it\n    commit: {OLD}\n    digest: {OLD_DIGEST}\n    {ROLLING}\n"
    grown = set_pin(begun, v1("a", TENTH._replace(percent=50.0)))
    assert grown == begun.replace("percent: 10", "percent: 50")
    assert set_pin(grown, v2("a")) == f"pins:\n  a: {V2}  # watch it\n"


def test_a_rollout_written_in_a_block_ends_with_all_its_lines() -> None:
    rollout = f"    rollout:\n      commit: {NEW}\n      # half\n      digest: {NEW_DIGEST}\n\n      percent: 50\n"
    text = f"pins:\n  a:\n    commit: {OLD}\n{rollout}\n    # d\n    digest: {OLD_DIGEST}\n  b: {V1}\n"
    assert set_pin(text, v1("a")) == text.replace(rollout, "")


def test_a_number_that_stays_the_same_is_not_written_anew() -> None:
    text = f"pins:\n  a:\n    commit: {OLD}\n    digest: {OLD_DIGEST}\n    {ROLLING.replace('10}', '10.0}')}\n"
    assert set_pin(text, v1("a", TENTH)) == text


@pytest.mark.parametrize("style", [f"|-\n      {OLD}", f">-\n      {OLD}", f"\n      {OLD}", f'\n      "{OLD}"'])
def test_a_commit_written_in_an_odd_way_is_replaced(style: str, tmp_path: Path) -> None:
    text = f"pins:\n  a:\n    commit: {style}\n    digest: {OLD_DIGEST}\n  b: {V1}\n"
    assert meaning(text, tmp_path)["a"] == v1("a")
    assert meaning(set_pin(text, v2("a")), tmp_path) == {"a": v2("a"), "b": v1("b")}


# Everything in one line


def test_a_pin_between_braces_changes_in_its_place() -> None:
    text = f'pins: {{b: {V1}, "a":{V1},}}  # tight\n'
    assert set_pin(text, v2("b")) == text.replace(f"b: {V1}", f"b: {V2}")
    assert set_pin(text, v1("b")) == text


def test_pins_between_braces_get_lines_where_they_must() -> None:
    text = f'# top\npins: {{b: {V1}, "d":{V1},}}  # tight\n# end\n'
    rows = f'# top\npins:  # tight\n  b: {V1}\n  "d": {V1}\n# end\n'
    assert set_pin(text, v2("c")) == rows.replace('  "d"', f'  c: {V2}\n  "d"')
    assert set_pin(text, v1("b"), "forced: x") == rows.replace(f"b: {V1}", f"b: {V1}  # forced: x")
    assert remove_pin(text, "b") == rows.replace(f"  b: {V1}\n", "")
    assert remove_pin(remove_pin(text, "b"), "d") == "# top\npins: {}  # tight\n# end\n"


def test_a_file_written_as_json_is_read_and_edited() -> None:
    text = f'{{"pins": {{\n  "b": {{\n    "commit": "{OLD}",\n    "digest": "{OLD_DIGEST}"\n  }}\n}}}}\n'
    assert set_pin(text, v2("b")) == text.replace(OLD, NEW).replace(OLD_DIGEST, NEW_DIGEST)
    kept = f'pins:\n  "b": {{ "commit": "{OLD}", "digest": "{OLD_DIGEST}" }}\n'
    assert set_pin(text, v2("c")) == f"{kept}  c: {V2}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"pins: {{\n  # legal\n  b: {V1},\n}}\n",
        f"pins: {{\n  b: {{commit: {OLD},  # here\n    digest: {OLD_DIGEST}}}\n}}\n",
        f"{{\n  # all\n  pins: {{b: {V1}}}}}\n",
        f"? pins\n: b: {V1}\n",
        f"--- {{pins: {{b: {V1}}}}}\n",
    ],
)
def test_a_file_that_would_lose_something_is_left_alone_and_the_lines_are_told(text: str, tmp_path: Path) -> None:
    assert meaning(text, tmp_path) == {"b": v1("b")}
    with pytest.raises(PromptError, match="cannot be edited here without loss") as caught:
        set_pin(text, v2("a"), "forced: a \n reason", where="environments/prod.yml")
    assert caught.value.where == "environments/prod.yml"
    assert caught.value.hint == f"write these lines by hand:\n  a: {V2}  # forced: a reason"


def test_a_comment_inside_a_pin_is_not_lost_when_its_rollout_begins() -> None:
    text = f"pins:\n  b: {{commit: {OLD},\n    # the good one\n    digest: {OLD_DIGEST}}}\n"
    with pytest.raises(PromptError, match="cannot be edited here without loss") as caught:
        set_pin(text, v1("b", TENTH))
    assert f"    {ROLLING}" in caught.value.hint
    assert set_pin(text, v2("b")) == text.replace(OLD, NEW).replace(OLD_DIGEST, NEW_DIGEST)


@pytest.mark.parametrize(
    "wrong", [f"pins:\n  a: {V1}\n  b: {V2}\n", f"pins:\n  b: {V1}\n  a: {V1}\n  c: {V1}\n", "pins: [\n", None]
)
def test_a_result_that_says_anything_else_is_never_given(wrong: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"pins:\n  a: {V1}\n  b: {V1}\n"
    monkeypatch.setattr(environment_edit, "insert_pin", lambda *_: wrong)
    with pytest.raises(PromptError, match="cannot be edited here without loss"):
        set_pin(text, v1("c"))
    monkeypatch.setattr(environment_edit, "delete_pin", lambda *_: wrong)
    with pytest.raises(PromptError, match="cannot be edited here without loss") as caught:
        remove_pin(text, "a")
    assert caught.value.hint == "take the lines of 'a' out by hand"


# Comments


def test_a_comment_of_ours_is_replaced_and_removed_while_people_s_comments_stay() -> None:
    text = f"pins:\n  a: {V1}\n  b: {V1} # keep  \n"
    forced = set_pin(set_pin(text, v2("a"), "forced: hot fix"), v2("b"), "forced: hot fix")
    assert forced == f"pins:\n  a: {V2}  # forced: hot fix\n  b: {V2} # keep  # forced: hot fix\n"
    again = set_pin(forced, v2("b"), "forced: again")
    assert again == forced.replace("# keep  # forced: hot fix", "# keep  # forced: again")
    assert set_pin(set_pin(forced, v1("a")), v1("b")) == f"pins:\n  a: {V1}\n  b: {V1} # keep\n"


def test_a_comment_is_one_line_of_visible_characters(tmp_path: Path) -> None:
    text = set_pin("pins: {}\n", v1("a"), "forced:\n  b: {commit: x}\r\u2028\u202e\x00 #end\t")
    assert text == f"pins:\n  a: {V1}  # forced: b: {{commit: x}} #end\n"
    assert meaning(text, tmp_path) == {"a": v1("a")}


def test_a_name_with_a_hash_is_no_comment() -> None:
    text = f'pins:\n  "a # forced: b": {V1}\n'
    assert set_pin(text, v2("a # forced: b")) == text.replace(V1, V2)


# Removal, line ends, refusals


def test_a_removed_pin_takes_its_own_lines_alone() -> None:
    text = f"pins:\n  # a\n  a: {V1}\n\n  # b\n  b:\n    commit: {OLD}\n    digest: {OLD_DIGEST}\n\n  # c\n  c: {V1}\n"
    entry = f"  b:\n    commit: {OLD}\n    digest: {OLD_DIGEST}\n"
    assert remove_pin(text, "b") == text.replace(entry, "")


def test_the_last_pin_leaves_an_empty_group_that_can_be_filled_again() -> None:
    text = f"pins: # all\n  # a\n  a: {V1}\n# end\n"
    assert remove_pin(text, "a") == "pins: {} # all\n  # a\n# end\n"
    assert set_pin(remove_pin(text, "a"), v1("a")) == f"pins: # all\n  a: {V1}\n  # a\n# end\n"


def test_a_key_with_a_question_mark_is_refused_in_words() -> None:
    file = f"? pins\n: greet: {{commit: {40 * 'a'}, digest: 'sha256:{64 * 'b'}'}}\n"
    with pytest.raises(PromptError, match="written in a way that cannot be edited here without loss"):
        remove_pin(file, "greet")
    with pytest.raises(PromptError):
        remove_pin("? pins\n", "greet")


def test_a_pin_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(PinError, match="'b' is not pinned here") as caught:
        remove_pin(f"pins:\n  a: {V1}\n", "b", where="environments/prod.yml")
    assert (caught.value.where, caught.value.hint) == ("environments/prod.yml", "pinned is: a")


@pytest.mark.parametrize("empty", ["pins: {}\r\n", "pins:\r\n"])
def test_windows_line_ends_stay(empty: str) -> None:
    text = set_pin(f"# x\r\n{empty}", v1("a"))
    assert text == f"# x\r\npins:\r\n  a: {V1}\r\n"
    rolling = set_pin(text, v1("a", TENTH), "forced: x")
    assert rolling.count("\r\n") == rolling.count("\n") == 6
    assert "  a:  # forced: x\r\n" in rolling
    assert set_pin(rolling, v1("a")) == text
    assert remove_pin(text, "a") == "# x\r\npins: {}\r\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("{}\n", "the file has no 'pins'"),
        ("pins: [a]\n", "'pins' is a list"),
        ("pins:\n  a: {commit: main, digest: x}\n", "is not a full commit id"),
        ("pins: {}\nlabels: {}\n", "'labels' is not a key"),
        (f"pins:\n  a: {V1}\n  a: {V1}\n", "'a' stands here and on line 2"),
        ("\ufeffpins: {}\n", "byte order mark"),
        ("pins: {}\ud800\n", "not UTF-8"),
        ("pins: {}\x00\n", "NUL"),
    ],
)
def test_a_file_that_no_application_would_read_is_not_edited(text: str, reason: str) -> None:
    with pytest.raises(PromptError, match=reason) as caught:
        set_pin(text, v1("a"), where="environments/prod.yml")
    assert caught.value.where.startswith("environments/prod.yml")
    with pytest.raises(PromptError, match=reason):
        remove_pin(text, "a")


@pytest.mark.parametrize(
    "pin",
    [
        v1("a")._replace(commit="main"),
        v1("a")._replace(commit=f"{OLD}, digest: {NEW_DIGEST}"),
        v1("a")._replace(digest="sha256:0a"),
        v1("a", TENTH._replace(percent=101.0)),
        v1("a", TENTH._replace(percent=float("nan"))),
        v1("\ud800"),
    ],
)
def test_a_pin_that_no_application_would_read_is_not_written(pin: Pin) -> None:
    with pytest.raises(PromptError) as caught:
        set_pin("pins: {}\n", pin)
    assert "the pin of" in caught.value.where


def test_hundreds_of_thousands_of_spaces_take_no_time() -> None:
    text = f"pins:\n  a: {V1}{' ' * 500_000}x".replace("x", "# c\n")
    assert set_pin(text, v2("a"), "forced: x") == text.replace(V1, V2).replace("# c", "# c  # forced: x")
