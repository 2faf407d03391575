"""Cases that stand in YAML and are held out: no finding may repeat their text or show their lines."""

from __future__ import annotations

from promptops.model.finding import Span
from promptops.source.yaml.reader import Node


def held_out_case_at(cases: Node | None, span: Span) -> Node | None:
    """The held-out case, of a list of cases or alone, in which the span lies; None where there is none."""
    if cases is None or not cases.span <= span or span[:2] > cases.span[2:]:
        return None
    items = cases.value if cases.kind == "sequence" else [cases]
    case = next((one for one in reversed(items) if one.span <= span), None)
    return case if case is not None and _is_held_out(case) else None


def _is_held_out(case: Node) -> bool:
    from promptops.source.formats.reserved_keys import looks_held_out, names_held_out  # few findings stand in a case

    return any(
        names_held_out(key) or any(looks_held_out(one.text) for one in (value.value if _is_list(value) else [value]))
        for key, value in case.items()
    )


def _is_list(node: Node) -> bool:
    return node.kind == "sequence"
