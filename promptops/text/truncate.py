"""Making a page fit: parts that always stay, and blocks that go from the least useful on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NOTICE = 400
"""Room kept for the line that says what was left out."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece that may be left out. Lower ranks are more useful; `kind` is its name in the singular."""

    rank: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks behind one <details>; `summary` is our own text and holds no markup. Without blocks it is one line.

    An empty summary puts the blocks on the page without folding; with `plain` it becomes a line above them.
    """

    summary: str
    blocks: tuple[Block, ...]
    plain: bool = False


Part = str | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """One suite: its parts in order. Text parts always stay."""

    parts: tuple[Part, ...]


def least_length(sections: Sequence[Section]) -> int:
    """The length with every block left out."""
    return len(_page(sections, frozenset())) + NOTICE


def fit_sections(sections: Sequence[Section], limit: int, hint: str) -> str:
    """All text, and as many blocks as fit: the most useful ones of every section first."""
    blocks = [
        (block.rank, where, block)
        for where, section in enumerate(sections)
        for part in section.parts
        if isinstance(part, Fold)
        for block in part.blocks
    ]
    blocks.sort(key=lambda entry: entry[:2])
    room = limit - least_length(sections) - sum(_WRAP for s in sections for part in s.parts if isinstance(part, Fold))
    kept: set[int] = set()
    for _, _, block in blocks:
        if len(block.text) + 2 <= room:
            kept.add(id(block))
            room -= len(block.text) + 2
    page = _page(sections, frozenset(kept))
    gone = [block for _, _, block in blocks if id(block) not in kept]
    return f"{page}\n\n{_notice(gone, hint)}" if gone else page


_WRAP = len("<details><summary></summary>\n\n\n\n</details>")


def _page(sections: Sequence[Section], kept: frozenset[int]) -> str:
    return "\n\n".join(text for section in sections for part in section.parts if (text := _part(part, kept)))


def _part(part: Part, kept: frozenset[int]) -> str:
    if isinstance(part, str):
        return part
    body = "\n\n".join(block.text for block in part.blocks if id(block) in kept)
    if not part.summary:
        return body
    return folded(part.summary, body, plain=part.plain) if body else part.summary


def folded(summary: str, body: str, *, plain: bool = False) -> str:
    """The body behind a <details>; `plain`, for readers of markdown that know no HTML, below its summary."""
    if plain:
        return f"**{summary[:1].upper()}{summary[1:]}**\n\n{body}"
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _notice(gone: Sequence[Block], hint: str) -> str:
    counts: dict[str, int] = {}
    for block in gone:
        counts[block.kind] = counts.get(block.kind, 0) + 1
    what = ", ".join(f"{n} {kind}{'s' * (n > 1)}" for kind, n in counts.items())
    return f"Left out to keep this short: {what}.{f' {hint[: NOTICE - 150]}' if hint else ''}"
