"""What filters and orders have to know of every case before it is loaded: numbers, and its name and tags; no texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from promptops.model.chat.finish_reason import was_cut
from promptops.model.results import CaseInfo, Sample
from promptops.report.results.results_view import ResultsView, reply_text
from promptops.text.sanitize import shorten, visible

CHANGED, CUT, NO_RULE, NEW_ONLY, OLD_ONLY = 1, 2, 4, 8, 16
"""Flags of a case with one model; the page's script knows them by the same numbers."""
_LOOKED_AT = 20_000
"""Characters of a reply that tell how much of it changed."""
_NAME = 200


def case_index(view: ResultsView, cases: Sequence[CaseInfo]) -> dict[str, Any]:
    """Columns over the cases: `ids`; `tagged`, places in `tags`, the most frequent first; and for each model `flags`,
    `changed` (the share of words in thousandths), `length` (characters of the newer reply) and `latency` (ms, -1:
    unknown).
    """
    tags = [tag for tag, _ in Counter(tag for case in cases for tag in case.tags).most_common()]
    place = {tag: index for index, tag in enumerate(tags)}
    rules = {gate.criterion for gate in view.results.gates} & view.infos.keys()
    found: dict[str, Any] = {
        "ids": [_name(case.id) for case in cases],
        "tags": [_name(tag) for tag in tags],
        "tagged": [[place[tag] for tag in case.tags] for case in cases],
    }
    columns: dict[str, list[list[int]]] = {name: [] for name in ("flags", "changed", "length", "latency")}
    for model in view.models:
        rows = [_row(view, model, case, rules) for case in cases]
        for column, values in zip(columns.values(), zip(*rows, strict=True) if rows else ((),) * 4, strict=True):
            column.append(list(values))
    return found | columns


def _row(view: ResultsView, model: str, case: CaseInfo, rules: set[str]) -> tuple[int, int, int, int]:
    before, after = view.samples(model, "base", case.id), view.samples(model, "head", case.id)
    said, says = (sorted(reply_text(one).strip() for one in side if not one.error) for side in (before, after))
    has_changed = bool(said and says) and said != says
    changed = max(map(_changed_share, said, says)) if has_changed else 0
    flags = CHANGED * has_changed | CUT * any(was_cut(sample.finish_reason) for sample in after)
    flags |= NO_RULE * all(rules.isdisjoint(sample.scores) for sample in (*before, *after))
    if view.has_base and len(case.sides) == 1:
        flags |= NEW_ONLY if case.sides[0] == "head" else OLD_ONLY
    return flags, changed, max((len(sample.text) for sample in after), default=0), _slowest(after)


def _changed_share(before: str, after: str) -> int:
    """How many words one of both lacks, in thousandths."""
    if before == after:
        return 0
    a, b = set(before[:_LOOKED_AT].split()), set(after[:_LOOKED_AT].split())
    return max(1, 1000 - 2000 * len(a & b) // (len(a) + len(b)))


def _slowest(samples: Sequence[Sample]) -> int:
    return max((round(s.latency * 1000) for s in samples if s.latency is not None), default=-1)


def _name(text: str) -> str:
    return visible(shorten(text, _NAME))
