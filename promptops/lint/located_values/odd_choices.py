"""Values of an `enum` that nobody meant as they stand: in curly quotes, or three dots for the others."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.source.yaml.reader import Node

_DOTS = ("…", "...", "etc", "etc.", "usw.")
_CURLY = "“”„‟«»‹›‘’‚‛「」『』"
_ODD_STARTS = frozenset((*_CURLY, "…", ".", "e", "u"))


def has_odd_choice(texts: Sequence[str]) -> bool:
    """Whether one of these values, which stand without straight quotes, is such a one."""
    return any(text[:1] in _ODD_STARTS and (text in _DOTS or is_in_curly_quotes(text)) for text in texts)


def odd_choices(choices: Node) -> list[Node]:
    """Those of a list that are such ones."""
    plain = [one for one in choices.value if one.kind == "scalar" and one.style is None]
    return [one for one in plain if has_odd_choice((one.text,))]


def is_in_curly_quotes(text: str) -> bool:
    """Whether curly quotes stand around the whole text."""
    return len(text) > 2 and text[0] in _CURLY and text[-1] in _CURLY


def straightened(choices: Node) -> str:
    """The list as it was meant."""
    texts = [one.text[1:-1].strip() if is_in_curly_quotes(one.text) else one.text for one in choices.value]
    return f"[{', '.join(text for text in texts if text not in _DOTS)}]"
