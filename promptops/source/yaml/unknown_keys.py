"""What somebody meant who wrote a key, or one of a few words, that the format has not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from promptops.model.schemas.translated_words import untranslated
from promptops.source.yaml.reader import Node
from promptops.text.suggestions import closest

_MOST_UNKNOWN = 100
"""Nobody misspells a hundred keys: looking for the nearest of each would take seconds."""
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
_CURLY = re.compile("[“”„‟«»‹›‘’‚‛「」『』]")
_ENGLISH = "the words of the format stay in English when the texts are translated"


class Advice(NamedTuple):
    """`meant`: the key that was meant, if that is known. `hint`: what to write. `why`: how the message ends."""

    meant: str
    hint: str
    why: str = ""


def advise(
    unknown: Sequence[str], missing: Sequence[str], node: Node, schema: Mapping[str, Any]
) -> Iterator[tuple[str, Advice]]:
    """What to write for each of the unknown keys of a mapping in which these keys are missing."""
    properties = schema.get("properties", {})
    for key in unknown:
        advice = _of_other_tool(key, node, schema) or _misspelt(
            key, properties, search=len(node.value) <= _MOST_UNKNOWN
        )
        if not advice.meant and len(unknown) == len(missing) == 1:  # the only key for the only gap
            advice = Advice(missing[0], f"write '{missing[0]}' if that is meant: {_ENGLISH}")
        yield key, advice


def advise_choice(word: str, choices: Sequence[str]) -> Advice:
    """What to write for a word that is none of the choices."""
    if word in ("no", "false") and "off" in choices:
        return Advice("off", "did you mean 'off'?")
    advice = _misspelt(word, choices)
    return advice if advice.meant else Advice("", f"use one of: {', '.join(choices)}")


def _of_other_tool(key: str, node: Node, schema: Mapping[str, Any]) -> Advice | None:
    """What another tool's word is here."""
    if other_words := schema.get("otherWords", ""):
        from promptops.model.schemas.other_words import instead_of

        child = node.value[key]
        if instead := instead_of(other_words, key, child.text if child.kind == "scalar" else ""):
            return Advice("", f"write {instead}")
    return None


def _misspelt(word: str, known: Mapping[str, Any] | Sequence[str], *, search: bool = True) -> Advice:
    plain = _AROUND.sub("", word)
    meant = next((one for one in known if one.lower() == plain.lower()), "")
    if not meant and (snake := re.sub(r"(?<=[a-z])(?=[A-Z])", "_", plain).lower()) in known:  # toolCalls
        return Advice(snake, f"did you mean '{snake}'?", ": this key has small letters and underlines")
    if meant:
        curly = _CURLY.search(word)
        why = ": the curly quotes are part of it" if curly else ": capital letters count" if plain != meant else ""
        return Advice(meant, f"did you mean '{meant}'?", why)
    if (meant := untranslated(plain)) in known and meant:
        return Advice(meant, f"write '{meant}': {_ENGLISH}")
    close = closest(word, known) if search else ""
    return Advice(close, f"did you mean '{close}'?" if close else f"possible here: {', '.join(known)}")
