"""Attributes as a JSON object's members: `pull_request` becomes `pullRequest`, its value stays as it is."""

from __future__ import annotations

from typing import Any


def fields_of(one: object, *names: str) -> dict[str, Any]:
    """These attributes of an object, in this order."""
    return {_key(name): getattr(one, name) for name in names}


def or_null(one: object, *names: str) -> dict[str, Any]:
    """The same, with null for an empty text."""
    return {_key(name): getattr(one, name) or None for name in names}


def _key(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
