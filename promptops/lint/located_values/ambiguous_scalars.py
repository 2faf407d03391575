"""Unquoted values that programs read differently: YAML 1.1 and 1.2 disagree, and a number may lose its spelling."""

from __future__ import annotations

import re
from typing import Literal

from promptops.source.yaml.reader import Node

Use = Literal["text", "value", "compared"]
"""How a value is taken: as the text it is written as (`Node.plain`), as what it is (`Node.data`), or as what it is
where a text would be compared with it."""

WORDS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
NUMBER_START = "+-.0123456789"
_SIGN = r"[-+]?"


def readings(node: Node, use: Use) -> tuple[str, str] | None:
    """What an unquoted value is here, and what it is to other programs; None where all agree.

    Two equal readings: it is a number that would not come out as it is written (`1.10`).
    """
    text = node.text
    if node.kind != "scalar" or node.style is not None or not text or len(text) > 60:
        return None
    word = text.lower()
    if word in WORDS and text in (word, text.upper(), text.capitalize()):
        return "text", WORDS[word]
    if text[0] not in NUMBER_START:
        return None
    if type(node.value) not in (int, float):
        theirs = _only_elsewhere(text)
        return ("text", theirs) if theirs else None
    number = f"the number {node.value!r}"
    ours = "text" if use == "text" else number
    if re.fullmatch(rf"{_SIGN}0[0-9]+", text):
        other = f"the number {int(text, 8)}" if re.fullmatch(rf"{_SIGN}[0-7]+", text) else "text"
        theirs = number if other == ours else other
        return (ours, theirs) if ours != theirs else None
    if re.search(r"[eE]", text) and not re.search(r"\.[0-9]*[eE][-+]", text):
        return ours, number if use == "text" else "text"
    lost = use == "text" or (use == "compared" and text.endswith("0"))
    return (ours, number) if lost and repr(node.value) != text else None


def _only_elsewhere(text: str) -> str:
    """What a text of ours is to other programs; empty when it is a text to all."""
    for pattern, theirs in (
        (rf"{_SIGN}0(?:x[0-9a-fA-F]+|o[0-7]+|b[01]+)", "a number"),
        (rf"{_SIGN}[0-9]+(?:_[0-9]+)+(?:\.[0-9_]*)?", "a number"),
        (rf"{_SIGN}[1-9][0-9]*(?::[0-5]?[0-9])+(?:\.[0-9]*)?", f"the number {_in_sixties(text)}"),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date"),
        (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}[0-9.:+ \tZz-]*", "a time"),
        (rf"{_SIGN}\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "a special number"),
        (r"[0-9]{20,}", "a number without its last digits"),
    ):
        if re.fullmatch(pattern, text):
            return theirs
    return ""


def _in_sixties(text: str) -> int:
    """`12:30` as YAML 1.1 reads it."""
    total = 0
    for part in re.findall(r"[0-9]+", text.partition(".")[0]):
        total = total * 60 + int(part)
    return -total if text.startswith("-") else total
