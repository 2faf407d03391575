"""Signs that look like those of YAML: a long dash, a bullet, a wide colon, an equals sign."""

from __future__ import annotations

import re

from promptops.model.finding import Span
from promptops.source.yaml.broken_file import TEXT_KEYS, BrokenFile, YamlMistake

_ITEM = re.compile(r"\s*(?:([‐-―−•●▪◦‣])\s*|([·∙*+])\s+)(?=\S)")
_WIDE_COLON = re.compile(r"\s*(?:- +)*([\w-]+)\s?([：﹕꞉∶︓])")
_WIDE_IN_BRACES = re.compile(r"[{,]\s*([\w-]+)\s?([：﹕꞉∶︓])")
_EQUALS = re.compile(r"\s*(?:- +)*([\w-]+)\s*(=)\s*\S")
_STRAY_POINT = re.compile(r"\s*([.,;])\s+(?:- +)?[\w-]+:(?:\s|$)")
_WIDE = str.maketrans("｛｝［］，、；＂＇", "{}[],,;\"'")
_WIDE_OPENER = re.compile(r"\s*(?:- +)*(?:[\w-]+: *)?([｛［])[^｝］]*[｝］]?\s*$")
_ROUND_GROUP = re.compile(r"\s*(?:- +)*(?:[\w-]+: +)?([(（])\s*[A-Za-z][\w-]*: [^()（）]*([)）])?\s*$")
_NAMES = {
    "•": "a bullet",
    "●": "a bullet",
    "▪": "a bullet",
    "◦": "a bullet",
    "‣": "a bullet",
    "·": "a dot",
    "∙": "a dot",
}


def list_mark(broken: BrokenFile) -> YamlMistake | None:
    """An item of a list begins with a dash that Word or a phone made long, or with a bullet."""
    for line in broken.near:
        found = _ITEM.match(broken.at(line))
        if found is None:
            continue
        sign = found[1] or found[2]
        name = _NAMES.get(sign, "a star" if sign == "*" else "a plus sign" if sign == "+" else "a long dash")
        message = f"{name} ({sign}) stands here, where an item of a list begins with a short dash"
        rest = broken.at(line)[found.end() :].strip()
        shown = f"- {rest}" if len(rest) < 60 else "- …"
        return YamlMistake(
            message, Span.at(line, found.start(found.lastindex or 0) + 1), f"write `{shown}`: a short dash and a space"
        )
    return None


def wide_colon(broken: BrokenFile) -> YamlMistake | None:
    """The colon of a Chinese or Japanese keyboard, or another sign that looks like one."""
    for line in broken.near:
        if found := _WIDE_COLON.match(broken.at(line)) or _WIDE_IN_BRACES.search(broken.flow(line)):
            message = f"this is not the colon that YAML knows but one that looks like it ({found[2]})"
            return YamlMistake(message, Span.at(line, found.start(2) + 1), f"write `{found[1]}: ` and then the value")
    return None


def wide_sign(broken: BrokenFile) -> YamlMistake | None:
    """A bracket, comma or quote of a Chinese or Japanese keyboard where reading stopped."""
    plain = broken.char.translate(_WIDE)
    if plain == broken.char or not plain:
        return None
    span = Span.at(broken.line, broken.column)
    return YamlMistake(f"the wide sign {broken.char} means nothing to YAML", span, f"write {plain}")


def wide_bracket(broken: BrokenFile) -> YamlMistake | None:
    """A group or a list in the wide brackets of a Chinese or Japanese keyboard, or a group in round ones."""
    for line in broken.near:
        row = broken.at(line)
        if found := _WIDE_OPENER.match(row):
            meant = row[found.start(1) :].strip().translate(_WIDE)
            message = f"the wide bracket {found[1]} means nothing to YAML"
        elif (found := _ROUND_GROUP.match(row)) and line == broken.line:
            inside = row[found.end(1) :].strip().rstrip(")）")
            key = row[: found.start(1)].strip()
            if key.endswith(tuple(f"{one}:" for one in (*TEXT_KEYS, "name", "role"))):
                continue
            meant, message = f"{{{inside}}}", f"a group of keys stands in braces, not in round brackets ({found[1]})"
        else:
            continue
        hint = f"write {meant}" if len(meant) < 60 else f"write {meant[0]} and {'}' if meant[0] == '{' else ']'}"
        return YamlMistake(message, Span.at(line, found.start(1) + 1), hint)
    return None


def equals_sign(broken: BrokenFile) -> YamlMistake | None:
    """`key = value` as in other formats."""
    for line in broken.near:
        if found := _EQUALS.match(broken.at(line)):
            message = f"an equals sign stands behind '{found[1]}', where YAML wants a colon"
            return YamlMistake(message, Span.at(line, found.start(2) + 1), f"write `{found[1]}: ` and then the value")
    return None


def stray_point(broken: BrokenFile) -> YamlMistake | None:
    """A phone made a full stop of two spaces."""
    for line in broken.near:
        if found := _STRAY_POINT.match(broken.at(line)):
            message = f"a stray {found[1]} stands before the key"
            hint = "write a space for it; phone keyboards make a full stop of two spaces"
            return YamlMistake(message, Span.at(line, found.start(1) + 1), hint)
    return None
