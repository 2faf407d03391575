"""Tokens as servers count them: thinking outside the output, remembered input, and zeros that mean nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.model.model_call import Usage
from promptops.providers.token_usage import parse_usage

from .clients import ask
from .loopback import answer, completion, serving


def counted(asked: object, given: object, total: object = None, **more: Any) -> dict[str, Any]:
    """A `usage` object."""
    return {"prompt_tokens": asked, "completion_tokens": given, "total_tokens": total, **more}


def thought(tokens: object) -> dict[str, Any]:
    """Thinking as OpenAI lists it."""
    return {"completion_tokens_details": {"reasoning_tokens": tokens}}


@pytest.mark.parametrize(
    ("data", "usage"),
    [
        (counted(12, 30, 42, **thought(20)), Usage(12, 30, 20)),  # within the output: OpenAI
        (counted(12, 10, 42, **thought(20)), Usage(12, 30, 20)),  # beside it: the total says so
        (counted(12, 10, 42), Usage(12, 30, 20)),  # only the total knows of it
        (counted(12, 10, None, **thought(20)), Usage(12, 30, 20)),  # more than the output cannot be within it
        (counted(12, 30, None, **thought(20)), Usage(12, 30, 20)),
        (counted(12, 10, 0, **thought(5)), Usage(12, 10, 5)),  # a total that is none
        (counted(12, 10, 42, reasoning_tokens=20), Usage(12, 30, 20)),
        (counted(12, 10, 22, **thought(None)), Usage(12, 10)),
        (counted(12, 10, 22, **thought("20")), Usage(12, 10)),
        (counted(12, 10, 22, prompt_tokens_details={"cached_tokens": 8}), Usage(12, 10, None, 8)),
        (counted(12, 10, 22, prompt_cache_hit_tokens=8), Usage(12, 10, None, 8)),
        (counted(12, 10, 22, prompt_tokens_details={"cached_tokens": 99}), Usage(12, 10)),
        (counted(12, 10, 22, prompt_tokens_details=None), Usage(12, 10)),
        (counted(0, 0, 0), Usage()),
        (counted(12, 0, 12), Usage(12, None)),
        (counted(0, 5, 5), Usage(0, 5)),
        (counted(12.0, 1e3, 1012.0), Usage(12, 1000)),
        (counted(12.5, float("inf"), float("nan")), Usage()),
        (counted(True, -1), Usage()),
        ({"input_tokens": 12, "output_tokens": 10}, Usage(12, 10)),  # named as in OpenAI's newer API, and Anthropic's
        (counted(12, 10, input_tokens=99, output_tokens=99), Usage(12, 10)),
        (None, Usage()),
        ([], Usage()),
    ],
)
def test_usage_is_what_will_be_paid(data: object, usage: Usage) -> None:
    assert parse_usage(data, has_output=True) == usage


def test_no_tokens_for_no_text_is_a_count() -> None:
    assert parse_usage(counted(12, 0, 12), has_output=False) == Usage(12, 0)


def test_zeros_beside_a_text_are_unknown_in_the_reply() -> None:
    with serving(answer(completion() | {"usage": counted(0, 0, 0)})) as server:
        assert ask(server.url).usage == Usage()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens", "reasoning_tokens", "cached_tokens",
                         "completion_tokens_details", "prompt_tokens_details"]), inner, max_size=5),
    max_leaves=8,
)  # fmt: skip


@given(JSON, st.booleans())
def test_whatever_a_server_sends_the_counts_are_counts(data: object, has_output: bool) -> None:
    usage = parse_usage(data, has_output=has_output)
    for count in (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens, usage.cached_input_tokens):
        assert count is None or (type(count) is int and count >= 0)
    if usage.cached_input_tokens is not None:
        assert usage.cached_input_tokens <= (usage.input_tokens or 0)
