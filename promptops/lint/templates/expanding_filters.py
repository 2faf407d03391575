"""What can turn a short template into an enormous text, number or loop."""

from __future__ import annotations

COUNTERS = ("range",)
WIDTH_FILTERS = ("center", "indent", "batch", "slice", "tojson")
WIDTH_METHODS = ("center", "ljust", "rjust", "zfill", "expandtabs", "to_bytes")
DIGIT_FILTERS = ("round",)
FORMATTERS = ("format",)
"""A filter and a method; the operator is `%`, with a sign, a digit or a dot behind it in the text before it."""

_AFTER_PERCENT = "0123456789-.#"
_WORDS = (*COUNTERS, *WIDTH_FILTERS, *WIDTH_METHODS, *DIGIT_FILTERS, *FORMATTERS)
WORDS = ("*", "~", "+", *dict.fromkeys(_WORDS), *(f"%{sign}" for sign in _AFTER_PERCENT))
"""A text without any of these cannot explode; a test holds them against what a rendering checks."""
