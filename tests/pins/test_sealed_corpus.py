"""A sealed prompt renders for ever what it rendered when it was sealed: see `sealed_corpus`, and how to add to it."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any

import pytest

from promptops.pins.unsealing import unseal
from tests.pins.sealed_corpus import Entry, add_examples, decode, encode, read_corpus, serve
from tests.pins.sealed_examples import ALL, FILES, VALUES

CORPUS = read_corpus()
LEAST = {2: 496, 3: 201}
"""How many entries there are of each format, at the least: none is ever taken out."""


def test_nothing_in_the_corpus_was_changed_or_taken_out() -> None:
    before = ["", *(sha256(entry.line).hexdigest() for entry in CORPUS)]
    wrong = [entry.name for entry, after in zip(CORPUS, before, strict=False) if entry.after != after]
    assert wrong == [], (
        "lines are only ever added: take the file as it was, and run `python -m tests.pins.sealed_corpus`"
    )
    forms = Counter(entry.form for entry in CORPUS)
    assert all(forms[form] >= least for form, least in LEAST.items())


def differences(entry: Entry) -> list[Any]:
    cases, request = serve(entry.name, entry.sealed, [case.values for case in entry.cases])
    found = [
        (new.values, new.said, old.said) for new, old in zip(cases, entry.cases, strict=True) if new.said != old.said
    ]
    return [*found, *([] if request == entry.request else [(request, entry.request)])]


@pytest.mark.parametrize("group", sorted({entry.name.partition("/")[0] for entry in CORPUS}))
def test_every_sealed_prompt_renders_what_it_did(group: str) -> None:
    """The same bytes for ever. Where format 3, which no release has yet, had only an error, a value may be taken."""
    mine = [entry for entry in CORPUS if entry.name.startswith(f"{group}/")]
    changed = [
        (entry.name, one)
        for entry in mine
        for one in differences(entry)
        if one[2] is not None or b'"format":3' not in entry.sealed.content
    ]
    assert changed == []


def test_every_example_is_in_the_corpus_as_it_is_sealed_now(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    copy = tmp_path / "corpus.jsonl"
    copy.write_bytes(b"".join(entry.line + b"\n" for entry in CORPUS))
    monkeypatch.setattr("tests.pins.sealed_corpus.CORPUS", copy)
    assert add_examples(FILES, VALUES) == 0, "run `python -m tests.pins.sealed_corpus`"


def test_every_content_can_be_opened() -> None:
    for entry in CORPUS:
        assert unseal(entry.sealed, entry.name).model


def test_values_are_kept_with_their_types() -> None:
    for value in ALL:
        again = decode(encode(value))
        assert (type(again), repr(again)) == (type(value), repr(value))
