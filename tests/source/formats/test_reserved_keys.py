"""A case that is to stay hidden stays hidden, or is refused: however its `split` is spelt."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.model.suite import Case
from promptops.source.formats.cases import make_cases
from promptops.source.formats.reserved_keys import nearly_reserved
from tests.conftest import ProjectBuilder

PATH = PurePosixPath("c.jsonl")
HEAD = "prompt: a\nevaluators: [{name: c, string: {contains: x}}]\ntestData: "


def case(fields: dict[str, Any], *, foreign: bool = False) -> Case:
    (made,) = make_cases([(fields, PATH, 7)], foreign=foreign)
    return made


def refusal(fields: dict[str, Any]) -> PromptError:
    with pytest.raises(PromptError) as caught:
        case(fields)
    assert caught.value.where == "c.jsonl:7"
    return caught.value


@pytest.mark.parametrize("key", ["split", "split ", " split", "\ufeffsplit", "split\u00a0", "\tsplit\u200b"])
@pytest.mark.parametrize("value", ["held-out", " held-out", "held-out\u00a0"])
def test_spaces_around_the_key_or_the_value_hide_the_case_all_the_same(key: str, value: str) -> None:
    made = case({"q": "secret", key: value})
    assert made.held_out
    assert made.fields == {"q": "secret"}


@pytest.mark.parametrize("name", ["c.csv", "c.tsv", "c.jsonl", "c.yml"])
def test_so_it_is_in_every_format(project: ProjectBuilder, name: str) -> None:
    texts = {
        "c.csv": "q,split \nsecret,held-out \n",
        "c.tsv": '"q"\t" split"\nsecret\t held-out\n',
        "c.jsonl": '{"q": "secret", "split ": "held-out "}',
        "c.yml": '- {q: secret, "split ": "held-out "}',
    }
    (made,) = project({"evals/s.eval.yml": HEAD + name, f"evals/{name}": texts[name]}).suite("s").cases
    assert (made.held_out, made.fields) == (True, {"q": "secret"})


@pytest.mark.parametrize(
    "value", ["Held-out", "heldout", "HELD_OUT", "held out", "hold-out", "held\u2011out", "held–out"]
)
def test_a_value_that_is_nearly_held_out_is_refused_with_the_right_one(value: str) -> None:
    problem = refusal({"q": "secret", "split": value})
    assert problem.args[0] == f"'{value}' is not a possible value of 'split'"
    assert problem.hint == "did you mean 'held-out'?"


@pytest.mark.parametrize("value", ["test", "validation", "yes", True, 1, ["dev"], {"a": 1}])
def test_every_other_value_is_refused_and_the_possible_ones_are_named(value: Any) -> None:
    assert "held-out for a case whose text nobody may see, dev or train" in refusal({"q": "a", "split": value}).hint


@pytest.mark.parametrize("value", [None, "", " ", "dev", "train", "held-out"])
def test_the_possible_values(value: Any) -> None:
    assert case({"q": "a", "split": value}).split == (value or "").strip()


@pytest.mark.parametrize("key", ["Split", "SPLIT", "splits", "spilt", "splt", "split_", "Split:", "_split"])
def test_a_key_that_is_nearly_split_and_says_held_out_is_refused(key: str) -> None:
    for value in ("held-out", "Held out"):
        assert refusal({"q": "secret", key: value}).hint == "write split: held-out"
    assert case({"q": "a", key: "b"}).fields == {"q": "a", key: "b"}  # lint says the rest


@pytest.mark.parametrize("key", ["held-out", "held_out", "Heldout", "HELD OUT", "holdout"])
@pytest.mark.parametrize("value", [True, "yes", "x", 1, "TRUE", "held-out"])
def test_a_key_that_is_held_out_itself_hides_nothing_and_is_refused(key: str, value: Any) -> None:
    assert refusal({"q": "secret", key: value}).hint == "write split: held-out"
    assert case({"q": "secret", key: value}, foreign=True).held_out
    for other in (False, "no", "", None, 0):
        assert case({"q": "a", key: other}).fields == {"q": "a", key: other}


@pytest.mark.parametrize("key", ["isHeldOut", "is_held_out", "held_out_case", "Held-out?"])
def test_a_key_that_speaks_of_it_is_refused_too(key: str) -> None:
    assert refusal({"q": "secret", key: True}).hint == "write split: held-out"
    assert case({"q": "a", key: False}).split == ""


@pytest.mark.parametrize(
    "field",
    [
        {"set": "held-out"},
        {"data_split": "Held-out"},
        {"\u0455plit": "held-out"},
        {"tags": "held-out"},
        {"tags": ["a", "Held out"]},
    ],
)
def test_what_says_held_out_elsewhere_hides_the_case_unless_a_split_is_given(field: dict[str, Any]) -> None:
    for foreign in (False, True):
        assert (case({"q": "secret", **field}, foreign=foreign)).held_out
    assert case({"q": "a", **field}).seems_held_out
    for split in ("dev", "held-out"):
        assert (case({"q": "a", "split": split, **field}).split, case({"split": split}).seems_held_out) == (
            split,
            False,
        )


def test_a_value_that_may_be_a_cases_own_text_is_not_repeated() -> None:
    problem = refusal({"q": "a", "split": "I have 25 years and a secret."})
    assert problem.args[0] == "a text of 29 characters is not a possible value of 'split'"


def test_a_file_of_githubs_format_loads_unchanged_and_hides_what_looks_held_out() -> None:
    assert case({"q": "a", "split": "test"}, foreign=True).split == "test"
    for key, value in (("split", "Held-out"), ("Split", "held-out"), ("splits", "heldout")):
        assert case({"q": "a", key: value}, foreign=True).held_out


def test_two_keys_that_differ_by_a_space_are_refused() -> None:
    assert "'q' stands twice" in str(refusal({"q": "a", "q ": "b"}))


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        *((key, "tags") for key in ("Tags", "TAGS", "tag", "Tag")),
        *((key, "id") for key in ("ID", "Id", "id:")),
        *((key, "split") for key in ("Split", "splits", "spilt", "splitt")),
        *((key, "") for key in ("id", "tags", "split", "source", "ids", "sources", "q", "", "slot", "spirit", "suit")),
        *((key, "") for key in ("stage", "idea", "target", "date", "expected", "übersetzung", "1", "case_id")),
        *((key, meant) for key, meant in (("Source", "source"), ("prompt_ops", "promptops"))),
    ],
)
def test_which_reserved_key_was_meant(key: str, meant: str) -> None:
    assert nearly_reserved(key) == meant


@given(st.text("spliteld SPLIT-_ \u00a0", max_size=8), st.text("heldout HELDOUT-_ ", max_size=10))
def test_no_spelling_of_both_is_shown_in_silence(key: str, value: str) -> None:
    """What a person reads as `split: held-out` is hidden or refused."""
    letters = "".join(char for char in key.lower() if char.isalpha()), "".join(c for c in value.lower() if c.isalpha())
    try:
        made = case({"q": "secret", key: value})
    except PromptError:
        return
    if letters == ("split", "heldout"):
        assert made.held_out
    assert "secret" in json.dumps(made.fields)
