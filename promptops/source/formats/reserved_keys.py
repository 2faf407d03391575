"""The keys of a case that mean something to promptops, and what is nearly one: a case that must stay hidden stays so.

A field that is only nearly called `split`, or says only nearly `held-out`, would be shown to everybody in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from promptops.errors import PromptError
from promptops.model.suite import HELD_OUT, RESERVED_KEYS, SPLITS

NEARLY_RESERVED = "P420"
"""The lint rule that speaks of such keys and values; it shows no line of a case that was to be hidden."""
_HELD = ("heldout", "holdout", "heldback")
_UNSEEN = " \t\r\n\v\f\xa0\u2007\u202f\u3000\u200b\ufeff"
_VARIANTS = {
    "tag": "tags", "tags": "tags", "split": "split", "splits": "split", "id": "id", "source": "source",
    "promptops": "promptops", "promptop": "promptops",
}  # fmt: skip
"""What a key is, letters only and in lower case, and which reserved key was meant. `ids` and `sources` are fields."""


def clean_keys(fields: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """The fields without spaces around their names, which nobody sees; PromptError when two names are then one."""
    if _are_clean(tuple(fields)):
        return fields
    cleaned: dict[str, Any] = {}
    for key, value in fields.items():
        name = key.strip(_UNSEEN)
        if name in cleaned:
            message = f"'{name[:80]}' stands twice: once with a space before or after it"
            raise PromptError(message, where=where, hint="keep one of the two")
        cleaned[name] = value
    return cleaned


# The cases of a file have the same keys, or nearly so.


@lru_cache(maxsize=1024)
def _are_clean(keys: tuple[str, ...]) -> bool:
    return all(key == key.strip(_UNSEEN) for key in keys)


@lru_cache(maxsize=1024)
def _hiding_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that may be meant to hide a case: `splits`, and one called `held out` itself."""
    return tuple(key for key in keys if nearly_reserved(key) == "split" or names_held_out(key))


@lru_cache(maxsize=4096)
def nearly_reserved(key: str) -> str:
    """The reserved key that was most likely meant by another key; empty when there is none."""
    if key in RESERVED_KEYS:
        return ""
    letters = re.sub(r"[\W\d_]+", "", key[:40]).lower()
    if letters in _VARIANTS:
        return _VARIANTS[letters]
    if len(letters) in (4, 5, 6) and letters[:1] == "s" and letters[-1:] == "t":  # most keys end here
        import difflib

        return "split" if difflib.SequenceMatcher(None, letters, "split").ratio() >= 0.8 else ""
    return ""


def looks_held_out(value: Any) -> bool:
    """Whether a value says that a case is held out, however it is spelt: `Held-out`, `heldout`, `HELD_OUT`."""
    if not isinstance(value, str) or not 7 <= len(value) <= 40 or (value[0] not in "hH" and value[0].isalnum()):
        return False
    return re.sub(r"[\W_]+", "", value).lower() in _HELD


def names_held_out(key: str) -> bool:
    """Whether a key speaks of it: `heldOut`, `is_held_out`."""
    letters = re.sub(r"[\W\d_]+", "", key[:40]).lower()
    return any(word in letters for word in _HELD)


def split_of(fields: Mapping[str, Any], where: str, *, foreign: bool = False) -> str:
    """What is written of what a case is for: one of SPLITS, or nothing.

    PromptError for any other word, and for a key that is nearly `split`. In `foreign` cases every key is a field of its
    owner's, so nothing is refused: what looks held out is.
    """
    written = fields.get("split")
    text = "" if written is None else str(written).strip(_UNSEEN)
    near = next((key for key in _hiding_keys(tuple(fields)) if _hides(key, fields[key])), "")
    if foreign:
        return HELD_OUT if near or looks_held_out(text) else text
    if near:
        message = f"'{near[:80]}' is not the key that hides a case"
        raise PromptError(message, where=where, hint=f"write split: {HELD_OUT}", code=NEARLY_RESERVED)
    if text and text not in SPLITS:
        hint = f"write {HELD_OUT} for a case whose text nobody may see, {' or '.join(SPLITS[1:])} for the others"
        hint = f"did you mean '{HELD_OUT}'?" if looks_held_out(text) else hint
        shown = f"'{text}'" if len(text) <= 20 else f"a text of {len(text)} characters"  # it may be a case's own text
        message = f"{shown} is not a possible value of 'split'"
        raise PromptError(message, where=where, hint=hint, code=NEARLY_RESERVED)
    return text


def seems_held_out(fields: Mapping[str, Any], tags: Iterable[str]) -> bool:
    """Whether another field or a tag says that the case is held out: `set: held-out`, `tags: [held-out]`."""
    return any(map(looks_held_out, fields.values())) or any(map(looks_held_out, tags))


def _hides(key: str, value: Any) -> bool:
    """Whether the value says that the case is held out, under such a key: `splits: held-out`, `held_out: true`."""
    if looks_held_out(value):
        return True
    return names_held_out(key) and str(value).strip(_UNSEEN).lower() not in ("", "no", "false", "0", "none", "n")
