"""Which of the expensive modules a command imports, by `python -X importtime`."""

from __future__ import annotations

import re

from benchmarks.process import Ran

EXPENSIVE = ("openai", "numpy", "git", "httpx2", "aiohttp", "pydantic", "sqlalchemy", "rich", "jinja2", "yaml")
_LINE = re.compile(r"^import time:\s+\d+ \|\s+(\d+) \|(\s+)(\S+)$", re.MULTILINE)


def imported(ran: Ran) -> dict[str, float]:
    """Expensive module → milliseconds its first import took, what it imports included; of a `-X importtime` run."""
    return {name: int(micros) / 1000 for micros, _, name in _LINE.findall(ran.errors) if name in EXPENSIVE}


def sentence(what: str, ran: Ran, banned: tuple[str, ...], good: tuple[int, ...] = (0,)) -> str:
    """What was imported, and whether anything banned was among it; or that it did not end with a `good` exit code."""
    if ran.code not in good or "Traceback" in ran.errors:
        return f"`{what}`: cannot tell what it imports, it failed with exit code {ran.code}: {ran.tail()}"
    found = imported(ran)
    named = ", ".join(f"{name} {took:.0f} ms" for name, took in sorted(found.items(), key=lambda item: -item[1]))
    bad = [name for name in banned if name in found]
    verdict = f"**not held**: imports {', '.join(bad)}" if bad else f"held: none of {', '.join(banned)}"
    return f"`{what}` imports {named or 'none of the expensive modules'} ({verdict})."
