"""Tests that hold for both ways to call a chat completion: by aiohttp alone, and through the official client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from promptops.providers.openai.chat_completions import ChatCompletionsProvider
from promptops.providers.openai.official_client import OpenAIProvider

from . import clients


@pytest.fixture(params=[ChatCompletionsProvider, OpenAIProvider], ids=["aiohttp", "openai"])
def both_clients(request: pytest.FixtureRequest) -> Iterator[None]:
    """What `clients` opens is each of the two in turn."""
    clients.in_use = request.param
    yield
    clients.in_use = ChatCompletionsProvider
