from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from importlib import import_module
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from promptops.errors import EvalError
from promptops.model.results import CaseInfo, RateSummary, Results
from promptops.store.results_file import parse_results, results_schema, serialize_in_pieces, serialize_results
from tests.report.factory import comparison, first_run, hostile, two_models, unchanged

jsonschema: Any = import_module("jsonschema")  # has no types
Make = Callable[[], Results]


@pytest.mark.parametrize("make", [comparison, first_run, two_models, unchanged])
def test_what_is_written_is_read(make: Make) -> None:
    assert parse_results(serialize_results(make())) == make()
    assert parse_results(serialize_results(make()).decode()) == make()


@pytest.mark.parametrize("make", [comparison, first_run, unchanged, hostile])
def test_what_is_written_fits_the_schema(make: Make) -> None:
    jsonschema.validate(json.loads(serialize_results(make())), results_schema())


def test_the_committed_schema_is_current() -> None:
    committed = (files("promptops.store") / "results.schema.json").read_text("utf-8")
    assert json.loads(committed) == results_schema(), "write it anew: json.dumps(schema(), indent=2)"
    jsonschema.Draft202012Validator.check_schema(results_schema())


def with_field(value: object) -> Results:
    return replace(unchanged(), cases=(CaseInfo("a", {"x": value}),), rendered=())


def test_no_number_is_null_where_it_may_be_missing() -> None:
    assert parse_results(serialize_results(with_field([float("nan"), float("inf")]))).cases[0].fields == {
        "x": [None, None]
    }


def test_no_number_is_refused_where_a_number_must_be() -> None:
    with pytest.raises(EvalError, match="duration"):
        serialize_results(replace(unchanged(), duration=float("nan")))
    results = comparison()
    first = results.comparisons[0]
    broken = replace(first.criteria[0], base=RateSummary(3, float("inf")))
    with pytest.raises(EvalError, match="names the owner"):
        serialize_results(replace(results, comparisons=(replace(first, criteria=(broken,)),)))


def test_lone_surrogates_become_a_replacement_sign() -> None:
    assert parse_results(serialize_results(replace(unchanged(), title="a\ud800b 👩"))).title == "a\ufffdb 👩"
    assert parse_results(serialize_results(hostile())).cases[0].id == "lyon-pilot"


@pytest.mark.parametrize("value", [10**400, -(2**70), 0.1, True, None, {"a": [1, {"b": ""}]}, "\x00\u2028 é"])
def test_fields_keep_their_values(value: object) -> None:
    assert parse_results(serialize_results(with_field(value))).cases[0].fields == {"x": value}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(_JSON)
def test_any_field_survives(value: object) -> None:
    assert parse_results(serialize_results(with_field(value))).cases[0].fields == {"x": value}


def changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(serialize_results(comparison())) | changes).encode()


def test_another_format_says_who_wrote_it_and_what_to_do() -> None:
    for more in ({}, {"something": "new"}):
        with pytest.raises(EvalError, match=r"written by promptops 9\.1 as 'promptops-results/2'") as caught:
            parse_results(changed(format="promptops-results/2", version="9.1", **more))
        assert "upgrade" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "results.json"),
        (b"null", "results.json"),
        (b"[]", "results.json"),
        (b"[" * 100_000, "results.json"),
        (b'{"suite": "\xff"}', "results.json"),
        (changed(samples=[{"case": "lyon-pilot", "arm": 0, "trial": 0, "cost": "1"}]), r"samples\[0\].cost"),
        (changed(samples=[{"case": "lyon-pilot", "arm": 7, "trial": 0}]), r"samples\[0\].arm"),
        (changed(samples=[{"case": "lyon-pilot", "arm": -1, "trial": 0}]), r"samples\[0\].arm"),
        (changed(samples=[{"case": "nobody", "arm": 0, "trial": 0}]), r"samples\[0\].case"),
        (changed(extra=1), "extra"),
        (changed(title=1), "title"),
        (changed(duration="NaN"), "duration"),
        (changed(arms=[{"side": "middle"}]), r"arms\[0\].side|arms\[0\].model"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, place: str) -> None:
    with pytest.raises(EvalError, match=place):
        parse_results(data)


def test_case_28_a_large_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(EvalError, match="larger than"):
        parse_results(b" " * 3_000_000, limit=2 * 1024 * 1024)


def test_two_thousand_samples_are_read_as_they_were_written() -> None:
    big = comparison(1000)
    assert parse_results(serialize_results(big)) == big


def test_many_cases_are_written_piece_by_piece_as_the_same_bytes() -> None:
    few = comparison()
    case, sample = few.cases[0], few.samples[0]
    cases = tuple(replace(case, id=f"c{number}", fields={"text": "\ud800" * (number == 700)}) for number in range(1234))
    many = replace(few, cases=cases, samples=tuple(replace(sample, case=one.id) for one in cases), rendered=())
    pieces = list(serialize_in_pieces(many))
    assert max(map(len, pieces)) < len(b"".join(pieces)) / 2
    assert pieces[0] == b'{"suite":'
    assert parse_results(b"".join(pieces)) == replace(
        many, cases=tuple(replace(one, fields={"text": "�"} if one.id == "c700" else one.fields) for one in cases)
    )
    assert json.loads(b"".join(serialize_in_pieces(few))) == json.loads(to_json(few, inf_nan_mode="null"))


@pytest.mark.parametrize("started", ["9999-12-31T23:59:59+00:00", "2999-01-01", "zzz"])
def test_the_newest_results_count_so_none_may_come_from_the_future(started: str) -> None:
    with pytest.raises(EvalError, match=r"dated in the future|not a time"):
        parse_results(json.dumps({**json.loads(serialize_results(unchanged())), "started": started}))


@pytest.mark.parametrize(("ahead", "fine"), [(-60, True), (60, True), (3_600, False)])
def test_clocks_may_differ_a_little(ahead: int, fine: bool) -> None:
    started = datetime.now(UTC) + timedelta(seconds=ahead)
    for text in (started.isoformat(), started.astimezone(timezone(timedelta(hours=9))).isoformat()):
        data = serialize_results(replace(unchanged(), started=text))
        with nullcontext() if fine else pytest.raises(EvalError, match="dated in the future"):
            parse_results(data)
