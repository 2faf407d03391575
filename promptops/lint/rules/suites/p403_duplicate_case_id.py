"""Two cases have the same id.

By its id a case is found again in the next version, in labels and in recorded replies. Where two have the same,
nobody can say which one got better.

Bad:   {"id": "order-1", …}   {"id": "order-1", …}
Good:  {"id": "order-1", …}   {"id": "order-2", …}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.locations import unreadable
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P403"
PREFILTER = Prefilter(("prompt", "suite"), reported=True)


def check(target: Target) -> Iterator[Finding]:
    """The second place; the hint names the first."""
    for found in unreadable(target, CODE):
        yield found._replace(hint=f"give it another id, or leave the id out; {found.hint}")
