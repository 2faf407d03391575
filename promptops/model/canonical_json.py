"""Data as bytes that are always the same, and their digest."""

from __future__ import annotations

import json

# Made once: with settings, `json.dumps` makes an encoder for every call.
_sorted = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_in_order = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def canonical_json(value: object) -> bytes:
    """Sorted keys, no spaces, UTF-8: the same data always gives the same bytes."""
    return _sorted(value).encode("utf-8", "surrogatepass")


def ordered_json(value: object) -> str:
    """JSON with the keys in their order, which a model sees: it answers a schema's properties one after the other."""
    return _in_order(value)


def digest(value: object) -> str:
    """`sha256:<64 hex>` over canonical JSON."""
    import hashlib  # 3 ms that lint of a suite need not pay

    return "sha256:" + hashlib.sha256(canonical_json(value)).hexdigest()
