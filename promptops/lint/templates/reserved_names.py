"""Names that mean something of their own between the braces."""

from __future__ import annotations

import re

_CONSTANTS = ("true", "false", "none", "True", "False", "None")
_OPERATORS = ("and", "or", "not", "in", "is", "if", "else", "elif", "for", "recursive")
_FUNCTIONS = ("range", "dict", "namespace", "cycler", "joiner")
_PLACES = {"loop": "a loop", "caller": "a macro", "varargs": "a macro", "kwargs": "a macro", "super": "a block"}


def reserved_meaning(name: str) -> str:
    """What the name means there, in words that follow "there it is …"; empty where it is free."""
    if name in _CONSTANTS:
        return f"the value {name.lower()}"
    if name in _OPERATORS:
        return "a word of the template language"
    if name == "self":
        return "the template itself"
    if name in _FUNCTIONS:
        return "a function of the template language"
    if name in _PLACES:
        return f"something else inside {_PLACES[name]}"
    if re.fullmatch(r"[^\W\d]\w*", name):
        return ""
    parts = name.split("-")
    if len(parts) > 1 and all(re.fullmatch(r"\w+", part) for part in parts):
        return " minus ".join(f"'{part}'" for part in parts[:3]) + (" …" if len(parts) > 3 else "")
    return "no name: names are made of letters, digits and _, and begin with a letter"


def hides_something(name: str) -> bool:
    """Whether the input can be read all the same, in place of what the template language calls so."""
    return name in _FUNCTIONS or name in _PLACES


def free_name(name: str) -> str:
    """A name like it that means nothing else."""
    plain = re.sub(r"\W+", "_", name).strip("_")
    if not re.match(r"[^\W\d]", plain):
        plain = f"value_{plain}".rstrip("_")
    return f"{plain}_text" if reserved_meaning(plain) else plain
