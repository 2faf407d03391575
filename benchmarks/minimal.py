"""The peer "minimal runner": the least a careful person writes for one afternoon's evaluation.

It renders (Jinja's sandbox, compiled once), calls with 200 in flight, applies the two checks, and writes every reply
to SQLite as it comes (WAL, synchronous NORMAL, one transaction each, so that a crash loses nothing). It has no
retries, no intervals, no resuming, no report: whatever is slower than this pays for what it does more.

    python -m benchmarks.minimal --client openai|openai-aiohttp|aiohttp --url URL --cases 1000 --database FILE

Three ways to call: the openai client on its own transport, the openai client on its aiohttp transport, and aiohttp
alone.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from benchmarks.cases import IN_FLIGHT, MAX_WORDS, MODEL, SYSTEM, USER, Case, make_cases

Call = Callable[[str, str], Awaitable[str]]
CLIENTS = ("openai", "openai-aiohttp", "aiohttp")


@asynccontextmanager
async def _openai_caller(url: str, *, on_aiohttp: bool) -> AsyncIterator[Call]:
    # Imported here: the other client must not pay for it.
    import openai

    transport = openai.DefaultAioHttpClient() if on_aiohttp else None
    async with openai.AsyncOpenAI(base_url=url, api_key="bench", max_retries=0, http_client=transport) as client:

        async def call(system: str, user: str) -> str:
            reply = await client.chat.completions.create(
                model=MODEL, messages=[{"role": "system", "content": system}, {"role": "user", "content": user}]
            )
            return reply.choices[0].message.content or ""

        yield call


@asynccontextmanager
async def _aiohttp_caller(url: str) -> AsyncIterator[Call]:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:

        async def call(system: str, user: str) -> str:
            messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
            body = {"model": MODEL, "messages": messages}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                response.raise_for_status()
                text: str = (await response.json())["choices"][0]["message"]["content"]
                return text

        yield call


async def evaluate(client: str, url: str, cases: list[Case], database: Path) -> int:
    """How many cases passed both checks."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    system, user = environment.from_string(SYSTEM), environment.from_string(USER)
    store = sqlite3.connect(database, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=NORMAL")
    store.execute("CREATE TABLE reply (topic TEXT PRIMARY KEY, text TEXT, names INTEGER, is_short INTEGER)")
    waiting, passed = iter(cases), 0

    async def work(call: Call) -> None:
        nonlocal passed
        for case in waiting:
            text = await call(system.render(case), user.render(case))
            names, is_short = case["topic"].casefold() in text.casefold(), len(text.split()) <= MAX_WORDS
            store.execute("INSERT INTO reply VALUES (?, ?, ?, ?)", (case["topic"], text, names, is_short))
            passed += names and is_short

    caller = _aiohttp_caller(url) if client == "aiohttp" else _openai_caller(url, on_aiohttp=client != "openai")
    async with caller as call:
        await asyncio.gather(*(work(call) for _ in range(min(IN_FLIGHT, len(cases)))))
    store.close()
    return passed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="a minimal evaluation runner, as a peer")
    parser.add_argument("--client", choices=CLIENTS, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--database", type=Path, required=True)
    chosen = parser.parse_args()
    good = asyncio.run(evaluate(chosen.client, chosen.url, make_cases(chosen.cases), chosen.database))
    print(f"{good} of {chosen.cases} passed")
    sys.exit(good != chosen.cases)
